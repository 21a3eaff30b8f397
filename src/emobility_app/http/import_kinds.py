"""What may be imported, in which forms, and who reads them."""

from __future__ import annotations

from collections.abc import Mapping

from emobility_app.http import people, places
from emobility_app.http.records import Resource
from emobility_app.transfers import Column, CsvRows, NdjsonRows, RowReader, columns_of
from emobility_app.transfers.steve_rows import KINDS as STEVE_KINDS
from emobility_app.transfers.steve_rows import SteveRows
from emobility_core.transfers import FileFormat

# Stations and tokens together, as they stand in a dump of a SteVe database.
STEVE = "steve"
KINDS: Mapping[str, Resource] = {
    resource.path: resource
    for resource in (
        people.CUSTOMERS,
        people.USER_GROUPS,
        people.CONTRACTS,
        people.TOKENS,
        places.SITES,
        places.STATION_GROUPS,
        places.STATIONS,
    )
}
FORMATS: Mapping[str, FileFormat] = {
    "text/csv": FileFormat.CSV,
    "application/x-ndjson": FileFormat.NDJSON,
    "application/ndjson": FileFormat.NDJSON,
    "application/jsonl": FileFormat.NDJSON,
    "application/sql": FileFormat.STEVE,
}


def parts_of(kind: str) -> tuple[str, ...]:
    """The kinds of record that an import of this kind states."""
    return STEVE_KINDS if kind == STEVE else (kind,)


def import_columns(resource: Resource) -> dict[str, Column]:
    """The columns of a kind; what is referred to may also be named as the other system does."""
    columns = columns_of(resource.kind, resource.editable - {"external_ids"})
    single = [name for name in resource.references if name in columns and not columns[name].is_list]
    named = [(f"{name}.external_id", (name, "external_id")) for name in single]
    further = [*named, *((name, (name,)) for name in resource.taken)]
    return columns | {name: Column(name=name, path=path, kind=str) for name, path in further}


def reader_of(kind: str, form: FileFormat) -> RowReader:
    """A new reader of a file."""
    if form is FileFormat.STEVE:
        return SteveRows()
    if form is FileFormat.NDJSON:
        return NdjsonRows(kind)
    return CsvRows(kind, import_columns(KINDS[kind]))
