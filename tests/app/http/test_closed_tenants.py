"""Closed tenants: they only read, and nobody charges on their tokens or at their stations."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from tests.adapters.ocpp.wire import connected
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused


async def _company(served: House, name: str = "Company", **fields: str) -> str:
    return str((await served.post("/v1/tenants", {"name": name, **fields}))["id"])


async def _close(served: House, tenant: str, closed: bool = True) -> httpx.Response:
    return await served.http.patch(f"/v1/tenants/{tenant}", json={"closed": closed})


async def test_whoever_acts_for_a_closed_tenant_only_reads(served: House, callers: Callers) -> None:
    company = await _company(served)
    http = await callers.signed_in(tenant=company)
    site: Json = (await http.post("/v1/sites", json={"name": "Here"})).json()
    closed = (await _close(served, company)).json()
    assert closed["closed_at"] is not None
    assert (await http.get(f"/v1/sites/{site['id']}")).json() == site
    refused(await http.post("/v1/sites", json={"name": "There"}), 409, "tenant-closed")
    refused(await http.patch(f"/v1/sites/{site['id']}", json={"name": "There"}), 409, "tenant-closed")
    narrowed = {"Emobility-Tenant": company}
    answer = await served.http.post("/v1/sites", json={"name": "There"}, headers=narrowed)
    refused(answer, 409, "tenant-closed")


async def test_what_was_closed_is_opened_again_as_it_was(served: House, callers: Callers) -> None:
    company = await _company(served)
    http = await callers.signed_in(tenant=company)
    await _close(served, company)
    again = (await _close(served, company)).json()
    assert (await served.get(f"/v1/tenants/{company}"))["closed_at"] == again["closed_at"]
    assert (await _close(served, company, closed=False)).json()["closed_at"] is None
    assert (await http.post("/v1/sites", json={"name": "There"})).status_code == 201


async def test_tenants_are_closed_from_below_upwards_and_opened_from_above_downwards(served: House) -> None:
    company = await _company(served)
    department = await _company(served, "Department", parent=company)
    assert refused(await _close(served, company), 409, "tenants-below-open")["fields"]["open"] == "1"
    for tenant in (department, company):
        assert (await _close(served, tenant)).status_code == 200
    refused(await _close(served, department, closed=False), 409, "tenant-closed")
    for tenant in (company, department):
        assert (await _close(served, tenant, closed=False)).status_code == 200


async def test_no_tenant_closes_or_opens_itself(served: House, callers: Callers) -> None:
    company = await _company(served)
    http = await callers.signed_in(tenant=company)
    refused(await http.patch(f"/v1/tenants/{company}", json={"closed": True}), 403, "closed-from-above")
    root = (await served.get("/v1/me"))["tenant"]
    refused(await _close(served, root), 403, "closed-from-above")


async def test_nothing_is_placed_below_a_closed_tenant(served: House) -> None:
    company, other = await _company(served), await _company(served, "Other")
    await _close(served, company)
    body = {"name": "New", "parent": company}
    refused(await served.http.post("/v1/tenants", json=body), 409, "tenant-closed")
    move = {"tenant": other, "to": company, "dry_run": True}
    refused(await served.http.post("/v1/tenant-moves", json=move), 409, "tenant-closed")


async def test_the_time_of_closing_is_not_for_a_body_to_say(served: House) -> None:
    company = await _company(served)
    path = f"/v1/tenants/{company}"
    answer = await served.http.patch(path, json={"closed_at": "2020-01-01T00:00:00Z"})
    assert pointers(answer) == {"/closed_at": "read-only"}
    assert pointers(await served.http.patch(path, json={"closed": "yes"})) == {"/closed": "not-a-boolean"}
    answer = await served.http.post("/v1/tenants", json={"name": "New", "closed": True})
    assert pointers(answer) == {"/closed": "read-only"}


async def test_nobody_charges_at_a_closed_tenants_stations_and_what_they_report_is_recorded(
    served: House,
) -> None:
    await served.add_card("ABOVE")
    company = await _company(served)
    narrowed = {"Emobility-Tenant": company}
    await served.http.post("/v1/stations", json={"identity": "CP1"}, headers=narrowed)
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with connected(port, "/ocpp/CP1") as line:
        line.refuses |= frozenset({"ClearCache"})
        await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        assert (await line.call("Authorize", {"idTag": "ABOVE"}))["idTagInfo"]["status"] == "Accepted"
        await _close(served, company)
        assert (await line.call("Authorize", {"idTag": "ABOVE"}))["idTagInfo"]["status"] == "Invalid"
        start = {"connectorId": 1, "idTag": "ABOVE", "meterStart": 0, "timestamp": served.ago(5)}
        told = await line.call("StartTransaction", start)
        assert told["idTagInfo"]["status"] == "Invalid"
    sessions = (await served.http.get("/v1/sessions", headers=narrowed)).json()["data"]
    assert [one["id_tag"] for one in sessions] == ["ABOVE"]
