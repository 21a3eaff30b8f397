"""The server's own keys, made by the first migration."""

from __future__ import annotations

from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database
from emobility_core.ids import TenantId
from emobility_core.work import Scope

_NO_TENANTS = Scope.system(TenantId(UUID(int=0)), "", "keys")


@attrs.frozen
class SqlServerKeys:
    """Implements the core's `ServerKeys`."""

    connection: AsyncConnection

    async def get_for_change(self, name: str) -> str:
        table = tables.server_key
        query = sa.select(table.c.value).where(table.c.name == name).with_for_update()
        return str((await self.connection.execute(query)).scalar_one())

    async def replace(self, name: str, value: str) -> None:
        table = tables.server_key
        await self.connection.execute(table.update().where(table.c.name == name).values({"value": value}))


async def server_key(database: Database, name: str) -> str:
    """Return the key of that name; raises `Unavailable`."""
    table = tables.server_key
    async with database.reading(_NO_TENANTS) as connection:
        found = await connection.execute(sa.select(table.c.value).where(table.c.name == name))
        return str(found.scalar_one())
