"""What counts for a tenant says whose it is: tariffs and templates along the line of the tree."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.http.bare import Bare
from tests.app.http.house import PRICES, Json
from tests.app.http.refusals import refused


async def _made(http: httpx.AsyncClient, tenant: str, path: str, body: Json) -> Json:
    made = await http.post(f"/v1/{path}", json=body, headers={"Emobility-Tenant": tenant})
    assert made.status_code == 201, made.text
    found: Json = made.json()
    return found


async def _tree(http: httpx.AsyncClient) -> list[str]:
    """operator > company > department, and a company beside."""
    root = (await http.get("/v1/me")).json()["tenant"]
    company = (await _made(http, root, "tenants", {"name": "Company"}))["id"]
    department = (await _made(http, company, "tenants", {"name": "Department"}))["id"]
    return [root, company, department, (await _made(http, root, "tenants", {"name": "Beside"}))["id"]]


async def _counting(http: httpx.AsyncClient, tenant: str, what: str, *, by: str) -> list[Any]:
    answer = await http.get(f"/v1/tenants/{tenant}/{what}", headers={"Emobility-Tenant": by})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def test_the_tariffs_that_count_come_in_the_order_in_which_they_apply_with_their_origin(
    bare: Bare,
) -> None:
    async with bare.http() as http:
        root, company, department, beside = await _tree(http)
        assigned: dict[str, Json] = {}
        for name, tenant in (("Root", root), ("Company", company), ("Own", department), ("Beside", beside)):
            tariff = await _made(http, tenant, "tariffs", {"name": name, "prices": PRICES})
            assigned[name] = await _made(http, tenant, "tariff-assignments", {"tariff": tariff["id"]})
        staff = (await _made(http, company, "user-groups", {"name": "Staff"}))["id"]
        cheap = await _made(http, company, "tariffs", {"name": "Staff", "prices": PRICES})
        await _made(http, company, "tariff-assignments", {"tariff": cheap["id"], "user_group": staff})
        for by in (root, department):
            found = await _counting(http, department, "tariffs", by=by)
            told = [(one["name"], one["inherited_from"], one["user_group"]) for one in found]
            assert told == [
                ("Own", None, None),
                ("Staff", company, staff),
                ("Company", company, None),
                ("Root", root, None),
            ]
        assert found[0]["assignment"] == assigned["Own"]["id"]
        assert found[3]["prices"]["per_kwh"] == PRICES["per_kwh"]
        # The versions of what is handed down are read below, those of strangers are not there.
        below = {"Emobility-Tenant": department}
        versions = (await http.get(f"/v1/tariffs/{found[3]['tariff']}/versions", headers=below)).json()
        assert [(one["id"], one["number"]) for one in versions["data"]] == [(found[3]["version"], 1)]
        strange = f"/v1/tariffs/{assigned['Beside']['tariff']}/versions"
        refused(await http.get(strange, headers=below), 404, "unknown-tariff")


async def test_the_templates_that_count_come_from_the_root_on_with_their_origin(bare: Bare) -> None:
    async with bare.http() as http:
        root, company, department, beside = await _tree(http)
        for name, tenant in (("Own", department), ("Root", root), ("Company", company), ("Beside", beside)):
            await _made(http, tenant, "configuration-templates", {"name": name})
        found = await _counting(http, department, "templates", by=department)
        told = [(one["name"], one["inherited_from"]) for one in found]
        assert told == [("Root", root), ("Company", company), ("Own", None)]


@pytest.mark.parametrize("what", ["tariffs", "templates"])
async def test_what_counts_for_others_is_nobodys_to_read(bare: Bare, what: str) -> None:
    async with bare.http() as http:
        root, company, department, beside = await _tree(http)
        for foreign in (root, company, beside):
            narrowed = {"Emobility-Tenant": department}
            answer = await http.get(f"/v1/tenants/{foreign}/{what}", headers=narrowed)
            refused(answer, 404, "unknown-tenant")
