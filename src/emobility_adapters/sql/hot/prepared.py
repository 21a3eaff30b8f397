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
from emobility_core.charging import ActiveSession, DoubtfulReport, MeterReading, Session
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
    dialect: sa.Dialect

    def write(self, record: Any) -> Write:
        return Write(self.statement, self.bind(self.unstructure(record)))

    def given(self, **known: object) -> Prepared:
        """The same statement for records that have these values in common, bound once."""
        return attrs.evolve(self, bind=self.statement.binder(self.dialect, known))


Statements = Mapping[str, Prepared]

_SESSION_KEPT = {"id", "version"}


def prepare(dialect: sa.Dialect) -> Statements:
    """Make all statements of the hot path for a dialect."""
    changing = [column.name for column in tables.charging_session.c if column.name not in _SESSION_KEPT]
    progress = ("meter_last", "meter_last_at")
    wanted: dict[str, tuple[Statement, Any]] = {
        "session_add": (insert(tables.charging_session), Session),
        "session_replace": (update(tables.charging_session, changing), Session),
        "session_progress": (update(tables.charging_session, progress), _progress),
        "reading_add": (insert(tables.meter_reading), MeterReading),
        "doubtful_report_add": (insert(tables.doubtful_report), DoubtfulReport),
        "state_put": (put(tables.station_state, ("station",)), StationState),
        "connector_put": (put(tables.connector, ("station", "number")), ConnectorState),
        "report_add": (insert(tables.station_report), StationReport),
        "rating_put": (put(tables.rated_session, ("session",)), Rating),
        "reacted_add": (insert(tables.reacted), AlreadyReacted),
        "event_add": (insert(tables.event), Event),
        "frame_add": (insert(tables.station_frame), _frame),
    }
    return {name: _prepared(statement, kind, dialect) for name, (statement, kind) in wanted.items()}


def _prepared(statement: Statement, kind: Any, dialect: sa.Dialect) -> Prepared:
    unstructure = kind if kind in _BY_HAND else rows.get_unstructure_hook(kind)
    return Prepared(statement, unstructure, statement.binder(dialect), dialect)


def _progress(session: ActiveSession) -> Mapping[str, Any]:
    """Only what a message changes; the version is the one to be found."""
    meter = None if session.meter_last is None else session.meter_last.mwh
    return {
        "meter_last": meter,
        "meter_last_at": session.meter_last_at,
        "id": session.id,
        "version": session.version - 1,
    }


def _frame(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A frame is no record of the domain."""
    return row


_BY_HAND = (_progress, _frame)
