"""Frames find their exchange later, many at once, so that a message changes no page of an index.

A hundred stations write to a hundred places of an index by station: a changed page a frame, logged, checked
and copied back. Sorted by station, the frames of minutes go to the same places together.
"""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.exchanges import paired_up_to, pairs
from emobility_adapters.sql.network import insert_into, upsert
from emobility_core.instants import Instant
from emobility_core.work import Scope

# Reports wait while so many are noted: some ten milliseconds.
AT_ONCE = 4_000


@attrs.frozen
class FramePairs:
    """Notes which request and which answer of the frames make an exchange."""

    database: Database
    everything: Scope
    at_once: int = AT_ONCE

    async def note(self, before: Instant) -> None:
        """Pair the frames that came before an instant, a transaction for every few thousand of them."""
        more = True
        while more:
            async with self.database.writing(self.everything) as connection:
                more = await self._note_some(connection, before)

    async def _note_some(self, connection: AsyncConnection, before: Instant) -> bool:
        """Pair the oldest frames that are not paired; return whether there were any."""
        since = await paired_up_to(connection)
        until = await self._last(connection, since, before)
        if until is None:
            return False
        noted, found = tables.station_exchange, pairs(since, until).subquery()
        # SQLite takes the ON of a conflict for that of a join where no WHERE stands before it.
        sorted_ = sa.select(found).where(sa.true()).order_by(found.c.station, found.c.number)
        insert = insert_into(connection, noted).from_select(list(noted.c.keys()), sorted_)
        # An answer may come in a later round than its request.
        both = {
            name: sa.func.coalesce(insert.excluded[name], noted.c[name]) for name in ("request", "answer")
        }
        await connection.execute(
            insert.on_conflict_do_update(index_elements=["station", "number"], set_=both)
        )
        await upsert(connection, tables.frames_paired, ("id",), {"id": 1, "up_to": until})
        return True

    async def _last(self, connection: AsyncConnection, since: int, before: Instant) -> int | None:
        frame = tables.station_frame.c
        some = sa.select(frame.id, frame.received_at).where(frame.id > since).order_by(frame.id)
        oldest = some.limit(self.at_once).subquery()
        last = sa.select(sa.func.max(oldest.c.id)).where(oldest.c.received_at < before)
        found: int | None = (await connection.execute(last)).scalar()
        return found
