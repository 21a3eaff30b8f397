"""What other systems own of records, over one connection, within one scope."""

from __future__ import annotations

from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.records import require_seen, within
from emobility_core.work import Ownership, Scope, StaleWrite


@attrs.frozen
class SqlOwnerships:
    connection: AsyncConnection
    scope: Scope

    async def find(self, record: UUID, system: str) -> Ownership | None:
        query = sa.select(tables.ownership).where(*self._of(record, system))
        row = (await self.connection.execute(query)).mappings().one_or_none()
        return None if row is None else rows.structure(row, Ownership)

    async def add(self, ownership: Ownership) -> None:
        await require_seen(self.connection, self.scope, ownership)
        try:
            await self.connection.execute(tables.ownership.insert().values(rows.unstructure(ownership)))
        except sa.exc.IntegrityError as error:
            raise StaleWrite(ownership.record) from error

    async def replace(self, ownership: Ownership) -> None:
        table, stored = tables.ownership, attrs.evolve(ownership, version=ownership.version + 1)
        mine = (*self._of(ownership.record, ownership.system), table.c.version == ownership.version)
        changed = await self.connection.execute(table.update().where(*mine), rows.unstructure(stored))
        if changed.rowcount == 0:
            raise StaleWrite(ownership.record)

    def _of(self, record: UUID, system: str) -> tuple[sa.ColumnElement[bool], ...]:
        table = tables.ownership
        return table.c.record == record, table.c.system == system, within(table, self.scope)
