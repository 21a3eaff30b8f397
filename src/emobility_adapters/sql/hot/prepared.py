"""The hot path's statements, each with the way from a record to its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.hot.statements import Statement, insert, put, update
from emobility_adapters.sql.hot.writer import Write
from emobility_core.charging import DoubtfulReport, MeterReading, Session
from emobility_core.network import ConnectorState, StationReport, StationState
from emobility_core.rating import Rating
from emobility_core.reactions import AlreadyReacted
from emobility_core.work import Event


@attrs.frozen
class Prepared:
    """A statement that writes records of one kind."""

    statement: Statement
    unstructure: Callable[[Any], Mapping[str, Any]]
    bind: Callable[[Mapping[str, Any]], tuple[object, ...]]

    def write(self, record: Any) -> Write:
        return Write(self.statement, self.bind(self.unstructure(record)))


Statements = Mapping[str, Prepared]

_SESSION_KEPT = {"id", "version"}


def prepare(dialect: sa.Dialect) -> Statements:
    """Make all statements of the hot path for a dialect."""
    changing = [column.name for column in tables.charging_session.c if column.name not in _SESSION_KEPT]
    progress = ("meter_last", "meter_last_at")
    wanted: dict[str, tuple[Statement, Any]] = {
        "session_add": (insert(tables.charging_session), Session),
        "session_replace": (update(tables.charging_session, changing), Session),
        "session_progress": (update(tables.charging_session, progress), None),
        "reading_add": (insert(tables.meter_reading), MeterReading),
        "doubtful_report_add": (insert(tables.doubtful_report), DoubtfulReport),
        "state_put": (put(tables.station_state, ("station",)), StationState),
        "connector_put": (put(tables.connector, ("station", "number")), ConnectorState),
        "report_add": (insert(tables.station_report), StationReport),
        "rating_put": (put(tables.rated_session, ("session",)), Rating),
        "reacted_add": (insert(tables.reacted), AlreadyReacted),
        "event_add": (attrs.evolve(insert(tables.event), wakes=True), Event),
        "frame_add": (insert(tables.station_frame), None),
    }
    return {name: _prepared(statement, kind, dialect) for name, (statement, kind) in wanted.items()}


def _prepared(statement: Statement, kind: Any, dialect: sa.Dialect) -> Prepared:
    return Prepared(statement, _unstructure(statement, kind), statement.binder(dialect))


def _unstructure(statement: Statement, kind: Any) -> Callable[[Any], Mapping[str, Any]]:
    if kind is None:
        return _few(statement.columns)
    return rows.get_unstructure_hook(kind)


def _few(names: tuple[str, ...]) -> Callable[[Any], Mapping[str, Any]]:
    """Only what the statement writes: unstructuring a whole session for two columns would be waste."""

    def few(record: Any) -> Mapping[str, Any]:
        return {name: rows.unstructure(getattr(record, name)) for name in names}

    return few
