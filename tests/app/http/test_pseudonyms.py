"""Whoever charges by a grant is a pseudonym to the station's company, whatever it asks for: every operation
that reads, every kind of export, the feed and what webhooks bring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

import attrs
import httpx

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from emobility_app.http.export_sources import SOURCES
from emobility_core.ids import parse_id
from tests.adapters.webhooks.receiver import Receiver, receiving
from tests.app.http.bodies import query_for
from tests.app.http.books import ledger_with_rule
from tests.app.http.house import House
from tests.app.http.sisters import CARD, Sisters
from tests.app.http.test_exports import exported

# What has no end is told by the feed.
READING = [one for one in api() if one.method == "GET" and one.media_type != "text/event-stream"]
# What tells of the card, to the company of the station under its pseudonym.
TELLING = {
    "sessions_list", "sessions_get", "doubts_list", "doubts_get", "commands_list", "commands_get",
    "reservations_list", "reservations_get", "stations_messages", "exports_file",
}  # fmt: skip
EXPORTED = {"customers", "contracts", "tokens", "sessions", "session-lines"}
GROUP = "GUESTGROUP"


@attrs.frozen
class Told:
    """What a caller was told, by the operation or the kind of export."""

    operations: dict[str, str]
    exports: dict[str, str]

    def naming(self, *secrets: str) -> set[str]:
        """What tells any of these."""
        all_of_it = {**self.operations, **self.exports}
        return {name for name, text in all_of_it.items() if any(one in text.lower() for one in secrets)}


async def _told(http: httpx.AsyncClient, reading: Iterable[Endpoint], kinds: Iterable[str]) -> Told:
    wanted = {"format": "ndjson", "include_descendants": True}
    exports = {kind: (await exported(http, kind, **wanted)).text for kind in kinds}
    operations, known = defaultdict[str, str](str), defaultdict[str, set[str]](set)
    for one in sorted(reading, key=lambda one: "{" in one.path):
        for path in [one.path.replace("{id}", id) for id in sorted(known[one.names])] or [one.path]:
            for query in _queries(one) if "{" not in path else ():
                answer = await http.get(path, params=query)
                assert answer.status_code == 200, (str(answer.request.url), answer.text)
                operations[one.operation] += answer.text
                for id in _ids(answer):
                    known[id.partition("_")[0]].add(id)
    return Told(dict(operations), exports)


def _queries(one: Endpoint) -> Iterator[dict[str, str]]:
    """Everything that an operation may show, in every form."""
    query = query_for(one)
    for name, value in (("limit", "200"), ("include_descendants", "true"), ("expand", ",".join(one.expands))):
        if name in one.query:
            query[name] = value
    yield query
    if "format" in one.query:
        yield from (query | {"format": form} for form in ("csv", "ndjson"))


def _ids(answer: httpx.Response) -> Iterator[str]:
    """The ids of the objects of a list."""
    if answer.headers["content-type"].startswith("application/json") and isinstance(answer.json(), dict):
        yield from (one["id"] for one in answer.json().get("data", ()) if "id" in one)


async def _guest(taker: House) -> list[str]:
    """Whatever tells who has the card: names, numbers, tags, and each id in every form."""
    customer = await taker.post("/v1/customers", {"name": "Guest Lovelace"})
    contract = await taker.post("/v1/contracts", {"number": "GUEST-1", "customer": customer["id"]})
    (token,) = (await taker.get("/v1/tokens"))["data"]
    change = {"contract": contract["id"], "parent": GROUP}
    assert (await taker.http.patch(f"/v1/tokens/{token['id']}", json=change)).status_code == 200
    shown = [one["id"] for one in (customer, contract, token)]
    plain: list[UUID] = [parse_id(one.partition("_")[0], one) for one in shown]
    texts = [CARD, GROUP, "Guest Lovelace", "GUEST-1", *shown, *map(str, plain), *(one.hex for one in plain)]
    return [one.lower() for one in texts]


async def _charged(sisters: Sisters, giver: House) -> None:
    """The card charges; it stops what never began; it tells what nobody can read; it is asked for by its
    company under the grant, and kept a connector for by the company above both."""
    grant, station = await sisters.give("use", "see", "operate"), {"station": sisters.station["id"]}
    asked = await sisters.taker.post(
        "/v1/commands",
        json={"type": "remote_start", "id_tag": CARD, "connector": 1, **station},
        headers={"Emobility-Grant": grant["id"], "Idempotency-Key": "start"},
    )
    assert asked.status_code == 202, asked.text
    await sisters.accept("RemoteStartTransaction")
    await sisters.charged(grant)
    number = (await sisters.session(1))["transaction_id"]
    stop = {"transactionId": number, "meterStop": 9000, "timestamp": sisters.served.ago(0), "idTag": CARD}
    await sisters.line.call("StopTransaction", stop)
    await giver.heard("session.rated")
    await sisters.line.call("StopTransaction", {**stop, "transactionId": 999})
    await sisters.line.ask("StopTransaction", {"idTag": CARD})
    until = sisters.served.ago(-60)
    await sisters.served.reserve("keep", connector=2, id_tag=CARD, expires_at=until, **station)
    await sisters.accept("ReserveNow")
    await giver.heard("reservation.accepted")


async def _decided(giver: House) -> None:
    """The station's company makes a session of the stray stop, and posts the one that charged."""
    (stray,) = (await giver.get("/v1/doubts", kind="stop-without-session"))["data"]
    start = {"started_at": giver.ago(5), "meter_start_kwh": "0"}
    decision = {"action": "make_session", "reason": "Seen", **start}
    await giver.post(f"/v1/doubts/{stray['id']}/resolutions", decision)
    (rated,) = (await giver.get("/v1/events", types="session.rated", limit="1"))["data"]
    ledger, _ = await ledger_with_rule(giver)
    await giver.post("/v1/session-postings", {"ledger": ledger["id"], "session": rated["data"]["session"]})


async def _listening(giver: House, receiver: Receiver) -> None:
    await giver.post(
        "/v1/webhook-endpoints", {"url": receiver.url, "event_types": ["session.*", "reservation.*"]}
    )


async def test_nothing_tells_the_stations_company_whose_card_it_was(sisters: Sisters) -> None:
    giver, taker = [House(sisters.served.server, http) for http in (sisters.giver, sisters.taker)]
    secrets = await _guest(taker)
    await giver.add_tariff()
    async with receiving() as receiver:
        await _listening(giver, receiver)
        await _charged(sisters, giver)
        await _decided(giver)
        while not any(b"reservation.accepted" in one.body for one in await receiver.heard()):
            await receiver.heard(len(receiver.messages) + 1)
        pushed = [one.body.decode().lower() for one in receiver.messages]
    name = (await sisters.session(1))["id_tag"]
    told = await _told(sisters.giver, READING, SOURCES)
    assert {one.operation for one in READING if "cursor" in one.query} <= told.operations.keys()
    assert told.naming(*secrets) == set()
    assert not [body for body in pushed if any(one in body for one in secrets)]
    assert told.naming(name) == TELLING | {"sessions"}
    # All of it is there: the company above both is told by each of them.
    listing = {"stations_list", "exports_list"}
    reading = [one for one in READING if one.operation in TELLING | listing]
    above = await _told(sisters.served.http, reading, EXPORTED)
    assert above.naming(*secrets) >= TELLING | EXPORTED
