"""`expand`: what objects refer to stands beside them, for whoever may read it, at a constant cost."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.http.app import api
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_site, make_station, make_station_group, make_tenant
from tests.adapters.sql.asked import asked_of
from tests.app.http.bare import Bare
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.inhabited import Inhabited
from tests.app.http.objects import everything
from tests.app.http.refusals import refused

EXPANDING = [one for one in api() if one.expands]


def names_of(one: Any) -> list[str]:
    found: list[str] = one.query["expand"].schema["items"]["enum"]
    return found


def _fits(view: Json, name: str) -> None:
    """What stands beside is what the field names, and the same one step further."""
    first, _, second = name.partition(".")
    named, beside = view[first], view["expanded"][first]
    if isinstance(named, list):
        assert [one["id"] for one in beside] == named
    elif named is None:
        assert beside is None
    else:
        assert beside["id"] == named
        if second:
            _fits(beside, second)


def test_every_name_that_is_told_of_shows_what_it_names(inhabited: Inhabited) -> None:
    assert len(EXPANDING) > 30
    for one in EXPANDING:
        id = inhabited.objects[one.names]["id"] if one.names else ""
        url = inhabited.url + one.path.replace("{id}", id)
        plain = inhabited.http.get(url)
        for query in (*names_of(one), ",".join(names_of(one))):
            answer = inhabited.http.get(url, params={"expand": query})
            assert answer.status_code == 200, answer.text
            views = answer.json()["data"] if "data" in answer.json() else [answer.json()]
            assert views, one.operation
            for view in views:
                for name in query.split(","):
                    _fits(view, name)
                assert set(view["expanded"]) == {name.partition(".")[0] for name in query.split(",")}
        assert "expanded" not in plain.text


async def test_nothing_but_what_is_told_of_is_shown(served: House) -> None:
    for one in api():
        if one.method != "GET" or one.names or one.operation in ("events_stream", "me_get"):
            continue
        answer = await served.http.get(one.path, params={"expand": "tenant"})
        code = "unknown-expansion" if one.expands else "malformed-request"
        refused(answer, 400, code)
    for name in (
        "",
        "site,",
        "site.tenant",
        "station_groups.sites",
        "site.station_groups.site",
        "SITE",
        "id",
    ):
        problem = refused(await served.http.get(f"/v1/stations?expand={name}"), 400, "unknown-expansion")
        assert problem["fields"]["known"] == "site, station_groups"


async def test_who_may_not_read_it_is_not_shown_it_beside(served: House, callers: Callers) -> None:
    found = await everything(served)
    http = await callers.signed_in("tokens:read", "contracts:read")
    token = f"/v1/tokens/{found['tok']['id']}"
    assert (await http.get(f"{token}?expand=contract")).status_code == 200
    for name in ("customer", "contract.customer", "contract,customer"):
        problem = refused(await http.get(f"{token}?expand={name}"), 403, "missing-scope")
        assert problem["fields"] == {"scope": "customers:read"}


async def test_what_is_anothers_is_not_shown_whatever_names_it(bare: Bare) -> None:
    other = make_tenant()
    site, groups = (
        make_site(tenant=other.id),
        [make_station_group(tenant=t) for t in (other.id, bare.tenant.id)],
    )
    station = make_station(
        tenant=bare.tenant.id, site=site.id, station_groups=tuple(group.id for group in groups)
    )
    async with bare.store.transactions(scope_of(other, "test")) as work:
        await work.tenants.add(other)
        await work.sites.add(site)
        await work.station_groups.add(groups[0])
    async with bare.store.transactions(scope_of(bare.tenant, "test")) as work:
        await work.station_groups.add(groups[1])
        await work.stations.add(station)
    async with bare.http() as http:
        (view,) = (await http.get("/v1/stations?expand=site,station_groups")).json()["data"]
    assert view["site"] is not None
    assert view["expanded"]["site"] is None
    assert [group["id"] for group in view["expanded"]["station_groups"]] == view["station_groups"][1:]


async def test_an_etag_holds_for_what_stands_beside_too(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Here"})
    station = await served.post("/v1/stations", {"identity": "CP1", "site": site["id"]})
    path = f"/v1/stations/{station['id']}"
    plain, beside = await served.http.get(path), await served.http.get(f"{path}?expand=site")
    assert plain.headers["etag"] != beside.headers["etag"]
    known = {"If-None-Match": f"{plain.headers['etag']}, {beside.headers['etag']}"}
    assert (await served.http.get(f"{path}?expand=site", headers=known)).status_code == 304
    await served.http.patch(f"/v1/sites/{site['id']}", json={"name": "There"})
    assert (await served.http.get(path, headers=known)).status_code == 304
    now = await served.http.get(f"{path}?expand=site", headers=known)
    assert now.json()["expanded"]["site"]["name"] == "There"
    # The version is the object's own: what stands beside is no reason to refuse a change of it.
    changed = await served.http.patch(path, json={"name": "Gate"}, headers={"If-Match": now.headers["etag"]})
    assert changed.status_code == 200


async def test_the_next_page_shows_the_same_beside(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Here"})
    for number in "12":
        await served.post("/v1/stations", {"identity": number, "site": site["id"]})
    first = await served.http.get("/v1/stations?limit=1&expand=site")
    second = await served.http.get(first.url.join(first.links["next"]["url"]))
    assert second.json()["data"][0]["expanded"]["site"] == site


@pytest.mark.parametrize("expand", ["site", "site,station_groups"])
async def test_twenty_cost_no_more_queries_than_two(
    bare: Bare, template: Path, tmp_path: Path, expand: str
) -> None:
    shutil.copy(template, tmp_path / "list.db")
    database = open_database(f"sqlite:///{tmp_path / 'list.db'}")
    transactions, mine = SqlTransactions(database), {"tenant": bare.tenant.id}
    async with transactions(scope_of(bare.tenant, "test")) as work:
        await work.tenants.add(bare.tenant)
        for _ in range(20):
            site, group = make_site(**mine), make_station_group(**mine)
            await work.sites.add(site)
            await work.station_groups.add(group)
            await work.stations.add(make_station(site=site.id, station_groups=(group.id,), **mine))
    counts = []
    async with bare.http(reading=transactions.reading) as http:
        for limit in (2, 20):
            with asked_of(database) as asked:
                answer = await http.get("/v1/stations", params={"limit": limit, "expand": expand})
            assert all(view["expanded"]["site"]["id"] == view["site"] for view in answer.json()["data"])
            counts.append(len(asked))
    await database.dispose()
    assert counts[0] == counts[1]
