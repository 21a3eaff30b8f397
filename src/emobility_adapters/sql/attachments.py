"""Attachments over one connection, within one scope."""

from __future__ import annotations

from emobility_adapters.sql.records import SqlRecords
from emobility_adapters.sql.scoping import within
from emobility_core.commands import Attachment
from emobility_core.ids import AttachmentId
from emobility_core.instants import Instant


class SqlAttachments(SqlRecords[Attachment]):
    """Implements the core's `Attachments`."""

    async def remove(self, id: AttachmentId) -> None:
        table = self.kind.table
        await self.connection.execute(table.delete().where(table.c.id == id, within(table, self.scope)))

    async def kept_before(self, before: Instant, *, limit: int) -> list[Attachment]:
        table = self.kind.table
        # Ids sort by the time at which they were made.
        oldest = table.select().where(within(table, self.scope)).order_by(table.c.id).limit(limit)
        return [one for one in await self._select(oldest) if one.created_at < before]
