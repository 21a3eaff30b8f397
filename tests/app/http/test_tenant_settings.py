"""Settings of tenants over the API: inherited, overridden, locked, and each explained."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused


@pytest.fixture
async def tree(served: House) -> dict[str, str]:
    """root > company > department: name -> id."""
    ids = {"root": (await served.get("/v1/me"))["tenant"]}
    for name, parent in (("company", "root"), ("department", "company")):
        above = {"Emobility-Tenant": ids[parent]}
        made = await served.http.post("/v1/tenants", json={"name": name}, headers=above)
        ids[name] = made.json()["id"]
    return ids


def _path(tenant: str) -> str:
    return f"/v1/tenants/{tenant}/settings"


async def _set(served: House, tenant: str, /, **settings: Any) -> httpx.Response:
    return await served.http.patch(_path(tenant), json={"settings": settings})


async def _one(served: House, tenant: str, name: str, **query: str) -> Json:
    settings: Json = (await served.get(_path(tenant), **query))["settings"][name]
    return settings


async def test_each_value_says_where_it_comes_from(served: House, tree: dict[str, str]) -> None:
    await _set(served, tree["root"], language={"value": "fr"})
    await _set(served, tree["company"], time_zone={"value": "Europe/Vienna"})
    found = (await served.get(_path(tree["department"])))["settings"]
    assert found["language"] == {"value": "fr", "from": tree["root"], "locked_by": None, "own": None}
    assert found["time_zone"]["from"] == tree["company"]
    assert (found["currency"]["value"], found["currency"]["from"]) == ("EUR", None)


async def test_the_chain_shows_every_value_that_was_considered(served: House, tree: dict[str, str]) -> None:
    await _set(served, tree["root"], language={"value": "fr"})
    await _set(served, tree["department"], language={"value": "it"})
    found = await _one(served, tree["department"], "language", chain="true")
    assert found["chain"] == [
        {"tenant": None, "value": "de", "locked": False},
        {"tenant": tree["root"], "value": "fr", "locked": False},
        {"tenant": tree["department"], "value": "it", "locked": False},
    ]


async def test_null_inherits_again(served: House, tree: dict[str, str]) -> None:
    lines = ["Markt 1", "50667 Köln"]
    await _set(served, tree["company"], company_address={"value": lines}, language={"value": "it"})
    assert (await _one(served, tree["company"], "company_address"))["own"] == {
        "value": lines,
        "locked": False,
    }
    await _set(served, tree["company"], company_address=None)
    found = (await served.get(_path(tree["company"])))["settings"]
    assert (found["company_address"]["value"], found["company_address"]["own"]) == (None, None)
    assert found["language"]["value"] == "it"


async def test_what_is_locked_above_is_not_set_below(served: House, tree: dict[str, str]) -> None:
    await _set(served, tree["department"], currency={"value": "NOK"}, watch_gone_h={"value": 9})
    await _set(served, tree["company"], currency={"value": "CHF", "locked": True})
    found = await _one(served, tree["department"], "currency")
    assert (found["value"], found["locked_by"]) == ("CHF", tree["company"])
    assert found["own"] == {"value": "NOK", "locked": False}
    answer = await _set(served, tree["department"], currency={"value": "SEK"})
    fields = refused(answer, 409, "setting-locked")["fields"]
    assert fields == {"setting": "currency", "locked_by": tree["company"]}
    assert (await _set(served, tree["department"], currency=None)).status_code == 200
    assert (await _set(served, tree["company"], currency={"locked": False})).status_code == 200
    assert (await _set(served, tree["department"], currency={"value": "SEK"})).status_code == 200


async def test_a_locked_rule_of_watching_is_not_set_at_its_older_place_either(
    served: House, tree: dict[str, str]
) -> None:
    await _set(served, tree["root"], watch_gone_h={"value": 48, "locked": True})
    path, rules = f"/v1/tenants/{tree['company']}", {"watch_rules": {"gone_h": 9}}
    refused(await served.http.patch(path, json=rules), 409, "setting-locked")
    refused(await served.http.post("/v1/tenants", json={"name": "New", **rules}), 409, "setting-locked")
    assert (await served.http.patch(path, json={"watch_rules": {"silent_h": 9}})).status_code == 200
    assert (await _one(served, tree["company"], "watch_silent_h"))["own"]["value"] == 9


@pytest.mark.parametrize(
    ("settings", "flaws"),
    [
        ({"time_zone": {"value": "Mars/Base"}}, {"/settings/time_zone/value": "unknown-time-zone"}),
        ({"language": {"value": "xx"}}, {"/settings/language/value": "unknown-language"}),
        ({"currency": {"value": "XXX"}}, {"/settings/currency/value": "unknown-currency"}),
        ({"country": {"value": "DEU"}}, {"/settings/country/value": "unknown-country"}),
        ({"colour": {"value": "red"}}, {"/settings/colour": "unknown-setting"}),
        ({"language": "en"}, {"/settings/language": "invalid-value"}),
        ({"language": {"locked": True}}, {"/settings/language/value": "missing-field"}),
        ({"language": {"value": "en", "locked": 1}}, {"/settings/language/locked": "not-a-boolean"}),
        ({"language": {"value": "en", "for": "all"}}, {"/settings/language": "invalid-value"}),
        (
            {"logo": {"value": "ftp://x"}, "retention_days": {"value": 1}},
            {
                "/settings/logo/value": "malformed-setting",
                "/settings/retention_days/value": "malformed-setting",
            },
        ),
        (["language"], {"/settings": "invalid-value"}),
    ],
)
async def test_every_flaw_is_told_by_its_place_and_nothing_is_stored(
    standing: House, settings: Any, flaws: dict[str, str]
) -> None:
    tenant = (await standing.get("/v1/me"))["tenant"]
    before = await standing.get(_path(tenant))
    assert pointers(await standing.http.patch(_path(tenant), json={"settings": settings})) == flaws
    assert await standing.get(_path(tenant)) == before


async def test_a_field_that_is_not_known_is_refused(served: House) -> None:
    tenant = (await served.get("/v1/me"))["tenant"]
    answer = await served.http.patch(_path(tenant), json={"language": {"value": "en"}})
    assert pointers(answer) == {"/language": "unknown-field"}


async def test_a_change_above_gives_another_etag_below(served: House, tree: dict[str, str]) -> None:
    first = await served.http.get(_path(tree["department"]))
    known = {"If-None-Match": first.headers["etag"]}
    assert (await served.http.get(_path(tree["department"]), headers=known)).status_code == 304
    await _set(served, tree["root"], language={"value": "fr"})
    assert (await served.http.get(_path(tree["department"]), headers=known)).status_code == 200


async def test_who_has_seen_an_older_version_is_refused(served: House, tree: dict[str, str]) -> None:
    seen = (await served.http.get(_path(tree["company"]))).headers["etag"]
    body = {"settings": {"language": {"value": "fr"}}}
    changed = await served.http.patch(_path(tree["company"]), json=body, headers={"If-Match": seen})
    assert changed.status_code == 200
    again = await served.http.patch(_path(tree["company"]), json=body, headers={"If-Match": seen})
    refused(again, 412, "precondition-failed")


async def test_a_change_is_told_once_and_what_changes_nothing_is_not(
    served: House, tree: dict[str, str]
) -> None:
    for _ in range(2):
        await _set(served, tree["root"], language={"value": "fr"}, country={"value": "FR"})
    await _set(served, tree["root"], currency={"value": "CHF"})
    first = await served.heard("tenant.settings_changed")
    assert (first["subject"], first["data"]["settings"]) == (tree["root"], ["language", "country"])
    second = await served.heard("tenant.settings_changed", after=first["cursor"])
    assert second["data"]["settings"] == ["currency"]


async def test_a_site_is_where_its_company_is_unless_it_says_otherwise(
    served: House, tree: dict[str, str]
) -> None:
    await _set(served, tree["root"], time_zone={"value": "Europe/Vienna"}, country={"value": "AT"})
    below = {"Emobility-Tenant": tree["department"]}
    site = (await served.http.post("/v1/sites", json={"name": "Wien"}, headers=below)).json()
    assert (site["time_zone"], site["address"]["country"]) == ("Europe/Vienna", "AT")
    body = {"name": "Ulm", "time_zone": "Europe/Berlin", "address": {"city": "Ulm", "country": "DE"}}
    site = (await served.http.post("/v1/sites", json=body, headers=below)).json()
    assert (site["time_zone"], site["address"]["country"]) == ("Europe/Berlin", "DE")


async def test_nobody_reads_or_changes_settings_above_or_beside(
    served: House, callers: Callers, tree: dict[str, str]
) -> None:
    other = await served.post("/v1/tenants", {"name": "Other"})
    http = await callers.signed_in(tenant=tree["company"])
    for foreign in (tree["root"], other["id"]):
        refused(await http.get(_path(foreign)), 404, "unknown-tenant")
        refused(await http.patch(_path(foreign), json={"settings": {}}), 404, "unknown-tenant")
    assert (await http.get(_path(tree["department"]))).status_code == 200
