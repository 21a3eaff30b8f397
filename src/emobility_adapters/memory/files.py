"""Files of one process."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import attrs

from emobility_core.commands import FileTooLarge, StoredFile, UnknownAttachment
from emobility_core.ids import uuid7
from emobility_core.instants import Instant


@attrs.define
class MemoryFiles:
    """Implements the core's `FileStore`."""

    files: dict[UUID, bytes] = attrs.field(factory=dict)

    async def put(self, id: UUID, chunks: AsyncIterator[bytes], *, most: int) -> StoredFile:
        content = b""
        async for chunk in chunks:
            content += chunk
            if len(content) > most:
                raise FileTooLarge(most)
        self.files[id] = content
        return StoredFile(size=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        if id not in self.files:
            raise UnknownAttachment(id)
        yield self.files[id]

    async def drop(self, id: UUID) -> None:
        self.files.pop(id, None)

    async def made_before(self, before: Instant) -> list[UUID]:
        return sorted(id for id in self.files if id < uuid7(before, 0))
