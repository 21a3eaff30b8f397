"""The last start of a station is the last in Python's order, whatever the database's locale thinks."""

from __future__ import annotations

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot.shelf import SqlShelf
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_ended, make_station, make_tenant

IDENTITIES = [
    "2026-06-01T10:00:00+00:00|1|a|5",
    "2026-06-01T10:00:00.5+00:00|1|a|5",
    "!9|z|1|ff",
    "2026-06-01T9|Z",
    "2026-06-01T10:00:00.5+00:00|1|B|5",
    "2026-06-01T9|z",
    "2026-06-01T9|ä",
    "!stop|None||x|",
]


async def test_the_last_start_of_a_station_is_the_last_in_pythons_order(database_url: str) -> None:
    database, tenant = open_database(database_url), make_tenant()
    scope = scope_of(tenant, "test")
    shelf = SqlShelf(database, scope)
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)
    for many in range(len(IDENTITIES) + 1):
        station = make_station(tenant=tenant.id)
        async with SqlTransactions(database)(scope) as work:
            await work.stations.add(station)
            for identity in IDENTITIES[:many]:
                ended = make_ended(tenant=tenant.id, station=station.id, start_identity=identity)
                await work.sessions.add(ended)
        memory = await shelf.station(station.id, scope)
        assert memory.last_start == max(IDENTITIES[:many], default="")
        assert memory.complete is (many == 0)
    await database.dispose()
