"""Roles: what is assigned counts at once, there and below; nobody hands out what they do not hold."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from emobility_app.clients import NewClient
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused


async def signed_in(callers: Callers, client: NewClient) -> httpx.AsyncClient:
    http = await callers.anybody()
    answer = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return http


async def assign(served: House, actor: str, role: str, tenant: str | None = None, **more: Any) -> Json:
    headers = {} if tenant is None else {"Emobility-Tenant": tenant}
    body = {"actor": actor, "role": role, **more}
    answer = await served.http.post("/v1/role-assignments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def test_a_role_counts_at_once_and_so_does_its_removal(served: House, callers: Callers) -> None:
    client = await callers.client()
    http = await signed_in(callers, client)
    body = {"id_tag": "04A1"}
    assigned = await assign(served, f"client:{client.id}", "viewer")
    refused(await http.post("/v1/tokens", json=body), 403, "missing-permission")
    assert (await http.get("/v1/stations")).status_code == 200
    gone = await served.http.delete(f"/v1/role-assignments/{assigned['id']}")
    assert gone.status_code == 200
    assert (await http.post("/v1/tokens", json=body)).status_code == 201


async def test_a_change_of_a_role_counts_at_once(served: House, callers: Callers) -> None:
    client = await callers.client()
    http = await signed_in(callers, client)
    role = await served.post("/v1/roles", {"name": "Night", "permissions": ["stations:read"]})
    await assign(served, f"client:{client.id}", role["id"])
    assert (await http.get("/v1/stations")).status_code == 200
    refused(await http.get("/v1/tokens"), 403, "missing-permission")
    changed = await served.http.patch(f"/v1/roles/{role['id']}", json={"permissions": ["tokens:read"]})
    assert changed.status_code == 200
    refused(await http.get("/v1/stations"), 403, "missing-permission")
    assert (await http.get("/v1/tokens")).status_code == 200


async def test_a_role_counts_below_its_tenant_and_not_beside_it(served: House, callers: Callers) -> None:
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    client = await callers.client()
    http = await signed_in(callers, client)
    await assign(served, f"client:{client.id}", "viewer", tenant=company["id"])
    refused(await http.get("/v1/stations"), 403, "missing-permission")
    there = {"Emobility-Tenant": company["id"]}
    assert (await http.get("/v1/stations", headers=there)).status_code == 200
    beside = {"Emobility-Tenant": sister["id"]}
    refused(await http.get("/v1/stations", headers=beside), 403, "missing-permission")


async def test_a_role_for_sites_shows_what_stands_there_and_nothing_else(
    served: House, callers: Callers
) -> None:
    here, there = [await served.post("/v1/sites", {"name": name}) for name in ("Here", "There")]
    mine, other = [
        await served.post("/v1/stations", {"identity": site["name"], "site": site["id"]})
        for site in (here, there)
    ]
    client = await callers.client()
    http = await signed_in(callers, client)
    await assign(served, f"client:{client.id}", "operator", sites=[here["id"]])
    seen = (await http.get("/v1/stations")).json()["data"]
    assert [one["id"] for one in seen] == [mine["id"]]
    assert (await http.get(f"/v1/stations/{mine['id']}")).status_code == 200
    refused(await http.get(f"/v1/stations/{other['id']}"), 404, "unknown-station")
    refused(await http.get("/v1/tokens"), 403, "beyond-limits")
    refused(await http.post("/v1/stations", json={"identity": "NEW"}), 403, "beyond-limits")
    command = {"type": "reset", "station": other["id"]}
    asked = await http.post("/v1/commands", json=command, headers={"Idempotency-Key": "1"})
    refused(asked, 404, "unknown-station")
    # A station that moves there is seen at once.
    moved = await served.http.patch(f"/v1/stations/{other['id']}", json={"site": here["id"]})
    assert moved.status_code == 200
    assert len((await http.get("/v1/stations")).json()["data"]) == 2


@pytest.mark.parametrize("role", ["owner", "operator", "billing"])
async def test_nobody_assigns_a_role_that_permits_more_than_they_hold(
    served: House, callers: Callers, role: str
) -> None:
    http = await callers.signed_in("roles:read", "roles:write", "stations:read")
    body = {"actor": "subject:erika", "role": role}
    refused(await http.post("/v1/role-assignments", json=body), 403, "permission-not-held")


async def test_nobody_makes_or_widens_a_role_beyond_what_they_hold(served: House, callers: Callers) -> None:
    http = await callers.signed_in("roles:read", "roles:write", "stations:read")
    body = {"name": "Mine", "permissions": ["stations:read", "stations:command"]}
    told = refused(await http.post("/v1/roles", json=body), 403, "permission-not-held")
    assert told["fields"] == {"permission": "stations:command"}
    made = (await http.post("/v1/roles", json=body | {"permissions": ["stations:read"]})).json()
    wider = {"permissions": ["stations:read", "tokens:write"]}
    refused(await http.patch(f"/v1/roles/{made['id']}", json=wider), 403, "permission-not-held")
    # What somebody else has put there before may stay.
    other = await served.post("/v1/roles", body)
    renamed = await http.patch(f"/v1/roles/{other['id']}", json={"description": "After six"})
    assert renamed.status_code == 200


async def test_nobody_hands_out_unlimited_what_they_hold_for_some_sites(
    served: House, callers: Callers
) -> None:
    site = await served.post("/v1/sites", {"name": "Here"})
    client = await callers.client()
    http = await signed_in(callers, client)
    rights = await served.post("/v1/roles", {"name": "Rights", "permissions": ["roles:read", "roles:write"]})
    await assign(served, f"client:{client.id}", rights["id"])
    await assign(served, f"client:{client.id}", "viewer", sites=[site["id"]])
    body = {"actor": "subject:erika", "role": "viewer"}
    refused(await http.post("/v1/role-assignments", json=body), 403, "permission-not-held")


async def test_whoever_takes_a_limit_from_a_client_must_hold_all_of_its_scopes(
    served: House, callers: Callers
) -> None:
    client = await callers.client("stations:read", "tokens:write")
    assigned = await assign(served, f"client:{client.id}", "viewer")
    http = await callers.signed_in("roles:read", "roles:write", "stations:read")
    gone = await http.delete(f"/v1/role-assignments/{assigned['id']}")
    refused(gone, 403, "permission-not-held")


async def test_a_role_from_above_is_assigned_below_and_one_from_beside_does_not_exist(
    served: House, callers: Callers
) -> None:
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    body = {"name": "Night", "permissions": ["stations:read"]}
    above = await served.post("/v1/roles", body)
    at_sister = await served.http.post("/v1/roles", json=body, headers={"Emobility-Tenant": sister["id"]})
    http = await callers.signed_in(tenant=company["id"])
    given = {"actor": "subject:erika", "role": above["id"]}
    assert (await http.post("/v1/role-assignments", json=given)).status_code == 201
    foreign = given | {"role": at_sister.json()["id"]}
    for unknown in (foreign, given | {"role": "rol_1"}, given | {"role": "superuser"}):
        answer = await http.post("/v1/role-assignments", json=unknown)
        assert pointers(answer) == {"/role": "unknown-role"}
    assert "owner, operator, " in answer.json()["errors"][0]["detail"]
    wrong = await http.post("/v1/roles", json=body | {"permissions": ["stations:reed"]})
    assert pointers(wrong) == {"/permissions": "unknown-scope"}
    names = {one["role"] for one in (await http.get("/v1/assignable-roles")).json()["data"]}
    assert {"owner", "driver", above["id"]} <= names
    assert at_sister.json()["id"] not in names
    refused(await http.patch(f"/v1/roles/{above['id']}", json={"name": "Day"}), 404, "unknown-role")


async def test_a_role_that_somebody_has_is_not_removed(served: House) -> None:
    role = await served.post("/v1/roles", {"name": "Night", "permissions": ["stations:read"]})
    assigned = await assign(served, "subject:erika", role["id"])
    refused(await served.http.delete(f"/v1/roles/{role['id']}"), 409, "role-in-use")
    await served.http.delete(f"/v1/role-assignments/{assigned['id']}")
    assert (await served.http.delete(f"/v1/roles/{role['id']}")).status_code == 200


async def test_an_assignment_names_sites_of_its_own_tenant_or_below(served: House, callers: Callers) -> None:
    company = await served.post("/v1/tenants", {"name": "A"})
    site = await served.post("/v1/sites", {"name": "Here"})
    http = await callers.signed_in(tenant=company["id"])
    body = {"actor": "subject:erika", "role": "viewer", "sites": [site["id"]]}
    assert pointers(await http.post("/v1/role-assignments", json=body)) == {"/sites/0": "unknown-site"}
    nowhere = body | {"sites": []}
    assert pointers(await http.post("/v1/role-assignments", json=nowhere)) == {"/sites": "invalid-value"}


async def test_nobody_limits_a_client_of_a_tenant_beside_or_above(served: House, callers: Callers) -> None:
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    victims = [await callers.client(), await callers.client(tenant=company["id"])]
    attacker = await callers.signed_in(tenant=sister["id"])
    for client in victims:
        http = await signed_in(callers, client)
        body = {"actor": f"client:{client.id}", "role": "driver"}
        refused(await attacker.post("/v1/role-assignments", json=body), 404, "unknown-client")
        assert (await http.post("/v1/tokens", json={"id_tag": client.id[-20:]})).status_code == 201
    nobody = {"actor": "client:cli_" + "0" * 26, "role": "driver"}
    refused(await attacker.post("/v1/role-assignments", json=nobody), 404, "unknown-client")
    # Those of the own tenant and below are there to be limited.
    below = await callers.client(tenant=company["id"])
    await assign(served, f"client:{below.id}", "viewer", tenant=company["id"])
    http = await signed_in(callers, below)
    refused(await http.post("/v1/tokens", json={"id_tag": "1"}), 403, "missing-permission")


async def test_whoever_assigns_roles_below_alone_limits_no_client_above(
    served: House, callers: Callers
) -> None:
    company = await served.post("/v1/tenants", {"name": "A"})
    victim, limited = await callers.client(), await callers.client()
    http = await signed_in(callers, limited)
    await assign(served, f"client:{limited.id}", "owner", tenant=company["id"])
    body, there = {"actor": f"client:{victim.id}", "role": "driver"}, {"Emobility-Tenant": company["id"]}
    answer = await http.post("/v1/role-assignments", json=body, headers=there)
    assert refused(answer, 403, "permission-not-held")["fields"] == {"permission": "roles:write"}


async def test_a_child_takes_no_limit_from_a_client_of_its_parent(served: House, callers: Callers) -> None:
    company = await served.post("/v1/tenants", {"name": "A"})
    client = await callers.client("stations:read", "tokens:write")
    made = await assign(served, f"client:{client.id}", "viewer", tenant=company["id"])
    child = await callers.signed_in(tenant=company["id"])
    refused(await child.delete(f"/v1/role-assignments/{made['id']}"), 403, "permission-not-held")
    gone = await served.http.delete(f"/v1/role-assignments/{made['id']}")
    assert gone.status_code == 200


async def test_whoever_holds_everything_below_alone_takes_no_limit_from_a_client_above(
    served: House, callers: Callers
) -> None:
    company = await served.post("/v1/tenants", {"name": "A"})
    client, limited = await callers.client("tokens:write"), await callers.client()
    there = {"Emobility-Tenant": company["id"]}
    made = await assign(served, f"client:{client.id}", "viewer", tenant=company["id"])
    await assign(served, f"client:{limited.id}", "owner", tenant=company["id"])
    http = await signed_in(callers, limited)
    gone = await http.delete(f"/v1/role-assignments/{made['id']}", headers=there)
    refused(gone, 403, "permission-not-held")
