"""A file store in a folder: each file under its id, complete or not there."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import UUID

import attrs

from emobility_core.commands import FileTooLarge, StoredFile, UnknownAttachment
from emobility_core.errors import Unavailable
from emobility_core.ids import uuid7
from emobility_core.instants import Instant

P = ParamSpec("P")
T = TypeVar("T")

_PIECE = 256 * 1024
# Whatever else lies in the folder is none of ours.
_ID = re.compile("[0-9a-f]{32}")


@attrs.frozen
class FilesUnavailable(Unavailable):
    """The folder of delivered files cannot be read or written.

    Remedy: look after the disk under `--uploads`: whether it is there, writable, and has room.
    """

    code = "files-unavailable"
    reason: str


@attrs.frozen
class FolderFiles:
    """Implements the core's `FileStore`. The folder is made with the first file, for its owner alone."""

    folder: Path

    async def put(self, id: UUID, chunks: AsyncIterator[bytes], *, most: int) -> StoredFile:
        await _done(self._make_folder)
        # The same command may be answered twice at once: neither writes into the other's file.
        part = self.folder / f"{id.hex}.{os.urandom(6).hex()}.part"
        try:
            stored = await self._write(part, chunks, most)
            await _done(os.replace, part, self._path(id))
            return stored
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    async def _write(self, part: Path, chunks: AsyncIterator[bytes], most: int) -> StoredFile:
        size, digest = 0, hashlib.sha256()
        file = await _done(part.open, "xb")
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise FileTooLarge(most)
                digest.update(chunk)
                await _done(file.write, chunk)
            await _done(_settle, file.fileno(), file.flush)
        finally:
            with suppress(OSError):  # what could not be written has been told
                file.close()
        return StoredFile(size=size, sha256=digest.hexdigest())

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        try:
            file = await _done(self._path(id).open, "rb")
        except FilesUnavailable as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise UnknownAttachment(id) from error
            raise
        with file:
            while piece := await _done(file.read, _PIECE):
                yield piece

    async def drop(self, id: UUID) -> None:
        await _done(self._path(id).unlink, missing_ok=True)

    async def made_before(self, before: Instant) -> list[UUID]:
        found = [UUID(hex=name) for name in await _done(self._names) if _ID.fullmatch(name)]
        return sorted(id for id in found if id < uuid7(before, 0))

    def sweep(self, before: Instant) -> None:
        """Remove what a crash has left half written, and nobody has added to since then."""
        for part in self.folder.glob("*.part"):
            with suppress(FileNotFoundError):  # its writer was done with it meanwhile
                if part.stat().st_mtime < before.timestamp():
                    part.unlink()

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.folder)
        except FileNotFoundError:
            return []  # nothing was put yet

    def _path(self, id: UUID) -> Path:
        return self.folder / id.hex


async def _done(act: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Have a thread wait for the disk; only what goes wrong there is meant, not what a sender does wrong."""
    try:
        return await asyncio.to_thread(act, *arguments, **named)
    except OSError as error:
        raise FilesUnavailable(error.strerror or type(error).__name__) from error


def _settle(number: int, flush: object) -> None:
    assert callable(flush)
    flush()
    os.fsync(number)
