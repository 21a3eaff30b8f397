"""Rows written as comma-separated values (RFC 4180), with a header that names the columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from emobility_app.transfers.columns import Column, placed, plain
from emobility_app.transfers.ndjson_rows import named
from emobility_app.transfers.rows import LONGEST_ROW, Lines, Row
from emobility_app.wire import Flaw, MalformedBody, step
from emobility_core.transfers import UnreadableFile

# What German spreadsheets write between cells, and what others do.
_BETWEEN = (",", ";", "\t")
_NAMES = ("external_id", "id")


class CsvRows:
    """Implements `RowReader`. An empty cell states nothing. `MalformedBody` is raised for columns that are
    not known, with a pointer to each."""

    def __init__(self, kind: str, columns: Mapping[str, Column]) -> None:
        self._kind = kind
        self._columns = columns
        self._lines = Lines()
        self._header: list[str] | None = None
        self._between = ","
        # The lines of a row that goes on: their bytes, and whether a quotation mark is open.
        self._open: list[bytes] = []
        self._length = 0
        self._quoted = False
        self._began = 0

    def feed(self, piece: bytes) -> list[Row]:
        return [row for number, line in self._lines.feed(piece) for row in self._rows(number, line)]

    def end(self) -> list[Row]:
        rows = [row for number, line in self._lines.end() for row in self._rows(number, line)]
        if self._open:
            raise UnreadableFile(self._began, "a quotation mark is not closed")
        return rows

    def _rows(self, number: int, line: bytes | None) -> Iterator[Row]:
        """A line is a row, unless a quotation mark is open at its end."""
        if not self._open:
            self._began = number
            if line is not None and not line.strip():
                return
        # Line by line: a row may have as many lines as bytes.
        self._open.append(line or b"")
        self._length += len(self._open[-1]) + 1
        self._quoted ^= bool(self._open[-1].count(b'"') % 2)
        if line is None or self._length > LONGEST_ROW + 1:
            raise UnreadableFile(self._began, f"a row has more than {LONGEST_ROW} bytes")
        if self._quoted:
            return
        text = b"\n".join(self._open)
        self._open, self._length = [], 0
        cells = self._cells(text.removesuffix(b"\r"))
        if self._header is None:
            self._header = self._known(cells)
        else:
            yield self._row(cells, self._header)

    def _cells(self, text: bytes) -> list[str]:
        try:
            row = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableFile(self._began, "it is not UTF-8: save it as UTF-8") from error
        if self._header is None:
            self._between = max(_BETWEEN, key=row.count)
        try:
            return next(csv.reader([row], delimiter=self._between, strict=True))
        except csv.Error as error:
            raise UnreadableFile(self._began, str(error)) from error

    def _known(self, header: list[str]) -> list[str]:
        flaws = []
        for place, name in enumerate(header):
            if name in header[:place]:
                flaws.append(Flaw(step(name), "duplicate-column", "stands there twice"))
            elif name not in self._columns and name not in (*_NAMES, "source_revision"):
                flaws.append(Flaw(step(name), "unknown-column", "is not known here"))
        if flaws:
            raise MalformedBody(tuple(flaws))
        return header

    def _row(self, cells: list[str], header: list[str]) -> Row:
        if len(cells) != len(header):
            words = f"has {len(cells)} cells where the header has {len(header)}"
            flaw = Flaw("/", "wrong-number-of-cells", words)
            return Row(number=self._began, kind=self._kind, flaws=(flaw,))
        body: dict[str, object] = {}
        for name, cell in zip(header, cells, strict=True):
            if not cell:
                continue
            if name in _NAMES:
                body[name] = plain(cell)
            elif name == "source_revision":
                body[name] = int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 17 else cell
            else:
                column = self._columns[name]
                placed(body, column.path, column.value(cell))
        return named(self._began, self._kind, body)
