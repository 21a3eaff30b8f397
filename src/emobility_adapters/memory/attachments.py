"""Attachments of one unit of work."""

from __future__ import annotations

from emobility_adapters.memory.records import MemoryRecords
from emobility_core.commands import Attachment
from emobility_core.instants import Instant
from emobility_core.work import Page


class MemoryAttachments(MemoryRecords[Attachment]):
    """Implements the core's `Attachments`."""

    async def kept_before(self, before: Instant, *, limit: int) -> list[Attachment]:
        oldest = await self.page(Page(limit=limit, descendants=True))
        return [one for one in oldest if one.created_at < before]
