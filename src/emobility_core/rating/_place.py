"""Where a session was, as far as its price asks."""

from __future__ import annotations

from typing import Protocol, TypeVar
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import StationId
from emobility_core.network import PowerClass, Site, Station

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
# Of a station without a site that is seen from here.
USUAL_ZONE = "Europe/Berlin"


@attrs.frozen(kw_only=True)
class Place:
    """The time zone of the site and the power class of the station."""

    zone: str = USUAL_ZONE
    power_class: PowerClass | None = None


class Known(Protocol[R_co]):
    """Of records no more than one at a time is asked for."""

    async def get(self, id: UUID) -> R_co: ...


class PlaceWork(Protocol):
    @property
    def stations(self) -> Known[Station]: ...
    @property
    def sites(self) -> Known[Site]: ...


async def place_of(id: StationId, *, work: PlaceWork) -> Place:
    """What is known of a station; one that has moved out of sight is nowhere in particular."""
    station = await _seen(work.stations, id)
    if station is None:
        return Place()
    site = await _seen(work.sites, station.site)
    zone = USUAL_ZONE if site is None else site.time_zone
    return Place(zone=zone, power_class=station.power_class)


async def _seen(records: Known[R], id: UUID | None) -> R | None:
    try:
        return None if id is None else await records.get(id)
    except NotFound:
        return None
