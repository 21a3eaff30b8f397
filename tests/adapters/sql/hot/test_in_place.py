"""Sessions that make progress are changed on their page; on PostgreSQL no index has to learn of it."""

from __future__ import annotations

import asyncio
from typing import Any

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.energy import Energy
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import TENANT, later, make_active, make_tenant
from emobility_core.work import Scope

SESSIONS = 60
_COUNTS = """
    SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'charging_session'
"""


async def test_progress_touches_no_index(postgresql_url: str) -> None:
    database, tenant = open_database(postgresql_url), make_tenant()
    scope = scope_of(tenant, "test")
    sessions = [make_active(tenant=tenant.id) for _ in range(SESSIONS)]
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)
        for session in sessions:
            await work.sessions.add(session)
    observer = await database.connect_postgresql()
    before = await observer.fetchrow(_COUNTS)
    async with open_hot_path(database, Scope(TENANT, "/", "test")) as hot, hot.transactions(scope) as work:
        for session in sessions:
            further = session.progress(Energy.wh(4_000), at=later(), received=later(), message="m-1")
            await work.sessions.progress(further)
    await database.dispose()
    # A backend tells its counts when it ends, at the latest.
    async with asyncio.timeout(20):
        while _since(before, await observer.fetchrow(_COUNTS))[0] < SESSIONS:
            await asyncio.sleep(0.05)
    changed, in_place = _since(before, await observer.fetchrow(_COUNTS))
    await observer.close()
    # Pages that are full when a session begins leave room for next to none.
    assert changed == SESSIONS
    assert in_place > 0.8 * SESSIONS


def _since(before: Any, now: Any) -> tuple[int, int]:
    return now["n_tup_upd"] - before["n_tup_upd"], now["n_tup_hot_upd"] - before["n_tup_hot_upd"]
