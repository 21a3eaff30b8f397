"""The server processes that work on imports and exports, over one connection."""

from __future__ import annotations

from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_core.instants import Instant

_worker = tables.transfer_worker


@attrs.frozen
class SqlTransferWorkers:
    """Implements the core's `TransferWorkers`."""

    connection: AsyncConnection

    async def note(self, worker: UUID, at: Instant) -> None:
        again = _worker.update().where(_worker.c.id == worker).values(seen_at=at)
        if (await self.connection.execute(again)).rowcount == 0:
            await self.connection.execute(_worker.insert().values(id=worker, seen_at=at))

    async def leave(self, worker: UUID) -> None:
        await self.connection.execute(_worker.delete().where(_worker.c.id == worker))

    async def living(self, since: Instant) -> frozenset[UUID]:
        query = sa.select(_worker.c.id).where(_worker.c.seen_at >= since)
        return frozenset((await self.connection.execute(query)).scalars())

    async def forget(self, before: Instant) -> None:
        await self.connection.execute(_worker.delete().where(_worker.c.seen_at < before))
