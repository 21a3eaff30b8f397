"""A subscriber goes on where it left off; one that a newer version brings does not replay the past."""

from __future__ import annotations

from uuid import UUID

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.positions import SqlPositions
from emobility_core.ids import TenantId
from emobility_core.testing.clock import FrozenClock
from emobility_core.work import Scope


async def test_a_new_subscriber_begins_where_the_others_are(database_url: str) -> None:
    database = open_database(database_url)
    everything = Scope.system(TenantId(UUID(int=0)), "/", "test")
    positions = SqlPositions(database, everything, FrozenClock())
    await positions.enter(["first", "second"])
    assert [await positions.load(name) for name in ("first", "second")] == [0, 0]
    await positions.save("first", 41)
    await positions.save("second", 7)
    await positions.enter(["first", "second", "third"])
    assert [await positions.load(name) for name in ("first", "second", "third")] == [41, 7, 41]
    await database.dispose()
