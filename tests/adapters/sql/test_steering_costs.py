"""A site is looked at with the same number of queries, however many stations it has."""

from __future__ import annotations

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.ids import LoadBudgetId
from emobility_core.smart_charging import steer_site
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    make_active,
    make_load_budget,
    make_load_point,
    make_station,
    make_station_state,
    make_tenant,
)
from emobility_core.testing.clock import FrozenClock, SeededIds
from tests.adapters.sql.asked import asked_of


async def _site(transactions: SqlTransactions, tenant: Tenant, *, stations: int) -> LoadBudgetId:
    """A load budget over stations that are online, a session at each."""
    mine = {"tenant": tenant.id}
    budget = make_load_budget(**mine)
    async with transactions(scope_of(tenant, "test")) as work:
        await work.load_budgets.add(budget)
        for _ in range(stations):
            station = make_station(**mine)
            await work.stations.add(station)
            await work.station_states.put(make_station_state(station=station.id, **mine))
            await work.load_points.add(make_load_point(**mine, budget=budget.id, station=station.id))
            await work.sessions.add(make_active(**mine, station=station.id))
    return budget.id


async def test_ten_stations_cost_no_more_queries_than_two(database_url: str) -> None:
    database, tenant = open_database(database_url), make_tenant()
    transactions, clock, ids = SqlTransactions(database), FrozenClock(), SeededIds()
    async with transactions(scope_of(tenant, "test")) as work:
        await work.tenants.add(tenant)

    async def steer(budget: LoadBudgetId) -> int:
        return await steer_site(
            budget,
            scope=scope_of(tenant, "test"),
            reading=transactions.reading,
            transactions=transactions,
            clock=clock,
            ids=ids,
        )

    counts = []
    for stations in (2, 10):
        budget = await _site(transactions, tenant, stations=stations)
        assert await steer(budget) > 0
        with asked_of(database) as asked:
            assert await steer(budget) == 0
        counts.append(len(asked))
    await database.dispose()
    assert counts[0] == counts[1], asked
