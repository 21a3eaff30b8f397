"""An export as it runs: records read a page at a time, in the order of their ids, written as they come."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
from collections.abc import AsyncIterator, Iterable

import attrs
import orjson

from emobility_app.http.endpoint import Call
from emobility_app.http.export_sources import Json, Source
from emobility_app.http.transfer_course import Course, Ending
from emobility_app.transfers.columns import found_at
from emobility_core.commands import StoredFile
from emobility_core.transfers import Export, FileFormat
from emobility_core.work import Page

_log = logging.getLogger("emobility.exports")
_ROWS_PER_PAGE = 200
_LONGEST_FILE = 4 * 1024**3
_MARK = b"\xef\xbb\xbf"


@attrs.define(kw_only=True)
class ExportRun:
    """Does one export of what `page` asks for; `system` is whose ids stand beside the records, `mark`
    whether a table begins with a byte order mark, as some spreadsheets want it."""

    record: Export
    source: Source
    page: Page
    system: str | None
    mark: bool
    call: Call
    _rows: int = attrs.field(default=0, init=False)
    _file: StoredFile | None = attrs.field(default=None, init=False)

    async def run(self) -> None:
        """Come to an end and tell of it, whatever happens; of a file that is not whole nothing is kept."""
        await self._course.follow(self._written, self._ending)

    @property
    def _course(self) -> Course:
        return Course(name="export", prefix="exp", record=self.record, call=self.call)

    async def _written(self) -> None:
        files = self.call.services.transfers.files
        self._file = await files.put(self.record.id, self._pieces(), most=_LONGEST_FILE)

    def _ending(self) -> Ending:
        fields: dict[str, object] = {"rows": self._rows}
        if self._file is not None:
            fields |= {"size": self._file.size, "sha256": self._file.sha256}
        return Ending(fields=fields, result={"rows": str(self._rows)})

    async def _pieces(self) -> AsyncIterator[bytes]:
        is_table = self.record.format is FileFormat.CSV
        if is_table:
            yield (_MARK if self.mark else b"") + _line(self.source.columns)
        after = None
        while True:
            self._course.require_wanted()
            page = attrs.evolve(self.page, limit=_ROWS_PER_PAGE, after=after)
            async with self.call.services.reading(self.call.scope) as work:
                found = await self.source.read(page, work, self.call)
            rows = [row for one in found for row in self.source.rows(one, self.system)]
            self._rows += len(rows)
            yield await asyncio.to_thread(self._table if is_table else _objects, rows)
            is_last = len(found) < _ROWS_PER_PAGE
            # How much there is nobody has counted: what is known to come is one page at least.
            await self._course.step(self._rows, total=self._rows + (0 if is_last else _ROWS_PER_PAGE))
            if is_last:
                return
            after = found[-1][0].id

    def _table(self, rows: Iterable[Json]) -> bytes:
        columns = self.source.columns.values()
        return b"".join(_line(column.cell(found_at(row, column.path)) for column in columns) for row in rows)


def _line(cells: Iterable[str]) -> bytes:
    """RFC 4180."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode("utf-8")


def _objects(rows: Iterable[Json]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)
