"""Rows of a file, read piece by piece: however long the file is, no more than a piece is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import attrs

from emobility_app.wire import Flaw
from emobility_core.transfers import UnreadableFile

LONGEST_ROW = 64 * 1024
MOST_ROWS = 1_000_000
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MARK = b"\xef\xbb\xbf"


@attrs.frozen(kw_only=True)
class Row:
    """One row: the line on which it begins, what it states, or what is wrong with its form.

    `external_id` names the record in the other system, `id` (where it is given) the one here; `kind` is the
    path of the resource.
    """

    number: int
    kind: str
    external_id: str | None = None
    id: str | None = None
    body: dict[str, Any] = attrs.field(factory=dict)
    flaws: tuple[Flaw, ...] = ()


class RowReader(Protocol):
    """Makes rows of the bytes of a file; raises `UnreadableFile` where no further row can be made out."""

    def feed(self, piece: bytes) -> list[Row]: ...

    def end(self) -> list[Row]: ...


class Lines:
    """Cuts bytes into lines, numbered from 1; one longer than a row may be is told as None and not kept."""

    def __init__(self, longest: int = LONGEST_ROW) -> None:
        self._longest = longest
        self._rest = b""
        self._too_long = False
        self._number = 0
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes | None]]:
        data = self._rest + piece
        if not self._begun:
            if len(data) < len(_MARK):
                self._rest = data
                return
            data = self._started(data)
        *whole, self._rest = data.split(b"\n")
        for line in whole:
            yield self._line(line)
        if len(self._rest) > self._longest:
            self._rest, self._too_long = b"", True

    def end(self) -> Iterator[tuple[int, bytes | None]]:
        last = self._rest if self._begun else self._started(self._rest)
        self._rest = b""
        if last or self._too_long:
            yield self._line(last)

    def _started(self, data: bytes) -> bytes:
        self._begun = True
        if data.startswith(_WIDE_MARKS):
            raise UnreadableFile(1, "it is UTF-16: save it as UTF-8")
        return data.removeprefix(_MARK)

    def _line(self, line: bytes) -> tuple[int, bytes | None]:
        self._number += 1
        too_long = self._too_long or len(line) > self._longest
        self._too_long = False
        return self._number, None if too_long else line


async def batches(pieces: AsyncIterator[bytes], reader: RowReader, size: int) -> AsyncIterator[list[Row]]:
    """The rows of a file, so many at a time. A thread reads them, so that the loop goes on meanwhile."""
    waiting: list[Row] = []
    read = 0
    async for piece in pieces:
        waiting += await asyncio.to_thread(reader.feed, piece)
        while len(waiting) >= size:
            batch, waiting = waiting[:size], waiting[size:]
            read = _counted(read, batch)
            yield batch
    waiting += await asyncio.to_thread(reader.end)
    for first in range(0, len(waiting), size):
        batch = waiting[first : first + size]
        read = _counted(read, batch)
        yield batch


def _counted(read: int, batch: list[Row]) -> int:
    read += len(batch)
    if read > MOST_ROWS:
        raise UnreadableFile(batch[-1].number, f"it has more than {MOST_ROWS} rows: send it in parts")
    return read
