"""The server's own keys, made by the first migration."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database
from emobility_core.ids import TenantId
from emobility_core.work import Scope

_NO_TENANTS = Scope.system(TenantId(UUID(int=0)), "", "keys")


async def server_key(database: Database, name: str) -> str:
    """Return the key of that name; raises `Unavailable`."""
    table = tables.server_key
    async with database.reading(_NO_TENANTS) as connection:
        found = await connection.execute(sa.select(table.c.value).where(table.c.name == name))
        return str(found.scalar_one())
