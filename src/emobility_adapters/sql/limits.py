"""What exists for a scope that is limited to some stations: these and what belongs to them, no more."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_core.ids import GrantId, StationId
from emobility_core.network import Station
from emobility_core.operations import Operation


def of_stations(
    table: sa.Table, stations: Collection[StationId], grant: GrantId | None
) -> sa.ColumnElement[bool]:
    """Which rows of a table belong to these stations; none of one that knows no stations.

    Under a grant a caller sees of the commands, and of the operations that follow them, its own alone.
    """
    if table.name == tables.station.name:
        return table.c.id.in_(stations)
    if table.name == tables.rated_session.name:
        session = tables.charging_session.c
        return table.c.session.in_(sa.select(session.id).where(session.station.in_(stations)))
    if table.name == tables.operation.name:
        command = tables.command
        mine = of_stations(command, stations, grant)
        return table.c.id.in_(sa.select(command.c.operation).where(mine))
    if "station" not in table.c:
        return sa.false()
    theirs = table.c.station.in_(stations)
    if table.name == tables.command.name and grant is not None:
        return sa.and_(theirs, table.c.grant == grant)
    return theirs


def is_writable(record: object, stations: Collection[StationId] | None) -> bool:
    """Whether a unit that is limited to these stations may store the record."""
    if stations is None or isinstance(record, Operation):
        return True
    return (record.id if isinstance(record, Station) else getattr(record, "station", None)) in stations
