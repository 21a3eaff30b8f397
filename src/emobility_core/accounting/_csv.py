"""The lines of a batch as rows of text: the CSV format, version 1, and what templates choose from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import attrs

from emobility_core.accounting._canonical import document_of, file_stem, require_no_settings
from emobility_core.accounting._ports import BatchContent, ExportedFile, ExportFlaw
from emobility_core.accounting._posting import Posting
from emobility_core.spreadsheets import defused

COLUMNS = (
    "batch_number", "posting", "line", "document_kind", "document_number", "revision", "document_date",
    "supply_date", "due_date", "document_text", "kind", "text", "account", "contra_account", "tax_key", "net",
    "vat", "gross", "currency", "tax_category", "vat_percent", "energy_kwh", "cost_centre_1", "cost_centre_2",
    "product", "station_group", "site", "user_group", "session", "reverses", "reposts", "rule",
)  # fmt: skip
AMOUNTS = frozenset({"net", "vat", "gross", "vat_percent", "energy_kwh"})
DATES = frozenset({"document_date", "supply_date", "due_date"})
# Free texts; all else is of a form of ours that no spreadsheet takes for a formula.
FREE_TEXTS = frozenset(
    {"document_number", "document_text", "text", "cost_centre_1", "cost_centre_2", "product"}
)


@attrs.frozen
class CsvExport:
    """A row for each line: comma, CRLF, UTF-8, decimal point (RFC 4180). Texts that a spreadsheet would run
    begin with an apostrophe."""

    name: str = "csv"

    def check(self, settings: Mapping[str, str]) -> None:
        require_no_settings(self.name, settings)

    def flaws(self, postings: Sequence[Posting], settings: Mapping[str, str]) -> list[ExportFlaw]:
        return []

    def render(self, content: BatchContent, settings: Mapping[str, str]) -> ExportedFile:
        written = io.StringIO()
        rows = csv.writer(written, lineterminator="\r\n")
        rows.writerow(COLUMNS)
        for row in rows_of(content):
            rows.writerow([defused(row[name]) if name in FREE_TEXTS else row[name] for name in COLUMNS])
        told = written.getvalue().encode()
        return ExportedFile(name=f"{file_stem(content)}.csv", media_type="text/csv", content=told)


def rows_of(content: BatchContent) -> list[dict[str, str]]:
    """The lines of a batch as rows of text, by the names in `COLUMNS`; `side` is that of the account."""
    number = content.batch.number or 0
    return [row for posting in content.postings for row in rows_of_posting(posting, number)]


def rows_of_posting(posting: Posting, batch_number: int) -> list[dict[str, str]]:
    """The lines of one posting, which have their assignments."""
    told, found = document_of(posting), []
    for shown, line in zip(told["lines"], posting.lines, strict=True):
        row = (
            told
            | shown
            | {
                "batch_number": batch_number,
                "document_text": told["text"],
                "currency": posting.currency,
                **{name: shown[name]["amount"] for name in ("net", "vat", "gross")},
            }
        )
        texts = {name: "" if row[name] is None else str(row[name]) for name in COLUMNS}
        found.append(texts | {"side": "credit" if line.gross.minor < 0 else "debit"})
    return found
