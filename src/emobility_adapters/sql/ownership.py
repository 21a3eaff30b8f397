"""What other systems own of records, over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.work import Ownership, Scope, StaleWrite


@attrs.frozen
class SqlOwnerships:
    connection: AsyncConnection
    scope: Scope

    async def find(self, record: UUID, system: str) -> Ownership | None:
        query = sa.select(tables.ownership).where(*self._of(record, system))
        row = (await self.connection.execute(query)).mappings().one_or_none()
        return None if row is None else rows.structure(row, Ownership)

    async def of(self, records: Sequence[UUID], system: str) -> list[Ownership]:
        table = tables.ownership
        mine = (table.c.record.in_(records), table.c.system == system, within(table, self.scope))
        found = (await self.connection.execute(sa.select(table).where(*mine))).mappings()
        return [rows.structure(row, Ownership) for row in found]

    async def add(self, *ownerships: Ownership) -> None:
        if not ownerships:
            return
        for one in {one.tenant: one for one in ownerships}.values():
            await require_seen(self.connection, self.scope, one)
        try:
            values = [rows.unstructure(one) for one in ownerships]
            await self.connection.execute(tables.ownership.insert(), values)
        except sa.exc.IntegrityError as error:
            raise StaleWrite(ownerships[0].record) from error

    async def replace(self, *ownerships: Ownership) -> None:
        if not ownerships:
            return
        for system in {one.system for one in ownerships}:
            await self._lock(system, [one for one in ownerships if one.system == system])
        table = tables.ownership
        change = table.update().where(
            table.c.record == sa.bindparam("this"), table.c.system == sa.bindparam("there")
        )
        values = [
            {
                **rows.unstructure(attrs.evolve(one, version=one.version + 1)),
                "this": one.record,
                "there": one.system,
            }
            for one in ownerships
        ]
        await self.connection.execute(change, values)

    async def _lock(self, system: str, ownerships: Sequence[Ownership]) -> None:
        """Nobody replaces them from here on; raise `StaleWrite` if somebody has."""
        table = tables.ownership
        mine = (table.c.record.in_([one.record for one in ownerships]), table.c.system == system)
        query = sa.select(table.c.record, table.c.version).where(*mine, within(table, self.scope))
        query = query.order_by(table.c.record).with_for_update()
        versions = {row.record: row.version for row in await self.connection.execute(query)}
        for one in ownerships:
            if versions.get(one.record) != one.version:
                raise StaleWrite(one.record)

    def _of(self, record: UUID, system: str) -> tuple[sa.ColumnElement[bool], ...]:
        table = tables.ownership
        return table.c.record == record, table.c.system == system, within(table, self.scope)
