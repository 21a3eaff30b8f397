"""A batch of units as columns of rows: what is alike is written by one execution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from emobility_adapters.sql.hot.statements import Kind, Statement
from emobility_adapters.sql.hot.writer import Unit
from emobility_core.work import StaleWrite

Rows = list[tuple[object, ...]]


class Missed(Exception):
    """An update found no row of its version."""


def grouped(units: Iterable[Unit]) -> Sequence[tuple[Statement, Rows]]:
    """Group the rows of units by statement: updates, then upserts (the last of a key), then inserts."""
    groups: dict[Statement, Rows] = {}
    for unit in units:
        for write in unit.writes:
            rows = groups.get(write.statement)
            if rows is None:
                rows = groups[write.statement] = []
            rows.append(write.row)
    ordered = sorted(groups.items(), key=lambda group: group[0].kind.value)
    return [(statement, _latest(statement, rows)) for statement, rows in ordered]


def _latest(statement: Statement, rows: Rows) -> Rows:
    if statement.kind is not Kind.PUT or len(rows) == 1:
        return rows
    places = [statement.columns.index(name) for name in statement.key]
    return list({tuple(row[place] for place in places): row for row in rows}.values())


def pieces(unit: Unit) -> list[Unit]:
    """A unit stands or falls together; rows that nobody waits for stand and fall each by itself."""
    return [unit] if unit.done is not None else [Unit([write], unit.refuse) for write in unit.writes]


def first_fault(faults: Iterable[Exception | None]) -> Exception | None:
    return next((fault for fault in faults if fault is not None), None)


def stale(unit: Unit) -> StaleWrite:
    """The refusal of a unit whose update found no row of its version."""
    row = next(write.row for write in unit.writes if write.statement.kind is Kind.UPDATE)
    id = row[-2]
    return StaleWrite(id if isinstance(id, UUID) else UUID(str(id)))
