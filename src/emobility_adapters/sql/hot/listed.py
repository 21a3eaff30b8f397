"""The tokens of a tenant's line, for the local lists of its stations: read when a list is due."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.hot.directories import Connect, Tree
from emobility_core.customers import Token
from emobility_core.ids import TenantId

# So many are made of rows without a break; the loop has others to serve.
_SLICE = 200


class SqlListedTokens:
    """Implements the core's `ListedTokens`."""

    def __init__(self, connect: Connect, tree: Tree) -> None:
        self._connect = connect
        self._tree = tree

    async def of(self, tenant: TenantId, *, most: int) -> list[Token]:
        path = await self._tree.path(tenant)
        if await self._tree.is_closed(tenant):
            return []
        found: dict[str, Token] = {}
        async with self._connect() as connection:
            for query in _groups(path):
                rows_found = (await connection.execute(query.limit(most))).mappings().all()
                for place, row in enumerate(rows_found):
                    if place % _SLICE == _SLICE - 1:
                        await asyncio.sleep(0)
                    token = rows.structure(row, Token)
                    found.setdefault(token.id_tag.folded, token)
                if len(found) >= most:
                    break
        return list(found.values())[:most]


def _groups(path: str) -> Iterator[sa.Select[Any]]:
    """The tokens of the tenant, of those above one by one from below, and of all below together."""
    table, tenant = tables.token, tables.tenant
    for part in reversed(path.strip("/").split("/")):
        yield sa.select(table).where(table.c.tenant == UUID(hex=part)).order_by(table.c.id)
    below = sa.select(table).join(tenant, tenant.c.id == table.c.tenant)
    # Above one that is open nobody is closed.
    below = below.where(tenant.c.path.startswith(path), tenant.c.path != path, tenant.c.closed_at.is_(None))
    yield below.order_by(sa.func.length(tenant.c.path), table.c.id)
