"""The event log: events get their places after commit, in batches, and are read in that order.

A place is given under a lock that all processes share, to events that are committed already: so no
event ever appears behind a reader's back, as it could with a number drawn before commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.scoping import within
from emobility_core.errors import Unavailable
from emobility_core.ids import EventId, uuid7
from emobility_core.instants import Instant
from emobility_core.work import Event, FeedEntry, Scope

_log = logging.getLogger("emobility.sql")

_POLL_S = 1.0
_PAUSE_S = 0.1
_LOCK = 7_301_946
_MOST = 2_000

# Within a tenant `seq` counts without gaps, over all `position` does; both continue from what is there.
# The last `seq` is sought for each tenant apart: grouped, it would read the whole log for every batch.
_PLACE = sa.text("""
    WITH waiting AS (
        SELECT id, tenant FROM event WHERE position IS NULL ORDER BY id LIMIT :most
    ), last AS (
        SELECT tenant, (SELECT max(seq) FROM event WHERE event.tenant = heard.tenant) AS seq
        FROM (SELECT DISTINCT tenant FROM waiting) AS heard
    ), fresh AS (
        SELECT waiting.id,
               (SELECT coalesce(max(position), 0) FROM event) + row_number() OVER (ORDER BY waiting.id)
                   AS position,
               coalesce(last.seq, 0)
                   + row_number() OVER (PARTITION BY waiting.tenant ORDER BY waiting.id) AS seq
        FROM waiting LEFT JOIN last ON last.tenant = waiting.tenant
    )
    UPDATE event SET position = fresh.position, seq = fresh.seq FROM fresh WHERE event.id = fresh.id
    RETURNING event.id
""")


class SqlFeed:
    """Implements the core's `Feed`. `place` runs in one task of each process; `wake` shortens its wait.

    Other processes place events too; `wait` looks for those now and then.
    """

    def __init__(self, database: Database, everything: Scope) -> None:
        self._database = database
        self._everything = everything
        self._due = asyncio.Event()
        self._placed = asyncio.Event()
        self._closing = False

    def wake(self) -> None:
        """Say that events were committed."""
        self._due.set()

    @asynccontextmanager
    async def placing(self) -> AsyncIterator[None]:
        """Give places while the block runs."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run())
            yield
            # Not cancelled: that would cost a connection in the middle of its statement.
            self._closing = True
            self.wake()

    async def run(self) -> None:
        """Give places when woken, and now and then for other processes' events."""
        while True:
            await _heard(self._due, _POLL_S)
            woken = self._due.is_set()
            self._due.clear()
            try:
                # Looking costs no writer its turn; most of the time there is nothing to place.
                if woken or await self._waiting():
                    while await self.place() == _MOST:
                        pass
            except Unavailable as error:
                _log.warning("events wait for their places: %s", error)
            if self._closing:
                return
            # Under load, what is committed meanwhile is placed together.
            await asyncio.sleep(_PAUSE_S)

    async def _waiting(self) -> bool:
        async with self._database.reading(self._everything) as connection:
            return (await connection.execute(_UNPLACED)).first() is not None

    async def place(self) -> int:
        """Give places to waiting events; return to how many."""
        async with self._database.writing(self._everything) as connection:
            if not self._database.is_sqlite:
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            placed = len((await connection.execute(_PLACE, {"most": _MOST})).all())
        if placed:
            self._placed.set()
            self._placed = asyncio.Event()
        return placed

    async def after(
        self,
        position: int,
        *,
        scope: Scope,
        limit: int,
        types: Sequence[str] = (),
        descendants: bool = True,
    ) -> list[FeedEntry]:
        table = tables.event
        query = sa.select(table).where(table.c.position > position)
        if scope.path != "/":
            query = query.where(within(table, scope, descendants=descendants))
        if types:
            query = query.where(table.c.type.in_(types))
        async with self._database.reading(scope) as connection:
            found = (await connection.execute(query.order_by(table.c.position).limit(limit))).mappings()
            return [_entry(row) for row in found]

    async def between(
        self,
        since: Instant,
        until: Instant,
        *,
        after: EventId | None = None,
        scope: Scope,
        limit: int,
        descendants: bool,
    ) -> list[FeedEntry]:
        table = tables.event
        # Ids sort by the time at which they were made.
        then = (table.c.id >= uuid7(since, 0), table.c.id < uuid7(until, 0), table.c.position.is_not(None))
        query = sa.select(table).where(*then, within(table, scope, descendants=descendants))
        if after is not None:
            query = query.where(table.c.id > after)
        async with self._database.reading(scope) as connection:
            found = (await connection.execute(query.order_by(table.c.id).limit(limit))).mappings()
            return [_entry(row) for row in found]

    async def entry(self, event: EventId, *, scope: Scope) -> FeedEntry | None:
        table = tables.event
        placed = (table.c.id == event, table.c.position.is_not(None))
        async with self._database.reading(scope) as connection:
            found = await connection.execute(sa.select(table).where(*placed, within(table, scope)))
            row = found.mappings().one_or_none()
        return None if row is None else _entry(row)

    async def last_of(self, scope: Scope, types: Sequence[str]) -> int | None:
        """The place of the newest event of some types in a scope, 0 if there is none; None while one of them
        waits for its place."""
        table = tables.event
        mine = (table.c.type.in_(types), within(table, scope))
        async with self._database.reading(scope) as connection:
            waiting = sa.select(table.c.id).where(table.c.position.is_(None), *mine).limit(1)
            if (await connection.execute(waiting)).first() is not None:
                return None
            newest = sa.select(table.c.position).where(table.c.position.is_not(None), *mine)
            found = newest.order_by(table.c.position.desc()).limit(1)
            last: int | None = (await connection.execute(found)).scalar()
            return last or 0

    async def wait(self, position: int, *, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        # Taken before looking, else what is placed in between would wake nobody.
        placed = self._placed
        while not placed.is_set() and await self.last() <= position:
            left = end - loop.time()
            if left <= 0:
                return
            await _heard(placed, min(left, _POLL_S))

    async def last(self) -> int:
        async with self._database.reading(self._everything) as connection:
            return (await connection.execute(_LAST)).scalar_one() or 0


async def _heard(signal: asyncio.Event, within_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await signal.wait()


_UNPLACED = sa.select(tables.event.c.id).where(tables.event.c.position.is_(None)).limit(1)
_LAST: sa.Select[Any] = sa.select(sa.func.max(tables.event.c.position))


def _entry(row: Any) -> FeedEntry:
    return FeedEntry(position=row["position"], seq=row["seq"], event=rows.structure(row, Event))
