"""Answers that clients may ask for again, over one connection."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_core.instants import Instant
from emobility_core.work import AlreadyTaken, StoredAnswer

# What row-level security tells the answers of clients apart by.
_ASKED_BY = sa.text("SELECT set_config('emobility.client', :client, true)")


@attrs.frozen
class SqlIdempotencyKeys:
    """Implements the core's `IdempotencyKeys`; on PostgreSQL no answer is there until its client is named."""

    connection: AsyncConnection

    async def find(self, client: str, key: str) -> StoredAnswer | None:
        await self._asked_by(client)
        table = tables.idempotency_key
        query = sa.select(table).where(table.c.client == client, table.c.key == key)
        row = (await self.connection.execute(query)).mappings().one_or_none()
        return None if row is None else rows.structure(row, StoredAnswer)

    async def add(self, answer: StoredAnswer) -> None:
        await self._asked_by(answer.client)
        try:
            await self.connection.execute(tables.idempotency_key.insert().values(rows.unstructure(answer)))
        except sa.exc.IntegrityError as error:
            raise AlreadyTaken("idempotency_key", answer.key) from error

    async def forget(self, before: Instant) -> None:
        table = tables.idempotency_key
        await self.connection.execute(table.delete().where(table.c.created_at < before))

    async def _asked_by(self, client: str) -> None:
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(_ASKED_BY, {"client": client})
