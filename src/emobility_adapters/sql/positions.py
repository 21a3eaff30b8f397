"""How far each subscriber of the feed has come, and what it could not deal with."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.network import insert_into, upsert
from emobility_core.instants import Clock
from emobility_core.work import Event, Scope


@attrs.frozen
class SqlPositions:
    database: Database
    everything: Scope
    clock: Clock

    async def enter(self, subscribers: Sequence[str]) -> None:
        """Let those that are new begin where the others are, or at the feed's beginning with them: what
        happened before a newer version brought them is not theirs. To be called before any of them follows
        and anything happens, else one would begin behind what the others have heard of meanwhile."""
        table = tables.subscriber_position
        async with self.database.writing(self.everything) as connection:
            farthest = (await connection.execute(sa.select(sa.func.max(table.c.position)))).scalar_one() or 0
            new = insert_into(connection, table).on_conflict_do_nothing(index_elements=["subscriber"])
            await connection.execute(new, [{"subscriber": one, "position": farthest} for one in subscribers])

    async def load(self, subscriber: str) -> int:
        table = tables.subscriber_position
        query = sa.select(table.c.position).where(table.c.subscriber == subscriber)
        async with self.database.reading(self.everything) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def save(self, subscriber: str, position: int) -> None:
        row = {"subscriber": subscriber, "position": position}
        async with self.database.writing(self.everything) as connection:
            await upsert(connection, tables.subscriber_position, ("subscriber",), row)

    async def park(self, subscriber: str, event: Event, error: str) -> None:
        row = {
            "subscriber": subscriber,
            "event": event.id,
            "parked_at": self.clock.now(),
            "last_error": error,
        }
        async with self.database.writing(self.everything) as connection:
            await upsert(connection, tables.delivery, ("subscriber", "event"), row)

    async def parked(self, subscriber: str) -> list[Event]:
        event, delivery = tables.event, tables.delivery
        mine = (delivery.c.event == event.c.id, delivery.c.subscriber == subscriber)
        query = sa.select(event).join(delivery, sa.and_(*mine)).order_by(event.c.position)
        async with self.database.reading(self.everything) as connection:
            found = (await connection.execute(query)).mappings().all()
        return [rows.structure(row, Event) for row in found]

    async def unpark(self, subscriber: str, event: Event) -> None:
        table = tables.delivery
        this = (table.c.subscriber == subscriber, table.c.event == event.id)
        async with self.database.writing(self.everything) as connection:
            await connection.execute(table.delete().where(*this))
