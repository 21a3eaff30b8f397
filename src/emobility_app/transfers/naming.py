"""Whether a file of an import or export names a person."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

import attrs

from emobility_app.transfers.rows import Lines
from emobility_core.audit import Mention, is_named

# As long as a line of a report may be; longer ones are of no file of ours.
_LONGEST_LINE = 1024 * 1024


@attrs.define
class Naming:
    """Looks for the ids of a person's records and for texts that mean them, a piece of the file at a time. A
    table is looked at cell by cell, for only a cell tells where a text stands alone."""

    subjects: Sequence[str]
    mentions: Sequence[Mention]
    is_table: bool
    _lines: Lines = attrs.field(factory=lambda: Lines(_LONGEST_LINE), init=False)

    def feed(self, piece: bytes) -> bool:
        return any(self._names(line) for _, line in self._lines.feed(piece))

    def end(self) -> bool:
        return any(self._names(line) for _, line in self._lines.end())

    def _names(self, line: bytes | None) -> bool:
        # What is too long to be looked at may name anybody.
        if line is None:
            return True
        text = line.decode("utf-8", errors="replace")
        if any(one in text for one in self.subjects):
            return True
        low = text.replace('""', '"').lower() if self.is_table else text.lower()
        if not any(form.lower() in low for one in self.mentions for form in one.forms):
            return False
        parts = _cells(text) if self.is_table else (text,)
        return any(is_named(part, self.mentions) for part in parts)


def _cells(line: str) -> Iterator[str]:
    """The cells that begin on this line, without what keeps a spreadsheet from running them; and the line as
    it is, of which the beginning may be the end of a cell of several lines."""
    for cell in next(csv.reader([line]), []):
        yield cell.removeprefix("'")
    yield line.replace('""', '"')
