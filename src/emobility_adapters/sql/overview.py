"""The network at a glance in three queries."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import attrs
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import owned
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.scoping import within
from emobility_adapters.sql.sessions import ACTIVE, ENDED
from emobility_core.energy import Energy
from emobility_core.ids import SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.money import Money
from emobility_core.network import PowerClass
from emobility_core.overview import (
    ConnectorGlance,
    EndedGlance,
    Overview,
    RunningGlance,
    StationGlance,
)
from emobility_core.rating import USUAL_ZONE
from emobility_core.tariffs import Basis, Line, Prices, in_all
from emobility_core.work import Scope

_station, _site, _state = tables.station, tables.site, tables.station_state
_connector, _session = tables.connector, tables.charging_session
_version, _rating = tables.tariff_version, tables.rated_session

_ENERGY = (_session.c.meter_start, _session.c.meter_last, _session.c.meter_stop)


@attrs.frozen
class SqlOverviews:
    """Implements the core's `Overviews`."""

    database: Database

    async def read(self, scope: Scope, *, stations: int, ended: int) -> Overview:
        async with self.database.reading(scope) as connection:
            found = (await connection.execute(_stations(scope, stations))).all()
            known = _glances(found)
            by_id = {one.id: one for one in known}
            running = (await connection.execute(_running(scope, [one.id for one in known]))).all()
            over = (await connection.execute(_ended(scope, ended))).all()
        return Overview(
            stations=known,
            running=tuple(_running_glance(row, by_id[StationId(row.station)]) for row in running),
            ended=tuple(_ended_glance(row) for row in over),
        )


def _stations(scope: Scope, limit: int) -> sa.Select[Any]:
    chosen = (
        sa.select(
            _station.c.id,
            _station.c.identity,
            _station.c.power_class,
            _site.c.name.label("site"),
            _site.c.time_zone,
            _state.c.online,
        )
        .outerjoin_from(_station, _site, _site.c.id == _station.c.site)
        .outerjoin(_state, _state.c.station == _station.c.id)
        .where(within(_station, scope))
        .order_by(_site.c.name.is_(None), _site.c.name, _station.c.identity)
        .limit(limit)
        .subquery()
    )
    mine = sa.and_(_connector.c.station == chosen.c.id, _connector.c.number > 0)
    return (
        sa.select(chosen, _connector.c.number, _connector.c.status, _connector.c.error_code)
        .outerjoin_from(chosen, _connector, mine)
        .order_by(chosen.c.site.is_(None), chosen.c.site, chosen.c.identity, _connector.c.number)
    )


def _running(scope: Scope, stations: Sequence[StationId]) -> sa.Select[Any]:
    columns = (_session.c.id, _session.c.station, _session.c.connector, _session.c.started_at)
    return (
        sa.select(*columns, *_ENERGY, _session.c.meter_last_at, _version.c.prices)
        .outerjoin_from(_session, _version, _version.c.id == _session.c.tariff)
        .where(within(_session, scope), _session.c.station.in_(stations), ACTIVE)
        .order_by(_session.c.started_at, _session.c.id)
    )


def _ended(scope: Scope, limit: int) -> sa.Select[Any]:
    price = (
        _rating.c.currency,
        _rating.c.lines,
        _rating.c.include_vat,
        _rating.c.vat_percent,
        _rating.c.held,
    )
    columns = (_session.c.id, _session.c.station, _session.c.connector, _session.c.started_at)
    return (
        sa.select(*columns, *_ENERGY, _session.c.ended_at, _station.c.identity, _site.c.time_zone, *price)
        .join_from(_session, _station, _station.c.id == _session.c.station)
        .outerjoin(_site, _site.c.id == _station.c.site)
        .outerjoin(_rating, _rating.c.session == _session.c.id)
        .where(within(_session, scope), ENDED)
        .order_by(_session.c.ended_at.desc(), _session.c.id.desc())
        .limit(limit)
    )


def _glances(found: Any) -> tuple[StationGlance, ...]:
    glances = []
    for _, rows in groupby(found, key=lambda row: row.id):
        connectors = list(rows)
        row = connectors[0]
        glances.append(
            StationGlance(
                id=StationId(row.id),
                identity=row.identity,
                site=row.site,
                time_zone=row.time_zone or USUAL_ZONE,
                power_class=PowerClass(row.power_class),
                online=bool(row.online),
                connectors=tuple(
                    ConnectorGlance(number=one.number, status=one.status, error_code=one.error_code)
                    for one in connectors
                    if one.number is not None
                ),
            )
        )
    return tuple(glances)


def _running_glance(row: Any, station: StationGlance) -> RunningGlance:
    return RunningGlance(
        session=SessionId(row.id),
        station=StationId(row.station),
        connector=row.connector,
        started_at=Instant(row.started_at),
        energy=_delivered(row.meter_start, row.meter_last),
        metered_at=row.meter_last_at,
        prices=None if row.prices is None else owned.structure(row.prices, Prices),
        time_zone=station.time_zone,
        power_class=station.power_class,
    )


def _ended_glance(row: Any) -> EndedGlance:
    return EndedGlance(
        session=SessionId(row.id),
        station=StationId(row.station),
        identity=row.identity,
        time_zone=row.time_zone or USUAL_ZONE,
        connector=row.connector,
        started_at=Instant(row.started_at),
        ended_at=Instant(row.ended_at),
        energy=_delivered(row.meter_start, row.meter_stop),
        price=_gross(row),
        held=bool(row.held),
    )


def _delivered(start: int | None, stop: int | None) -> Energy | None:
    return None if start is None or stop is None or stop < start else Energy(stop - start)


def _gross(row: Any) -> Money | None:
    if row.currency is None:
        return None
    basis = Basis(currency=row.currency, include_vat=row.include_vat, vat_percent=Decimal(row.vat_percent))
    return in_all(owned.structure(row.lines, tuple[Line, ...]), basis).gross
