"""The hot path's statements, each with the way from a record to its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import sqlalchemy as sa
from cattrs.fns import identity

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql._types import direct_bind
from emobility_adapters.sql.hot.statements import Statement, insert, put, update
from emobility_adapters.sql.hot.writer import Write
from emobility_core.charging import ActiveSession, DoubtfulReport, MeterReading, Session
from emobility_core.network import ConnectorState, StationReport, StationState
from emobility_core.rating import Rating
from emobility_core.reactions import AlreadyReacted
from emobility_core.work import Event

Row = tuple[object, ...]
Convert = Callable[[Any], Any]


@attrs.frozen
class Prepared:
    """A statement that writes records of one kind."""

    statement: Statement
    row: Callable[[Any], Row]

    def write(self, record: Any) -> Write:
        return Write(self.statement, self.row(record))


Statements = Mapping[str, Prepared]

_SESSION_KEPT = {"id", "version"}


def prepare(dialect: sa.Dialect) -> Statements:
    """Make all statements of the hot path for a dialect."""
    changing = [column.name for column in tables.charging_session.c if column.name not in _SESSION_KEPT]
    wanted: Mapping[str, tuple[Statement, Any]] = {
        "session_add": (insert(tables.charging_session), Session),
        "session_replace": (update(tables.charging_session, changing), Session),
        "doubtful_report_add": (insert(tables.doubtful_report), DoubtfulReport),
        "state_put": (put(tables.station_state, ("station",)), StationState),
        "connector_put": (put(tables.connector, ("station", "number")), ConnectorState),
        "report_add": (insert(tables.station_report), StationReport),
        "rating_put": (put(tables.rated_session, ("session",), marks="again"), Rating),
        "reacted_add": (insert(tables.reacted), AlreadyReacted),
        "event_add": (insert(tables.event), Event),
    }
    reading = insert(tables.meter_reading)
    progress = update(tables.charging_session, ("meter_last", "meter_last_at", "updated_at", "last_message"))
    return {
        **{name: Prepared(one, _row(one, kind, dialect)) for name, (one, kind) in wanted.items()},
        "reading_add": Prepared(reading, _row_of_all(reading, MeterReading, dialect)),
        "session_progress": Prepared(
            progress, _row_of_all(progress, ActiveSession, dialect, version=_version_before)
        ),
    }


def _version_before(version: int) -> int:
    """Progress names the version that it makes; the one to be found is the one before."""
    return version - 1


def _row(statement: Statement, kind: Any, dialect: sa.Dialect) -> Callable[[Any], Row]:
    """Rows of any class, or of classes that share a table and have columns that others lack."""
    unstructure, bind = rows.get_unstructure_hook(kind), statement.binder(dialect)
    return lambda record: bind(unstructure(record))


def _row_of_all(
    statement: Statement, kind: type[Any], dialect: sa.Dialect, **further: Convert
) -> Callable[[Any], Row]:
    """Rows of a class that has an attribute for every column: fetched at once, for the hottest two.

    The conversions are those that `_row` makes; `further` adds some by column.
    """
    fields = attrs.fields_dict(attrs.resolve_types(kind))
    needed: list[tuple[int, Convert]] = []
    for place, name in enumerate(statement.columns):
        hook = rows.get_unstructure_hook(_present(fields[name].type))
        bind = direct_bind(statement.table.c[name].type, dialect)
        needed += [(place, step) for step in (hook, further.get(name), bind) if step not in (None, identity)]
    values = attrgetter(*statement.columns)

    def row(record: Any) -> Row:
        found = list(values(record))
        for place, convert in needed:
            value = found[place]
            if value is not None:
                found[place] = convert(value)
        return tuple(found)

    return row


def _present(kind: Any) -> Any:
    """What a value that may be absent is when it is there."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    (present,) = (one for one in get_args(kind) if one is not NoneType)
    return present
