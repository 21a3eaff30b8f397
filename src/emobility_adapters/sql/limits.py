"""What exists for a scope that is limited to some stations: these and what belongs to them, no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles

from emobility_adapters.sql import _tables as tables
from emobility_core.ids import GrantId, StationId
from emobility_core.network import Station
from emobility_core.operations import Operation
from emobility_core.tariffs import TariffAssignment

# They name stations, and are their owner's business alone: what charging costs there, and whom.
_OWNERS_ALONE = frozenset({tables.tariff_assignment.name})


class _Ids(sa.TypeDecorator[Any]):
    """Many ids as one parameter: statements have room for some ten thousand, and a grant may name more."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(sa.Uuid()))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        ids: list[UUID] = sorted(value)
        return ids if dialect.name == "postgresql" else orjson.dumps([one.hex for one in ids]).decode()


class _Unpacked(sa.sql.functions.FunctionElement[Any]):
    """The rows of a parameter of ids."""

    inherit_cache = True


@compiles(_Unpacked)
def _of_json(element: _Unpacked, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Unpacked, "postgresql")
def _of_array(element: _Unpacked, compiler: Any, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


def among(column: sa.ColumnElement[Any], ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of these ids, however many they are."""
    return column.bool_op("IN")(_Unpacked(sa.bindparam(None, ids, _Ids())))


def of_stations(
    table: sa.Table, stations: Collection[StationId], grant: GrantId | None
) -> sa.ColumnElement[bool]:
    """Which rows of a table belong to these stations; none of one that knows no stations.

    Under a grant a caller sees of the commands, and of the operations that follow them, its own alone.
    """
    if table.name == tables.station.name:
        return among(table.c.id, stations)
    if table.name == tables.rated_session.name:
        session = tables.charging_session.c
        return table.c.session.in_(sa.select(session.id).where(among(session.station, stations)))
    if table.name == tables.operation.name:
        command = tables.command
        mine = of_stations(command, stations, grant)
        return table.c.id.in_(sa.select(command.c.operation).where(mine))
    if "station" not in table.c or table.name in _OWNERS_ALONE:
        return sa.false()
    theirs = among(table.c.station, stations)
    if table.name == tables.command.name and grant is not None:
        return sa.and_(theirs, table.c.grant == grant)
    return theirs


def is_writable(record: object, stations: Collection[StationId] | None) -> bool:
    """Whether a unit that is limited to these stations may store the record."""
    if stations is None or isinstance(record, Operation):
        return True
    if isinstance(record, TariffAssignment):
        return False
    return (record.id if isinstance(record, Station) else getattr(record, "station", None)) in stations
