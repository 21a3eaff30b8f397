"""Every type of event happens in one small world, and says what the description of the API promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx
import pytest
from jsonschema_rs import validator_for

from emobility_app.auditing import Anchors, auditor, seal_waiting
from emobility_app.digests import keyed_digest
from emobility_app.http.event_schemas import EVENT, EVENT_DATA
from emobility_app.signing_keys import retire_key, rotate_keys
from emobility_app.store import EVERYTHING, Store
from emobility_app.upkeep import watching
from emobility_core.certificates import KeyKind
from emobility_core.charging import expire_reservations
from emobility_core.customers import Token
from emobility_core.ids import StationId, TenantId, parse_id
from emobility_core.instants import Instant
from emobility_core.local_authorization import send_local_lists
from emobility_core.network import record_sign_of_life
from emobility_core.testing.clock import FrozenClock
from tests.adapters.ocpp.certificates import key_of, request_for
from tests.adapters.ocpp.keys import GOOD, Keys
from tests.adapters.ocpp.wire import WireStation, connected
from tests.adapters.webhooks.receiver import answer, receiving
from tests.app.http.books import act, answer_to, booked, exported
from tests.app.http.house import CARD, House, Json
from tests.app.http.importing import imported
from tests.app.http.objects import delivered
from tests.app.http.people import People
from tests.app.http.test_configurations import check


@asynccontextmanager
async def _station(served: House, identity: str = "CP1") -> AsyncIterator[tuple[Json, WireStation]]:
    """A station whose cache is cleared whenever the round for it comes."""
    async with served.station(identity) as (station, line):
        line.refuses |= frozenset({"ClearCache"})
        yield station, line


async def _master_data(served: House) -> None:
    """Create and change one of each."""
    made = {}
    own = (await served.get("/v1/me"))["tenant"]
    settings = {"settings": {"language": {"value": "en"}}}
    assert (await served.http.patch(f"/v1/tenants/{own}/settings", json=settings)).status_code == 200
    await _move(served)
    for path, body, change in (
        ("tenants", {"name": "Below"}, {"name": "Below us"}),
        ("sites", {"name": "Here"}, {"name": "There"}),
        ("station-groups", {"name": "All"}, {"name": "Some"}),
        ("configuration-templates", {"name": "All"}, {"model": "M*"}),
        ("user-groups", {"name": "Staff"}, {"name": "Guests"}),
        ("customers", {"name": "Ada"}, {"name": "Ada L."}),
        ("tariffs", {"name": "Day", "prices": {"per_kwh": "0.39"}}, {"name": "Night"}),
    ):
        made[path] = await served.post(f"/v1/{path}", body)
        await _change(served, path, made[path], change)
    await _change(served, "tariffs", made["tariffs"], {"prices": {"per_kwh": "0.41"}})
    contract = {"number": "C-1", "customer": made["customers"]["id"]}
    await _change(served, "contracts", await served.post("/v1/contracts", contract), {"number": "C-2"})
    assignment = await served.post("/v1/tariff-assignments", {"tariff": made["tariffs"]["id"]})
    group = {"user_group": made["user-groups"]["id"]}
    await _change(served, "tariff-assignments", assignment, group)
    token = await served.add_card("BLOCKED")
    await _change(served, "tokens", token, {"label": "blue"})
    await _change(served, "tokens", token, {"blocked": True})


async def _move(served: House) -> None:
    """A tenant that goes below another one."""
    moved, to = [(await served.post("/v1/tenants", {"name": name}))["id"] for name in ("Moved", "To")]
    body = {"tenant": moved, "to": to}
    preview = await served.http.post("/v1/tenant-moves", json={**body, "dry_run": True})
    wanted = {**body, "expected": preview.json()["digest"]}
    assert (await served.http.post("/v1/tenant-moves", json=wanted)).status_code == 200
    for closed in (True, False):
        await _change(served, "tenants", {"id": moved}, {"closed": closed})


async def _rights(served: House) -> None:
    """A role that is given to somebody and taken again, and a grant that is revoked."""
    role = await served.post("/v1/roles", {"name": "Night", "permissions": ["stations:read"]})
    await _change(served, "roles", role, {"permissions": ["sessions:read"]})
    assignment = {"actor": "subject:erika", "role": role["id"]}
    assigned = await served.post("/v1/role-assignments", assignment)
    (site, *_), (station, *_) = [(await served.get(f"/v1/{path}"))["data"] for path in ("sites", "stations")]
    await _change(served, "role-assignments", assigned, {"sites": [site["id"]]})
    taker = await served.post("/v1/tenants", {"name": "Taker"})
    body = {"grantee": taker["id"], "rights": ["see"], "stations": [station["id"]]}
    given = await served.post("/v1/grants", body)
    await _change(served, "grants", given, {"rights": ["see", "bill"]})
    for path, gone in (("role-assignments", assigned), ("roles", role), ("grants", given)):
        assert (await served.http.delete(f"/v1/{path}/{gone['id']}")).status_code == 200
    await served.heard("grant.revoked")


async def _clocks(served: House) -> None:
    """A test tenant whose time is set, passes, and is given back."""
    tenant = await served.post("/v1/tenants", {"name": "Trial", "kind": "test"})
    clock = await served.post("/v1/test-clocks", {"tenant": tenant["id"]})
    own = f"/v1/test-clocks/{clock['id']}"
    headers = {"Prefer": "wait=20"}
    advanced = await served.http.post(f"{own}/advance", json={"seconds": 1}, headers=headers)
    assert advanced.json()["status"] == "succeeded", advanced.text
    while (await served.http.delete(own)).status_code == 409:
        await asyncio.sleep(0.1)  # real time has to come to where the clock stands
    told = {"types": "test_clock.deleted", "include_descendants": "true", "wait": "20"}
    assert (await served.get("/v1/events", **told))["data"]


async def _loads(served: House) -> None:
    """A site whose load is shared, and a charging profile that never arrives."""
    (site, *_), (station, *_), (session, *_) = [
        (await served.get(f"/v1/{path}"))["data"] for path in ("sites", "stations", "sessions")
    ]
    budget = await served.post("/v1/load-budgets", {"site": site["id"], "limits": ["32"]})
    point = {"budget": budget["id"], "station": station["id"], "max_current": "32", "fail_safe": "6"}
    for path, body, change in (
        ("load-points", point, {"fail_safe": "0"}),
        ("load-limits", {"budget": budget["id"], "limits": ["20"]}, {"reason": "Peak"}),
        ("load-priorities", {"session": session["id"], "priority": 1}, {"priority": 2}),
    ):
        await _change(served, path, await served.post(f"/v1/{path}", body), change)
    await _change(served, "load-budgets", budget, {"strategy": "priority"})
    schedule = {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]}
    profile = {"station": station["id"], "connector": 1, "purpose": "default", "schedule": schedule}
    await served.act("/v1/charging-profiles", profile)
    await served.heard("charging_profile.changed")


async def _files(served: House) -> None:
    """One that a station delivers and somebody removes."""
    async with _station(served, "SENDER") as (station, line):
        attachment = await delivered(served, station, line)
    assert (await served.http.delete(f"/v1/attachments/{attachment['id']}")).status_code == 200


async def _webhooks(served: House) -> None:
    """One that is tried and changed, whose receiver is gone, and that is removed."""
    async with receiving(lambda _: answer(410)) as receiver:
        wanted = {"url": receiver.url, "event_types": ["tariff.published"]}
        endpoint = await served.post("/v1/webhook-endpoints", wanted)
        await _change(served, "webhook-endpoints", endpoint, {"description": "ERP"})
        own = f"/v1/webhook-endpoints/{endpoint['id']}"
        await served.post(f"{own}/secrets", {})
        await served.http.post(f"{own}/tests", json={})
        await served.heard("webhook_endpoint.disabled")
    assert (await served.http.delete(own)).status_code == 200
    await served.heard("webhook_endpoint.removed")


async def _clients(served: House) -> None:
    """One that is renamed and given a new secret."""
    client = await served.post("/v1/api-clients", {"name": "ERP", "scopes": ["sites:read"]})
    await _change(served, "api-clients", client, {"name": "ERP of the north"})
    await served.post(f"/v1/api-clients/{client['id']}/secrets", {})


async def _issuers(served: House) -> None:
    """One that is trusted under another name."""
    trust = {"name": "Id", "issuer": "https://id.example", "audiences": ["a"], "default_roles": ["viewer"]}
    await _change(served, "trusted-issuers", await served.post("/v1/trusted-issuers", trust), {"name": "B"})


async def _people(served: House) -> None:
    """One who is made and renamed, signs in, and signs out."""
    async with AsyncExitStack() as opened:
        http = await opened.enter_async_context(httpx.AsyncClient(base_url=served.http.base_url, timeout=30))
        people = People(served, http)
        user, app = await people.user(), await people.app()
        await _change(served, "users", user, {"name": "Ada King"})
        given = await people.tokens(app)
        form = {"client_id": app.id, "token": given["refresh_token"]}
        assert (await http.post("/oauth/revoke", data=form)).status_code == 200


async def _keys(served: House) -> None:
    """A new signing key is published, and called off."""
    server = served.server
    written_by = auditor(server.clock, server.ids)
    store = Store(server.transactions, server.clock, server.ids, keyed_digest("00" * 32), written_by)
    ring = await rotate_keys(publish_for=timedelta(hours=1), everything=EVERYTHING, store=store)
    await retire_key(ring.keys[1].kid, everything=EVERYTHING, store=store)
    await served.heard("signing_key.retired")


async def _strangers(served: House) -> None:
    """Two that nobody knows: one is adopted, one is dismissed."""
    first, second = [await served.quarantine(identity) for identity in ("NEW-1", "NEW-2")]
    await served.post("/v1/adoptions", {"quarantined_station": first["id"]})
    dismissed = await served.http.delete(f"/v1/quarantined-stations/{second['id']}")
    assert dismissed.status_code == 200, dismissed.text


async def _reservations(served: House) -> None:
    """One refused, one replaced and cancelled, one used, and one that nobody came for."""
    async with _station(served, "KEEPER") as (station, line):

        async def answered(status: str) -> None:
            _, id, *_ = await line.hear()
            await line.say([3, id, {"status": status}])

        async def reserve(key: str, connector: int, status: str) -> Json:
            wish = {"station": station["id"], "id_tag": CARD, "expires_at": served.ago(-60)}
            asked = await served.reserve(key, connector=connector, **wish)
            await answered(status)
            return asked

        await reserve("r1", 1, "Occupied")
        cancelled = await reserve("r2", 1, "Accepted")
        await served.heard("reservation.accepted")
        for change, status in (({"connector": 2}, "Accepted"), ({"status": "cancelled"}, "Accepted")):
            await _change(served, "reservations", cancelled, change)
            await answered(status)
            await served.heard("reservation.replaced")
        await served.heard("reservation.cancelled")
        cursor = (await served.heard("reservation.accepted"))["cursor"]
        await reserve("r3", 1, "Accepted")
        cursor = (await served.heard("reservation.accepted", after=cursor))["cursor"]
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(0)}
        await line.call("StartTransaction", start)
        await served.heard("reservation.used")
        await reserve("r4", 2, "Accepted")
        await served.heard("reservation.accepted", after=cursor)
    server = served.server
    later = FrozenClock(Instant(server.clock.now() + timedelta(hours=2)))
    await expire_reservations(scope=EVERYTHING, transactions=server.transactions, clock=later, ids=server.ids)
    await served.heard("reservation.no_show")


class _NoTokens:
    """Nobody counts anywhere."""

    async def of(self, tenant: TenantId, *, most: int) -> list[Token]:
        return []


async def _local_lists(served: House) -> None:
    """One that a station did not take at first."""
    async with _station(served, "LISTED") as (station, line):
        await _change(served, "stations", station, {"local_list": "all"})
        for key, status in (("l1", "Failed"), ("l2", "Accepted")):
            await served.sync_list(key, station=station["id"], whole=True)
            await _look(served)
            _, id, *_ = await line.hear()
            await line.say([3, id, {"status": status}])
            await served.heard("local_list.failed")
        answered = (await served.get("/v1/commands", kind="send_local_list", sort="-id"))["data"][0]
        await served.http.get(f"/v1/operations/{answered['operation']}", headers={"Prefer": "wait=20"})
        while (await served.get("/v1/local-lists"))["data"][0]["pending"] is not None:
            await asyncio.sleep(0)
        await _look(served)
        await served.heard("local_list.synced")


async def _look(served: House) -> None:
    server = served.server
    await send_local_lists(
        scope=EVERYTHING,
        reading=server.transactions.reading,
        transactions=server.transactions,
        tokens=_NoTokens(),
        clock=server.clock,
        ids=server.ids,
    )


async def _postings(served: House) -> None:
    """A batch that was taken in part, and one that was taken as a whole."""
    made = await booked(served)
    await _change(served, "ledgers", made["ldg"], {"exports": {"csv": {}}})
    await _change(served, "account-rules", made["acr"], {"position": 1})
    batch = await act(served, f"/v1/posting-batches/{made['pba']['id']}/closings", {})
    await exported(served, batch)
    (posting,) = (await served.get("/v1/postings", batch=batch["id"]))["data"]
    answers = {"answers": [answer_to(posting, 1)]}
    await act(served, f"/v1/posting-batches/{batch['id']}/acknowledgements", answers)


async def _certificates(served: House) -> None:
    """An authority signs twice for a station: one certificate is installed and revoked, one is refused."""
    wanted = {"name": "CA", "organization": "Stadtwerk"}
    authority = await served.post("/v1/certificate-authorities", wanted)
    async with _station(served, "SIGNED") as (_, line):
        told = {"type": "TamperDetectionActivated", "timestamp": served.ago(1)}
        await line.call("SecurityEventNotification", told)
        for who, status in (("one", "Accepted"), ("other", "Rejected")):
            request = request_for("SIGNED", key=key_of(KeyKind.ECDSA, who))
            await line.call("SignCertificate", {"csr": request})
            _, id, action, _ = await line.hear()
            assert action == "CertificateSigned"
            await line.say([3, id, {"status": status}])
        await served.heard("station_certificate.refused")
    installed = await served.heard("station_certificate.installed")
    id = installed["data"]["station_certificate"]
    await served.post(f"/v1/station-certificates/{id}/revocations", {"reason": "stolen"})
    await _change(served, "certificate-authorities", authority, {"enabled": False})


async def _change(served: House, path: str, record: Json, change: Json) -> None:
    headers = {"If-Match": "*"}
    answer = await served.http.patch(f"/v1/{path}/{record['id']}", json=change, headers=headers)
    assert answer.status_code == 200, answer.text


async def _start(served: House, line: WireStation, minutes_ago: float) -> int:
    start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(minutes_ago)}
    return int((await line.call("StartTransaction", start))["transactionId"])


async def _station_life(served: House) -> None:
    """A fault, a new firmware, a session that another one displaced and whose real stop comes late."""
    await served.add_card()
    async with _station(served) as (station, line):
        await _change(served, "stations", station, {"name": "Gate"})
        for version in ("1", "2"):
            boot = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": version}
            await line.call("BootNotification", boot)
        await line.call("DiagnosticsStatusNotification", {"status": "Idle"})
        await line.call("FirmwareStatusNotification", {"status": "Idle"})
        for status, code in (("Faulted", "GroundFailure"), ("Available", "NoError")):
            told = {"connectorId": 1, "status": status, "errorCode": code}
            await line.call("StatusNotification", told)
        first = await _start(served, line, 60)
        values = [{"timestamp": served.ago(40), "sampledValue": [{"value": "500"}]}]
        await line.call("MeterValues", {"connectorId": 1, "transactionId": first, "meterValue": values})
        second = await _start(served, line, 30)
        # Rated before its real stop comes.
        await served.heard("session.quarantined")
        for number, ended in ((first, 31), (second, 1)):
            stop = {"transactionId": number, "meterStop": 900, "timestamp": served.ago(ended)}
            await line.call("StopTransaction", stop)
        stray = {"transactionId": 999, "meterStop": 1, "timestamp": served.ago(1), "idTag": "UNKNOWN"}
        await line.call("StopTransaction", stray)
        [doubt] = (await served.get("/v1/doubts"))["data"]
        decision = {"action": "discard", "reason": "A test of the installer"}
        await served.post(f"/v1/doubts/{doubt['id']}/resolutions", decision)
        await _silence(served, station, line)
        order: dict[str, Any] = {"type": "remote_start", "station": station["id"], "id_tag": CARD}
        for key, status in (("k1", "Rejected"), ("k2", "Accepted")):
            await served.command(key, **order)
            _, id, *_ = await line.hear()
            await line.say([3, id, {"status": status}])
        await _start(served, line, 0)
        await served.heard("command.completed")
    for kind in ("session.rated", "station.offline"):
        await served.heard(kind)


async def _configurations(served: House) -> None:
    """A station as it is expected to be, then not, then after a reboot only, then away."""
    async with _station(served, "CP2") as (station, line):
        for number, change in enumerate(({}, {"StopTxnSampledData": ""}, {"MeterValueSampleInterval": "0"})):
            keys = Keys(GOOD | change, readonly=frozenset({"StopTxnSampledData"}))
            keys.outcomes = {"MeterValueSampleInterval": "RebootRequired"}
            await check(served, station, line, keys, f"check-{number}")
    body = {"station": station["id"]}
    headers = {"Idempotency-Key": "check-last"}
    await served.http.post("/v1/configuration-checks", json=body, headers=headers)
    await served.heard("station.configuration_unverified")


async def _silence(served: House, station: Json, line: WireStation) -> None:
    """A session whose stop never comes and that goes on all the same, and a clock that is off."""
    number = await _start(served, line, 2)
    await line.call("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"})
    await _watch(served, hours=1)
    values = [{"timestamp": served.ago(1), "sampledValue": [{"value": "500"}]}]
    await line.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
    await served.heard("session.reopened")
    stop = {"transactionId": number, "meterStop": 900, "timestamp": served.ago(0)}
    await line.call("StopTransaction", stop)
    server, tenant = served.server, TenantId(parse_id("ten", station["tenant"]))
    await record_sign_of_life(
        StationId(parse_id("sta", station["id"])),
        scope=attrs.evolve(EVERYTHING, tenant=tenant),
        transactions=server.transactions,
        at=server.clock.now(),
        ids=server.ids,
        clock_offset=timedelta(hours=2),
    )


async def _watch(served: House, **later: float) -> None:
    """Look after what is silent, as if so much time had passed."""
    server = served.server
    clock = FrozenClock(Instant(server.clock.now() + timedelta(**later)))
    looking, turn = server.transactions.reading, server.lines.turn
    await watching(looking, server.transactions, EVERYTHING, clock, server.ids, turn=turn)()


async def _return(served: House) -> None:
    """A station that stayed away comes back."""
    await _watch(served, hours=1)
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with connected(port, "/ocpp/CP1"):
        await served.heard("station.reachable")


async def _anchors(served: House) -> None:
    server = served.server
    await seal_waiting(server.transactions, server.transactions.reading, EVERYTHING)
    await Anchors(server.transactions, EVERYTHING, server.clock, server.ids).tell()
    await served.heard("audit.anchored")


async def _every_event(served: House) -> list[Json]:
    found: list[Json] = []
    more = {"include_descendants": "true", "limit": "500"}
    while page := await served.get("/v1/events", **more):
        found += page["data"]
        if not page["data"]:
            break
        more["after"] = page["next_cursor"]
    return found


# All that a company lives through, one thing after the other.
@pytest.mark.timeout(300)
async def test_every_type_of_event_is_described_and_happens(served: House) -> None:
    await _master_data(served)
    await _station_life(served)
    await _configurations(served)
    await _loads(served)
    await _rights(served)
    await _strangers(served)
    await _certificates(served)
    await _postings(served)
    await _reservations(served)
    await _local_lists(served)
    await _files(served)
    await _webhooks(served)
    await _clients(served)
    await _issuers(served)
    await _people(served)
    await _keys(served)
    await imported(served, "external_id,name\n1,Ada\n")
    await _clocks(served)
    await served.heard("quarantined_station.dismissed")
    await _return(served)
    await _anchors(served)
    events = await _every_event(served)
    assert sorted({event["type"] for event in events}) == list(EVENT_DATA)
    for event in events:
        validator_for(EVENT).validate(event)
        schema = EVENT_DATA[event["type"]]
        validator_for(schema).validate(event["data"])
        assert event["data"].keys() == schema["properties"].keys(), event
        assert event["subject"] in event["data"].values()
    ended = (await served.get("/v1/operations", include_descendants="true", limit="200"))["data"]
    kinds = {one["kind"] for one in ended}
    assert {"configuration.check", "import", "advance-test-clock"} < kinds
    told = {one["subject"]: one["data"] for one in events if one["type"] == "operation.completed"}
    for one in ended:
        if one["status"] != "running":
            # Whatever its kind.
            assert (told[one["id"]]["status"], told[one["id"]]["kind"]) == (one["status"], one["kind"])
