"""The outbox and the marks of who has dealt with what, over one connection."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_core.ids import EventId
from emobility_core.reactions import AlreadyReacted
from emobility_core.work import Event


class SqlOutbox:
    """Keeps a unit's events until it commits."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, *events: Event) -> None:
        self.events.extend(events)

    async def store(self, connection: AsyncConnection) -> None:
        if self.events:
            await connection.execute(tables.event.insert(), [rows.unstructure(one) for one in self.events])


@attrs.frozen
class SqlReacted:
    connection: AsyncConnection

    async def mark(self, subscriber: str, *events: EventId) -> None:
        try:
            marks = [{"subscriber": subscriber, "event": event} for event in events]
            await self.connection.execute(tables.reacted.insert(), marks)
        except sa.exc.IntegrityError as error:
            raise AlreadyReacted(subscriber, events[0]) from error
