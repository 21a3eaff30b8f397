"""What a file store promises."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from emobility_core.commands import FileStore, FileTooLarge, StoredFile, UnknownAttachment
from emobility_core.ids import uuid7
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON

ID, OTHER = UUID(int=1), UUID(int=2)


class Broken(Exception):
    """The one who sends went away."""


async def _pieces(*pieces: bytes, breaks: bool = False) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if breaks:
        raise Broken()


async def _content(files: FileStore, id: UUID = ID) -> bytes:
    return b"".join([piece async for piece in files.read(id)])


class FileStoreContract:
    """A file is there whole or not at all."""

    async def test_what_was_put_is_read(self, files: FileStore) -> None:
        stored = await files.put(ID, _pieces(b"ab", b"", b"\x00c"), most=4)
        assert stored == StoredFile(size=4, sha256=hashlib.sha256(b"ab\x00c").hexdigest())
        assert await _content(files) == b"ab\x00c"

    async def test_what_is_too_large_leaves_nothing(self, files: FileStore) -> None:
        with pytest.raises(FileTooLarge) as refusal:
            await files.put(ID, _pieces(b"ab", b"cd", b"e"), most=4)
        assert refusal.value.most == 4
        with pytest.raises(UnknownAttachment):
            await _content(files)

    async def test_what_breaks_off_leaves_nothing_and_may_be_tried_again(self, files: FileStore) -> None:
        with pytest.raises(Broken):
            await files.put(ID, _pieces(b"ab", breaks=True), most=4)
        with pytest.raises(UnknownAttachment):
            await _content(files)
        await files.put(ID, _pieces(b"abc"), most=4)
        assert await _content(files) == b"abc"

    async def test_dropping_takes_one_and_may_be_repeated(self, files: FileStore) -> None:
        await files.put(ID, _pieces(b"1"), most=4)
        await files.put(OTHER, _pieces(b"2"), most=4)
        for _ in range(2):
            await files.drop(ID)
        with pytest.raises(UnknownAttachment):
            await _content(files)
        assert await _content(files, OTHER) == b"2"

    async def test_files_are_told_by_when_their_ids_were_made(self, files: FileStore) -> None:
        assert await files.made_before(NOON) == []
        ids = [uuid7(later(seconds=second), 1) for second in (2, 0, 1)]
        for id in ids:
            await files.put(id, _pieces(b"1"), most=4)
        assert await files.made_before(later(seconds=2)) == sorted(ids)[:2]
        assert await files.made_before(NOON) == []
