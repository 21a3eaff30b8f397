"""The package: an EXTF file for each month, and the documents that it links to."""

from __future__ import annotations

import io
import zipfile
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

import attrs

from emobility_adapters.erp_datev.columns import COLUMNS
from emobility_adapters.erp_datev.rows import flaws_of, rows_of
from emobility_adapters.erp_datev.settings import FORMAT, DatevSettings
from emobility_adapters.erp_datev.text import quoted
from emobility_core.accounting import (
    BatchContent,
    ExportedFile,
    ExportFlaw,
    Posting,
    file_stem,
)
from emobility_core.ids import PostingId

_ZONE = ZoneInfo("Europe/Berlin")
_NAMESPACE = "http://xml.datev.de/bedi/tps/document/v06.0"


@attrs.frozen
class DatevExport:
    """Implements the core's `ErpExport`: EXTF 700, category 21, version 13."""

    name: str = FORMAT

    def check(self, settings: Mapping[str, str]) -> None:
        DatevSettings.read(settings)

    def flaws(self, postings: Sequence[Posting], settings: Mapping[str, str]) -> list[ExportFlaw]:
        read = DatevSettings.read(settings)
        return [flaw for posting in postings for flaw in flaws_of(posting, read)]

    def render(self, content: BatchContent, settings: Mapping[str, str]) -> ExportedFile:
        read, files = DatevSettings.read(settings), {}
        for month, postings in groupby(content.postings, key=lambda one: one.document_date.replace(day=1)):
            name = f"EXTF_{file_stem(content)}-{month:%Y-%m}.csv"
            files[name] = _extf(content, month, list(postings), read)
        linked = _linked(content)
        if linked:
            files["document.xml"] = _document_xml(content, linked, read)
            files |= {linked[id]: content.documents[id] for id in linked}
        package = _zipped(files, content)
        return ExportedFile(name=f"{file_stem(content)}.zip", media_type="application/zip", content=package)


def _extf(content: BatchContent, month: date, postings: Sequence[Posting], settings: DatevSettings) -> bytes:
    lines = [_header(content, month, settings), ";".join(COLUMNS)]
    for posting in postings:
        link = posting.id if posting.id in content.documents else None
        lines += rows_of(posting, settings, document=link)
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


def _header(content: BatchContent, month: date, settings: DatevSettings) -> str:
    closed = content.batch.closed_at
    assert closed is not None
    local = closed.astimezone(_ZONE)
    last = month.replace(day=monthrange(month.year, month.month)[1])
    begun = month.year if month.month >= settings.fiscal_year_month else month.year - 1
    fields = [
        quoted("EXTF"), "700", "21", quoted("Buchungsstapel"), "13",
        f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03}", "", quoted(settings.origin),
        quoted("emobility"), quoted(""), settings.consultant, settings.client,
        f"{begun}{settings.fiscal_year_month:02}01", str(settings.account_length), f"{month:%Y%m%d}",
        f"{last:%Y%m%d}", quoted(f"Stapel {content.batch.number}"), quoted(settings.initials), "1", "0",
        "1" if settings.locked else "0", quoted(content.ledger.currency), "", quoted(""), "", "",
        quoted(settings.chart), "", "", quoted(""), quoted("emobility"),
    ]  # fmt: skip
    return ";".join(fields)


def _linked(content: BatchContent) -> dict[PostingId, str]:
    """The postings with a document, each with the name of its file."""
    found = [one for one in content.postings if one.id in content.documents]
    return {one.id: f"{place:05}-{_harmless(one.document_number)}.pdf" for place, one in enumerate(found, 1)}


def _harmless(text: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in text)


def _document_xml(content: BatchContent, linked: Mapping[PostingId, str], settings: DatevSettings) -> bytes:
    closed = content.batch.closed_at
    assert closed is not None
    documents = "".join(
        f'    <document guid="{id}" processID="1" type="2">\n'
        f'      <extension xsi:type="File" name={quoteattr(name)}/>\n    </document>\n'
        for id, name in linked.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<archive xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_NAMESPACE} Document_v060.xsd" version="6.0" generatingSystem="emobility">\n'
        f"  <header>\n    <date>{closed.astimezone(_ZONE):%Y-%m-%dT%H:%M:%S}</date>\n"
        f"    <description>{escape(f'Stapel {content.batch.number}')}</description>\n"
        f"    <consultantNumber>{settings.consultant}</consultantNumber>\n"
        f"    <clientNumber>{settings.client}</clientNumber>\n  </header>\n"
        f"  <content>\n{documents}  </content>\n</archive>\n"
    ).encode()


def _zipped(files: Mapping[str, bytes], content: BatchContent) -> bytes:
    """Not compressed: the same files are the same bytes whatever library packs them."""
    closed = content.batch.closed_at
    assert closed is not None
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, date_time=closed.astimezone(_ZONE).timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            package.writestr(entry, data)
    return written.getvalue()
