"""The file of a posting batch as a template says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

import attrs

from emobility_adapters.erp_template.template import Template, TemplateColumn, TemplateKind
from emobility_core.accounting import (
    AMOUNTS,
    DATES,
    FREE_TEXTS,
    BatchContent,
    ExportedFile,
    ExportFlaw,
    ExportSettingsRefused,
    Posting,
    file_stem,
    rows_of,
    rows_of_posting,
)
from emobility_core.spreadsheets import defused

# Half an amount, an account or a number is another one: what is too long of these is refused.
_MAY_BE_CUT = frozenset({"", "text", "document_text"})
# XML 1.0, 2.2: what no document may hold. The other kinds take no line breaks within a cell either.
_CONTROL = re.compile("[\x00-\x1f\x7f]+")


@attrs.frozen
class TemplateExport:
    """Implements the core's `ErpExport` by a template; it has no settings of its own."""

    template: Template

    @property
    def name(self) -> str:
        return self.template.name

    def check(self, settings: Mapping[str, str]) -> None:
        if settings:
            raise ExportSettingsRefused(self.name, min(settings), "is no setting of this format")

    def flaws(self, postings: Sequence[Posting], settings: Mapping[str, str]) -> list[ExportFlaw]:
        found = []
        for posting in postings:
            for place, row in enumerate(rows_of_posting(posting, 0)):
                for column in self.template.columns:
                    if why := self._flaw(column, row):
                        field = f"lines.{place}.{column.field or column.title}"
                        found.append(ExportFlaw(posting=posting.id, field=field, detail=why))
        return found

    def _flaw(self, column: TemplateColumn, row: Mapping[str, str]) -> str | None:
        text = self._cell(column, row)
        if text != self._whole(column, row) and column.field not in _MAY_BE_CUT:
            return f"has more than {column.longest} characters"
        try:
            text.encode(self.template.encoding)
        except UnicodeEncodeError as error:
            return f"U+{ord(text[error.start]):04X} is not in {self.template.encoding}"
        if self.template.kind is TemplateKind.FIXED and len(text) > column.width:
            return f"has more than {column.width} characters"
        return None

    def render(self, content: BatchContent, settings: Mapping[str, str]) -> ExportedFile:
        write: Callable[[list[list[str]]], str] = {
            TemplateKind.CSV: self._csv,
            TemplateKind.FIXED: self._fixed,
            TemplateKind.XML: self._xml,
        }[self.template.kind]
        rows = [[self._cell(column, row) for column in self.template.columns] for row in rows_of(content)]
        return ExportedFile(
            name=f"{file_stem(content)}-{self.name}.{self.template.extension}",
            media_type=self.template.media_type,
            content=write(rows).encode(self.template.encoding),
        )

    def _cell(self, column: TemplateColumn, row: Mapping[str, str]) -> str:
        text = self._whole(column, row)
        return text[: column.longest] if column.longest else text

    def _whole(self, column: TemplateColumn, row: Mapping[str, str]) -> str:
        text = column.text
        if column.field:
            text = row[column.field]
            text = column.values.get(text, text)
        if column.field in DATES and text:
            text = self._date(text)
        elif column.field in AMOUNTS:
            text = (text.removeprefix("-") if column.absolute else text).replace(".", self.template.decimal)
        return _CONTROL.sub(" ", text)

    def _date(self, text: str) -> str:
        year, month, day = text.split("-")
        parts = {"YYYY": year, "YY": year[2:], "MM": month, "DD": day}
        return re.sub("YYYY|YY|MM|DD", lambda found: parts[found[0]], self.template.date)

    def _csv(self, rows: list[list[str]]) -> str:
        written = io.StringIO()
        writer = csv.writer(written, delimiter=self.template.separator, lineterminator=self.template.line_end)
        if self.template.header:
            writer.writerow([self._safe(column.title, free=True) for column in self.template.columns])
        for row in rows:
            writer.writerow(
                [
                    self._safe(text, free=column.field in FREE_TEXTS or not column.field)
                    for column, text in zip(self.template.columns, row, strict=True)
                ]
            )
        return written.getvalue()

    def _safe(self, text: str, *, free: bool) -> str:
        return defused(text) if free and self.template.spreadsheet else text

    def _fixed(self, rows: list[list[str]]) -> str:
        return "".join(
            "".join(map(_padded, self.template.columns, row)) + self.template.line_end for row in rows
        )

    def _xml(self, rows: list[list[str]]) -> str:
        root, name, end = self.template.root, self.template.row, self.template.line_end
        lines = [f'<?xml version="1.0" encoding="{self.template.encoding}"?>', f"<{root}>"]
        for row in rows:
            cells = (
                f"<{column.title}>{escape(text)}</{column.title}>"
                for column, text in zip(self.template.columns, row, strict=True)
            )
            lines.append(f"<{name}>{''.join(cells)}</{name}>")
        return end.join([*lines, f"</{root}>", ""])


def _padded(column: TemplateColumn, text: str) -> str:
    if column.right:
        return text.rjust(column.width, column.fill)
    return text.ljust(column.width, column.fill)
