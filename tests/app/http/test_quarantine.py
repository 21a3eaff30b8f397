"""Unknown stations over the API: shown with what they sent, adopted by one call, or dismissed."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from emobility_app.settings import UnknownStations
from emobility_core.ids import TenantId, parse_id
from emobility_core.tenancy import UnknownTenant
from tests.adapters.ocpp.wire import connected, opening, shake
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json, house
from tests.app.http.refusals import pointers, refused

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
KEY = "0123456789abcdef0123456789abcdef"


async def test_it_is_shown_with_what_it_sent_but_never_its_key(served: House) -> None:
    shown = await served.quarantine("NEW-1", key=bytes.fromhex(KEY))
    assert (shown["identity"], shown["remote_address"], shown["lines"]) == ("NEW-1", "127.0.0.1", 1)
    assert shown["boot"]["vendor"] == "V"
    assert "BootNotification" in shown["frames"][0]["frame"]
    assert shown["key_presented"] is True
    assert "key_digest" not in shown
    assert await served.get(f"/v1/quarantined-stations/{shown['id']}") == shown
    assert (await served.get("/v1/stations"))["data"] == []


async def test_one_call_adopts_it_for_a_tenant_below_with_its_place_and_key(served: House) -> None:
    tenant = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    site = await served.post("/v1/sites", {"name": "Here"})
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with connected(port, "/ocpp/NEW-1", key=KEY.encode()) as line:
        assert (await line.call("BootNotification", BOOT))["status"] == "Pending"
        (quarantined,) = (await served.get("/v1/quarantined-stations"))["data"]
        adoption = {
            "quarantined_station": quarantined["id"],
            "tenant": tenant,
            "name": "Gate",
            "site": site["id"],
            "power_class": "DC",
            "keep_key": True,
            "key_fingerprint": quarantined["key_fingerprint"],
        }
        answer = await served.http.post("/v1/adoptions", json=adoption, headers={"Idempotency-Key": "1"})
        assert answer.status_code == 201, answer.text
        # It is to prove itself, now that there is something to prove.
        assert await line.closed_with() == 1001
    station = answer.json()
    assert (station["tenant"], station["identity"], station["name"]) == (tenant, "NEW-1", "Gate")
    assert (station["site"], station["power_class"]) == (site["id"], "DC")
    assert answer.headers["location"] == f"/v1/stations/{station['id']}"
    gone = await served.http.get(f"/v1/quarantined-stations/{quarantined['id']}")
    refused(gone, 404, "unknown-quarantined-station")
    again = await served.http.post("/v1/adoptions", json=adoption, headers={"Idempotency-Key": "1"})
    assert (again.json(), again.headers["idempotency-replayed"]) == (station, "true")
    assert (await shake(port, opening("/ocpp/NEW-1")))[0] == 401
    async with connected(port, "/ocpp/NEW-1", key=bytes.fromhex(KEY)) as line:
        assert (await line.call("BootNotification", BOOT))["status"] == "Accepted"


async def test_an_adoption_that_cannot_be_is_refused_by_name_and_changes_nothing(served: House) -> None:
    quarantined = await served.quarantine("NEW-1")
    own = {"quarantined_station": quarantined["id"]}
    unknown = quarantined["id"][:-4] + "0000"
    for change, flaws in (
        ({"quarantined_station": unknown}, {"/quarantined_station": "unknown-quarantined-station"}),
        ({"quarantined_station": "qst_1"}, {"/quarantined_station": "malformed-id"}),
        ({"tenant": "ten_" + unknown[4:]}, {"/tenant": "unknown-tenant"}),
        ({"site": "sit_" + unknown[4:]}, {"/site": "unknown-site"}),
        ({"identity": "OTHER"}, {"/identity": "read-only"}),
        ({"key_digest": "x"}, {"/key_digest": "unknown-field"}),
        ({"keep_key": "yes"}, {"/keep_key": "not-a-boolean"}),
        ({"keep_key": True, "authorization_key": KEY}, {"/authorization_key": "contradiction"}),
        ({"keep_key": True}, {"/key_fingerprint": "missing-field"}),
        ({"keep_key": True, "key_fingerprint": 1}, {"/key_fingerprint": "not-a-text"}),
    ):
        assert pointers(await served.http.post("/v1/adoptions", json=own | change)) == flaws
    kept = own | {"keep_key": True, "key_fingerprint": "0" * 16}
    refused(await served.http.post("/v1/adoptions", json=kept), 409, "no-key-presented")
    assert (await served.get("/v1/quarantined-stations"))["data"] == [quarantined]
    await served.post("/v1/stations", {"identity": "new-1"})
    refused(await served.http.post("/v1/adoptions", json=own), 409, "already-taken")


async def test_of_two_keys_under_one_name_none_is_kept(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path / "house.db")
    for key in (None, b"another key"):
        # A server that was restarted knows nothing of how long somebody was to stay away.
        async with house(f"sqlite:///{tmp_path / 'house.db'}") as served:
            quarantined = await served.quarantine("NEW-1", key=key)
            assert (quarantined["key_presented"], quarantined["key_changes"]) == (bool(key), bool(key))
            body = {"quarantined_station": quarantined["id"], "keep_key": True, "key_fingerprint": "0"}
            refused_for = "keys-differ" if key else "no-key-presented"
            refused(await served.http.post("/v1/adoptions", json=body), 409, refused_for)


async def test_no_other_key_is_kept_than_the_one_that_was_seen(served: House) -> None:
    async def adopt(quarantined: Json, fingerprint: str) -> httpx.Response:
        body = {"quarantined_station": quarantined["id"], "keep_key": True, "key_fingerprint": fingerprint}
        return await served.http.post("/v1/adoptions", json=body)

    mine = await served.quarantine("NEW-1", key=KEY.encode())
    theirs = await served.quarantine("NEW-2", key=b"another key")
    assert mine["key_fingerprint"] != theirs["key_fingerprint"]
    refused(await adopt(mine, theirs["key_fingerprint"]), 409, "key-not-as-seen")
    assert (await served.get("/v1/stations"))["data"] == []
    assert (await adopt(mine, mine["key_fingerprint"])).status_code == 201


async def test_a_dismissed_one_is_gone(served: House) -> None:
    quarantined = await served.quarantine("NEW-1")
    path = f"/v1/quarantined-stations/{quarantined['id']}"
    assert (await served.http.delete(path)).json() == quarantined
    refused(await served.http.delete(path), 404, "unknown-quarantined-station")


async def test_only_who_may_write_stations_adopts_or_dismisses(served: House, callers: Callers) -> None:
    quarantined = await served.quarantine("NEW-1")
    reader = await callers.signed_in("stations:read")
    path = f"/v1/quarantined-stations/{quarantined['id']}"
    assert (await reader.get(path)).status_code == 200
    refused(await reader.delete(path), 403, "missing-scope")
    body = {"quarantined_station": quarantined["id"]}
    refused(await reader.post("/v1/adoptions", json=body), 403, "missing-scope")


async def test_they_are_of_the_tenant_that_the_settings_name_or_refused_as_they_say(
    template: Path, tmp_path: Path
) -> None:
    shutil.copy(template, tmp_path / "house.db")
    url = f"sqlite:///{tmp_path / 'house.db'}"
    async with house(url, unknown_stations=UnknownStations.REFUSE) as refusing:
        tenant = (await refusing.post("/v1/tenants", {"name": "Keeper"}))["id"]
        port = urlsplit(refusing.server.ocpp_url).port
        assert port is not None
        assert (await shake(port, opening("/ocpp/NEW-1")))[0] == 404
    async with house(url, quarantine_tenant=TenantId(parse_id("ten", tenant))) as keeping:
        with pytest.raises(IndexError):
            await keeping.quarantine("NEW-1")
        (found,) = (await keeping.get("/v1/quarantined-stations", include_descendants="true"))["data"]
        assert found["tenant"] == tenant
    with pytest.raises(UnknownTenant):
        async with house(url, quarantine_tenant=TenantId(parse_id("ten", "ten_" + "0" * 26))):
            pass
