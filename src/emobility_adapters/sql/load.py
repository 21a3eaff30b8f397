"""Limits of a site's load that hold for a time."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.records import Kind, SqlRecords
from emobility_adapters.sql.scoping import within
from emobility_core.ids import LoadBudgetId
from emobility_core.instants import Instant
from emobility_core.smart_charging import LoadLimit, UnknownLoadLimit

LOAD_LIMIT = Kind(table=tables.load_limit, record=LoadLimit, unknown=UnknownLoadLimit)


class SqlLoadLimits(SqlRecords[LoadLimit]):
    """Implements the core's `LoadLimits`."""

    async def unexpired(self, budget: LoadBudgetId, at: Instant) -> list[LoadLimit]:
        table = self.kind.table
        lasting = sa.or_(table.c.until.is_(None), table.c.until > at)
        mine = (table.c.budget == budget, lasting, within(table, self.scope))
        return await self._select(sa.select(table).where(*mine).order_by(table.c.id))
