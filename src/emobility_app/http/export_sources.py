"""What may be exported: where its rows come from, page by page, and which columns a table of them has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from emobility_app.http.disguise import disguised
from emobility_app.http.endpoint import Call
from emobility_app.http.external_ids import EXTERNAL_ID
from emobility_app.http.import_kinds import KINDS
from emobility_app.http.records import Resource
from emobility_app.http.sessions import FILTERS as SESSION_FILTERS
from emobility_app.http.sessions import asked_page, session_view
from emobility_app.transfers import Column, columns_of
from emobility_core.work import Page

Json = Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Source:
    """A kind of export. `read` gives a page of records in the order of their ids, as the caller may see
    them, `rows` makes the rows of one; `scope` is whose reading right is needed, `filters` what may be
    asked for."""

    scope: str
    filters: Mapping[str, Any]
    columns: Mapping[str, Column]
    read: Callable[[Page, Any, Call], Awaitable[Sequence[tuple[Any, Any]]]]
    rows: Callable[[tuple[Any, Any], str | None], Sequence[Json]]


def _column(name: str, kind: Any = str, *, is_list: bool = False) -> Column:
    return Column(name=name, path=tuple(name.split(".")), kind=kind, is_list=is_list)


def _named(*columns: Column) -> dict[str, Column]:
    return {column.name: column for column in columns}


async def _records(port: str, page: Page, work: Any, _: Call) -> Sequence[tuple[Any, Any]]:
    return [(record, None) for record in await getattr(work, port).page(page)]


def _row(resource: Resource, found: tuple[Any, Any], system: str | None) -> Sequence[Json]:
    """A record as its import would state it, with what names it."""
    record, view = found[0], resource.view(found[0])
    fields = {name: view[name] for name in sorted(resource.editable - {"external_ids"})}
    if system is None:
        return [{"id": view["id"], "external_ids": view["external_ids"], **fields}]
    return [{EXTERNAL_ID: record.external_ids.get(system), "id": view["id"], **fields}]


def _master(resource: Resource) -> Source:
    columns = columns_of(resource.kind, resource.editable - {"external_ids"})
    return Source(
        scope=resource.path,
        filters={"external_id": str, **resource.filters},
        columns=_named(_column(EXTERNAL_ID), _column("id")) | dict(sorted(columns.items())),
        read=partial(_records, resource.port),
        rows=partial(_row, resource),
    )


async def _sessions(page: Page, work: Any, call: Call) -> Sequence[tuple[Any, Any]]:
    found = await work.sessions.page(await asked_page(page, work))
    ratings = await work.rated_sessions.of([session.id for session in found])
    return [(await disguised(session, call), ratings.get(session.id)) for session in found]


def _session(found: tuple[Any, Any], _: str | None) -> Sequence[Json]:
    return [session_view(*found)]


def _lines(found: tuple[Any, Any], _: str | None) -> Sequence[Json]:
    """A row for each line of the cost; none for a session without one."""
    view = session_view(*found)
    about = {name: view[name] for name in _ABOUT}
    lines = view["cost"]["lines"] if view["cost"] is not None else ()
    return [{"session": view["id"], **about, "line": place, **line} for place, line in enumerate(lines, 1)]


_ABOUT = ("station", "customer", "contract", "started_at", "ended_at", "energy_kwh")
_WORDS = (
    "id", "tenant", "status", "station", "id_tag", "authorization", "token", "customer", "contract",
    "tariff_version", "started_at", "ended_at", "stop_reason", "estimated", "discarded", "updated_at",
    "cost.status", "cost.billable", "cost.total.currency",
)  # fmt: skip
_NUMBERS = (
    "connector", "transaction_id", "meter_start_kwh", "meter_stop_kwh", "energy_kwh", "version",
    "cost.total.amount", "cost.net.amount", "cost.vat.amount", "cost.vat_percent",
)  # fmt: skip
_LISTS = ("doubts", "doubts_resolved", "cost.reasons")
_SESSION_COLUMNS = _named(
    *(_column(name) for name in _WORDS),
    *(_column(name, Decimal) for name in _NUMBERS),
    *(_column(name, is_list=True) for name in _LISTS),
)
_LINE_COLUMNS = _named(
    *(_column(name) for name in ("session", "station", "customer", "contract", "started_at", "ended_at")),
    *(_column(name, Decimal) for name in ("energy_kwh", "line")),
    *(_column(name) for name in ("component", "unit", "rule", "since", "until", "rounded.currency")),
    *(_column(name, Decimal) for name in ("quantity", "unit_price", "amount", "rounded.amount")),
    *(_column(name, Decimal) for name in ("vat_percent", "net", "tax", "gross")),
)
SOURCES: Mapping[str, Source] = {
    **{path: _master(resource) for path, resource in KINDS.items()},
    "sessions": Source(
        scope="sessions", filters=SESSION_FILTERS, columns=_SESSION_COLUMNS, read=_sessions, rows=_session
    ),
    "session-lines": Source(
        scope="sessions", filters=SESSION_FILTERS, columns=_LINE_COLUMNS, read=_sessions, rows=_lines
    ),
}
