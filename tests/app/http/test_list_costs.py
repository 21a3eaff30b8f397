"""A page of a list costs the same number of queries, however much it shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    make_configuration,
    make_connector,
    make_load_budget,
    make_load_limit,
    make_load_point,
    make_site,
    make_site_load,
    make_station,
    make_station_state,
)
from tests.adapters.sql.asked import asked_of
from tests.app.http.bare import Bare


async def test_twenty_stations_cost_no_more_queries_than_two(
    bare: Bare, template: Path, tmp_path: Path
) -> None:
    shutil.copy(template, tmp_path / "list.db")
    database = open_database(f"sqlite:///{tmp_path / 'list.db'}")
    transactions, mine = SqlTransactions(database), {"tenant": bare.tenant.id}
    async with transactions(scope_of(bare.tenant, "test")) as work:
        await work.tenants.add(bare.tenant)
        for _ in range(20):
            station = make_station(**mine)
            await work.stations.add(station)
            await work.station_states.put(make_station_state(station=station.id, **mine))
            await work.station_configurations.add(make_configuration(station=station.id, **mine))
            for number in (2, 1):
                await work.connectors.put(make_connector(station=station.id, number=number, **mine))
    counts = []
    async with bare.http(reading=transactions.reading) as http:
        for limit in (2, 20):
            with asked_of(database) as asked:
                answer = await http.get("/v1/stations", params={"limit": limit})
            counts.append(len(asked))
            stations = answer.json()["data"]
            assert len(stations) == limit
            for station in stations:
                assert station["online"]
                assert station["configuration"] is not None
                assert [one["number"] for one in station["connectors"]] == [1, 2]
    await database.dispose()
    assert counts[0] == counts[1], asked


@pytest.mark.parametrize("kind", ["load-budgets", "load-points", "load-limits"])
async def test_twenty_of_a_kind_of_load_cost_no_more_queries_than_two(
    kind: str, bare: Bare, template: Path, tmp_path: Path
) -> None:
    shutil.copy(template, tmp_path / "list.db")
    database = open_database(f"sqlite:///{tmp_path / 'list.db'}")
    transactions, mine = SqlTransactions(database), {"tenant": bare.tenant.id}
    async with transactions(scope_of(bare.tenant, "test")) as work:
        await work.tenants.add(bare.tenant)
        for _ in range(20):
            site, station = make_site(**mine), make_station(**mine)
            await work.sites.add(site)
            await work.stations.add(station)
            budget = make_load_budget(site=site.id, **mine)
            await work.load_budgets.add(budget)
            await work.load_points.add(make_load_point(budget=budget.id, station=station.id, **mine))
            await work.load_limits.add(make_load_limit(budget=budget.id, **mine))
            await work.site_loads.add(make_site_load(id=budget.id, **mine))
    counts = []
    async with bare.http(reading=transactions.reading) as http:
        for limit in (2, 20):
            with asked_of(database) as asked:
                answer = await http.get(f"/v1/{kind}", params={"limit": limit})
            counts.append(len(asked))
            assert len(answer.json()["data"]) == limit
    await database.dispose()
    assert counts[0] == counts[1], asked
