"""A small network to show, as the read port would tell it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from emobility_core.energy import Energy
from emobility_core.ids import StationId
from emobility_core.instants import Instant, instant
from emobility_core.money import Money
from emobility_core.network import PowerClass
from emobility_core.overview import (
    ConnectorGlance,
    EndedGlance,
    Overview,
    RunningGlance,
    StationGlance,
)
from emobility_core.tariffs import Prices
from emobility_core.testing.builders import TENANT, make_active, make_station
from emobility_core.work import Scope

EVERYTHING = Scope.system(TENANT, "/", "test")
NOW = instant(datetime.fromisoformat("2026-06-10T12:00:00+00:00"))
_STATIONS = [StationId(make_station().id) for _ in range(3)]


def connector(number: int = 1, status: str = "Available") -> ConnectorGlance:
    return ConnectorGlance(number=number, status=status, error_code="NoError")


def station(index: int = 0, **changes: object) -> StationGlance:
    known = StationGlance(
        id=_STATIONS[index],
        identity=f"CP-{index}",
        site="Rathausplatz",
        time_zone="Europe/Berlin",
        power_class=PowerClass.AC,
        online=True,
        connectors=(connector(1, "Charging"), connector(2)),
    )
    return attrs.evolve(known, **changes)  # type: ignore[arg-type]


def running(energy_wh: int = 2_500, index: int = 0) -> RunningGlance:
    return RunningGlance(
        session=make_active().id,
        station=_STATIONS[index],
        connector=1,
        started_at=Instant(NOW - timedelta(minutes=30)),
        energy=Energy.wh(energy_wh),
        metered_at=NOW,
        prices=Prices(per_kwh=Decimal("0.39")),
    )


def ended(price: int | None = 663, *, held: bool = False) -> EndedGlance:
    return EndedGlance(
        session=make_active().id,
        station=_STATIONS[1],
        identity="CP-1",
        time_zone="Europe/Berlin",
        connector=1,
        started_at=Instant(NOW - timedelta(hours=3, minutes=5)),
        ended_at=Instant(NOW - timedelta(hours=1)),
        energy=Energy.wh(17_000),
        price=None if price is None else Money(price, "EUR"),
        held=held,
    )


@attrs.define
class Shown:
    """An `Overviews` that tells what it is given, and counts how often it was asked."""

    overview: Overview
    reads: int = 0

    async def read(self, scope: Scope, *, stations: int, ended: int) -> Overview:
        self.reads += 1
        return self.overview


def overview(*sessions: RunningGlance, over: tuple[EndedGlance, ...] = ()) -> Overview:
    return Overview(stations=(station(0), station(1)), running=sessions, ended=over)
