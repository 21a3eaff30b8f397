"""A company lets another one's cards charge: from until, frozen with the session, under a pseudonym."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import attrs
import httpx
import pytest

from tests.adapters.ocpp.wire import WireStation, connected
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json

CARD = "GUEST1"


@attrs.frozen
class Sisters:
    """Two companies beside each other: a station of the one, `line`, and a card of the other one, whose
    clients are `giver` and `taker`."""

    served: House
    giver: httpx.AsyncClient
    taker: httpx.AsyncClient
    taking: str
    station: Json
    line: WireStation

    async def give(self) -> Json:
        body = {"grantee": self.taking, "rights": ["use", "see"], "stations": [self.station["id"]]}
        answer = await self.giver.post("/v1/grants", json=body)
        assert answer.status_code == 201, answer.text
        given: Json = answer.json()
        return given

    async def start(self, connector: int, minutes_ago: float = 0) -> str:
        start = {"connectorId": connector, "idTag": CARD, "meterStart": 0}
        answer = await self.line.call(
            "StartTransaction", {**start, "timestamp": self.served.ago(minutes_ago)}
        )
        return str(answer["idTagInfo"]["status"])

    async def authorized(self) -> str:
        return str((await self.line.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"])

    async def session(self, connector: int, http: httpx.AsyncClient | None = None, **headers: str) -> Json:
        answer = await (http or self.giver).get("/v1/sessions", headers=headers)
        found: list[Json] = [one for one in answer.json()["data"] if one["connector"] == connector]
        return found[0]


@pytest.fixture
async def sisters(served: House, callers: Callers) -> AsyncIterator[Sisters]:
    ids = [(await served.post("/v1/tenants", {"name": name}))["id"] for name in ("Giver", "Taker")]
    giver, taker = [await callers.signed_in(tenant=id) for id in ids]
    station = (await giver.post("/v1/stations", json={"identity": "CP1"})).json()
    assert (await taker.post("/v1/tokens", json={"id_tag": CARD})).status_code == 201
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with connected(port, "/ocpp/CP1") as line:
        await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        yield Sisters(served, giver, taker, ids[1], station, line)


async def test_a_card_of_another_company_charges_while_a_grant_lets_it(sisters: Sisters) -> None:
    assert await sisters.authorized() == "Invalid"
    assert await sisters.start(1) == "Invalid"
    grant = await sisters.give()
    assert await sisters.authorized() == "Accepted"
    assert await sisters.start(2) == "Accepted"
    assert (await sisters.giver.delete(f"/v1/grants/{grant['id']}")).status_code == 200
    assert await sisters.authorized() == "Invalid"
    # The start is a fact all the same; stations tell whole seconds, and this one is after the revocation.
    assert await sisters.start(3, minutes_ago=-0.1) == "Invalid"
    refused = await sisters.session(3)
    assert (refused["authorization"], refused["grant"]) == ("Invalid", None)
    # What began under the grant stays so.
    frozen = await sisters.session(2)
    assert (frozen["authorization"], frozen["grant"]) == ("Accepted", grant["id"])


async def test_a_start_before_the_revocation_that_is_told_after_it_was_good(sisters: Sisters) -> None:
    grant = await sisters.give()
    assert (await sisters.giver.delete(f"/v1/grants/{grant['id']}")).status_code == 200
    assert await sisters.start(1, minutes_ago=1) == "Accepted"
    assert (await sisters.session(1))["grant"] == grant["id"]
    assert await sisters.start(2, minutes_ago=-0.1) == "Invalid"


async def test_the_side_of_the_station_sees_a_pseudonym_and_the_side_of_the_card_its_own(
    sisters: Sisters,
) -> None:
    grant = await sisters.give()
    assert await sisters.start(1) == "Accepted"
    theirs = await sisters.session(1)
    assert theirs["id_tag"].startswith("anon-")
    assert (theirs["token"], theirs["customer"], theirs["contract"]) == (None, None, None)
    ours = await sisters.session(1, sisters.taker, **{"Emobility-Grant": grant["id"]})
    assert ours["id_tag"] == CARD
    assert ours["token"] is not None
    events = (await sisters.giver.get("/v1/events", params={"types": "session.started"})).json()["data"]
    assert CARD not in str(events)


async def test_the_raw_log_shows_the_cards_of_others_as_sessions_do(sisters: Sisters) -> None:
    grant = await sisters.give()
    assert (await sisters.giver.post("/v1/tokens", json={"id_tag": "OURS1"})).status_code == 201
    for tag in (CARD, "OURS1", "NOBODY1"):
        await sisters.line.call("Authorize", {"idTag": tag})
    assert await sisters.start(1, minutes_ago=1) == "Accepted"
    # What was let in by a grant that is over by now was theirs all the same.
    assert (await sisters.giver.delete(f"/v1/grants/{grant['id']}")).status_code == 200
    path, shown = f"/v1/stations/{sisters.station['id']}/messages", ""
    while "StartTransaction" not in shown:
        shown = (await sisters.giver.get(path)).text
    name = (await sisters.session(1))["id_tag"]
    assert CARD not in shown
    assert shown.count(name) == 2
    assert '\\"OURS1\\"' in shown
    assert '\\"NOBODY1\\"' in shown
    for wanted in ({"format": "csv"}, {"format": "ndjson"}):
        file = (await sisters.giver.get(path, params=wanted)).text
        assert CARD not in file
        assert name in file
    # Nor is it found by what is not shown.
    assert (await sisters.giver.get(path, params={"text": CARD})).json()["data"] == []
    assert len((await sisters.giver.get(path, params={"text": "ours1"})).json()["data"]) == 1
    # The company above both sees both.
    assert CARD in (await sisters.served.http.get(path)).text
