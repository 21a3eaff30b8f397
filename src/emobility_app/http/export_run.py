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
from emobility_app.patience import patiently
from emobility_app.problems import InternalError
from emobility_app.transfers import Cancelled
from emobility_app.transfers.columns import found_at
from emobility_app.wire import told
from emobility_core.commands import StoredFile
from emobility_core.errors import EmobilityError
from emobility_core.ids import shown
from emobility_core.operations import operation_completed
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

    async def run(self) -> None:
        """Come to an end and tell of it, whatever happens; of a file that is not whole nothing is kept."""
        problem, detail, file = None, None, None
        try:
            files = self.call.services.transfers.files
            file = await files.put(self.record.id, self._pieces(), most=_LONGEST_FILE)
        except Cancelled:
            problem = "cancelled"
        except EmobilityError as error:
            problem, detail = error.code, told(error)
        except Exception as error:
            _log.exception("an export failed: %s", shown("exp", self.record.id), exc_info=error)
            problem = InternalError.code
        await patiently("an export", lambda: self._end(problem, detail, file))

    async def _pieces(self) -> AsyncIterator[bytes]:
        is_table = self.record.format is FileFormat.CSV
        if is_table:
            yield (_MARK if self.mark else b"") + _line(self.source.columns)
        after = None
        while True:
            self.call.services.transfers.require_wanted(self.record.id)
            page = attrs.evolve(self.page, limit=_ROWS_PER_PAGE, after=after)
            async with self.call.services.reading(self.call.scope) as work:
                found = await self.source.read(page, work)
            rows = [row for one in found for row in self.source.rows(one, self.system)]
            self._rows += len(rows)
            yield await asyncio.to_thread(self._table if is_table else _objects, rows)
            is_last = len(found) < _ROWS_PER_PAGE
            await patiently("an export", lambda: self._step(is_last=is_last))  # noqa: B023
            if is_last:
                return
            after = found[-1][0].id

    def _table(self, rows: Iterable[Json]) -> bytes:
        columns = self.source.columns.values()
        return b"".join(_line(column.cell(found_at(row, column.path)) for column in columns) for row in rows)

    async def _step(self, *, is_last: bool) -> None:
        """How much there is nobody has counted: what is known to come is one page at least."""
        total = self._rows if is_last else self._rows + _ROWS_PER_PAGE
        async with self.call.services.transactions(self.call.scope) as work:
            operation = await work.operations.get(self.record.operation)
            step = operation.step(self._rows, total=total, at=self.call.clock.now())
            await work.operations.replace(step)

    async def _end(self, problem: str | None, detail: str | None, file: StoredFile | None) -> None:
        now = self.call.clock.now()
        result = {"export": shown("exp", self.record.id), "rows": str(self._rows)}
        if detail is not None:
            result["detail"] = detail
        async with self.call.services.transactions(self.call.scope) as work:
            record = await work.exports.get(self.record.id)
            ended = attrs.evolve(record, rows=self._rows, problem=problem, finished_at=now, updated_at=now)
            if file is not None:
                ended = attrs.evolve(ended, size=file.size, sha256=file.sha256)
            await work.exports.replace(ended)
            running = await work.operations.get(self.record.operation)
            stored = await work.operations.replace(running.ended(problem, result, at=now))
            work.outbox.publish(operation_completed(stored, at=now, ids=self.call.services.ids))


def _line(cells: Iterable[str]) -> bytes:
    """RFC 4180."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode("utf-8")


def _objects(rows: Iterable[Json]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)
