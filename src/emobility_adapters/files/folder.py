"""A file store in a folder: each file under its id, complete or not there."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import attrs

from emobility_core.commands import FileTooLarge, StoredFile, UnknownAttachment

_PIECE = 256 * 1024


@attrs.frozen
class FolderFiles:
    """Implements the core's `FileStore`. The folder is made with the first file, for its owner alone."""

    folder: Path

    async def put(self, id: UUID, chunks: AsyncIterator[bytes], *, most: int) -> StoredFile:
        await asyncio.to_thread(self._make_folder)
        # The same command may be answered twice at once: neither writes into the other's file.
        part = self.folder / f"{id.hex}.{os.urandom(6).hex()}.part"
        try:
            stored = await self._write(part, chunks, most)
            await asyncio.to_thread(os.replace, part, self._path(id))
            return stored
        finally:
            part.unlink(missing_ok=True)

    async def _write(self, part: Path, chunks: AsyncIterator[bytes], most: int) -> StoredFile:
        size, digest = 0, hashlib.sha256()
        with part.open("xb") as file:  # a system call; what may take long, writing, is done in threads
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise FileTooLarge(most)
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_settle, file.fileno(), file.flush)
        return StoredFile(size=size, sha256=digest.hexdigest())

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(id).open, "rb")
        except FileNotFoundError as error:
            raise UnknownAttachment(id) from error
        with file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece

    async def drop(self, id: UUID) -> None:
        await asyncio.to_thread(self._path(id).unlink, missing_ok=True)

    def sweep(self) -> None:
        """Remove what a crash has left half written; before anything is put."""
        for part in self.folder.glob("*.part"):
            part.unlink(missing_ok=True)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, id: UUID) -> Path:
        return self.folder / id.hex


def _settle(number: int, flush: object) -> None:
    assert callable(flush)
    flush()
    os.fsync(number)
