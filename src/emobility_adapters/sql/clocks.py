"""Test clocks over one connection, within one scope."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql.records import SqlRecords, removed
from emobility_core.clocks import TestClock


class SqlTestClocks(SqlRecords[TestClock]):
    """Implements the core's `TestClocks`."""

    async def along(self, path: str) -> list[TestClock]:
        if not self.scope.sees(path):
            return []
        line = [UUID(hex=part) for part in path.strip("/").split("/")]
        table = self.kind.table
        return await self._select(sa.select(table).where(table.c.tenant.in_(line)).order_by(table.c.id))

    async def remove(self, id: UUID) -> None:
        await removed(self, id)
