"""The network at a glance, put together from the other ports."""

from __future__ import annotations

import attrs

from emobility_adapters.memory.store import MemoryStore, MemoryWork
from emobility_core.charging import ActiveSession, EndedSession
from emobility_core.network import Station
from emobility_core.overview import (
    ConnectorGlance,
    EndedGlance,
    Overview,
    RunningGlance,
    StationGlance,
)
from emobility_core.rating import USUAL_ZONE, HeldSession
from emobility_core.work import Page, Scope

_ALL = 1_000_000


@attrs.frozen
class MemoryOverviews:
    """Implements the core's `Overviews`."""

    store: MemoryStore

    async def read(self, scope: Scope, *, stations: int, ended: int) -> Overview:
        everything = Page(limit=_ALL, descendants=True)
        async with self.store.transactions(scope) as work:
            all_stations = [await _station(work, one) for one in await work.stations.page(everything)]
            known = sorted(all_stations, key=lambda one: (one.site is None, one.site or "", one.identity))
            shown = {one.id: one for one in known[:stations]}
            zones = {one.id: one for one in known}
            sessions = await work.sessions.page(everything)
            running = [one for one in sessions if isinstance(one, ActiveSession) and one.station in shown]
            over = [one for one in sessions if isinstance(one, EndedSession) and one.station in zones]
            latest = sorted(over, key=lambda one: (one.ended_at, one.id), reverse=True)[:ended]
            return Overview(
                stations=tuple(shown.values()),
                running=tuple(
                    [
                        await _running(work, one, shown[one.station])
                        for one in sorted(running, key=lambda one: (one.started_at, one.id))
                    ]
                ),
                ended=tuple([await _ended(work, one, zones[one.station]) for one in latest]),
            )


async def _station(work: MemoryWork, station: Station) -> StationGlance:
    site = None if station.site is None else await work.sites.get(station.site)
    state = await work.station_states.find(station.id)
    return StationGlance(
        id=station.id,
        identity=station.identity.text,
        site=site.name if site else None,
        time_zone=site.time_zone if site else USUAL_ZONE,
        power_class=station.power_class,
        online=state is not None and state.online,
        connectors=tuple(
            ConnectorGlance(number=one.number, status=one.status, error_code=one.error_code)
            for one in await work.connectors.of(station.id)
            if one.number > 0
        ),
    )


async def _running(work: MemoryWork, session: ActiveSession, station: StationGlance) -> RunningGlance:
    version = None if session.tariff is None else await work.tariff_versions.get(session.tariff)
    return RunningGlance(
        session=session.id,
        station=session.station,
        connector=session.connector,
        started_at=session.started_at,
        energy=session.delivered,
        metered_at=session.meter_last_at,
        prices=version.prices if version else None,
        time_zone=station.time_zone,
        power_class=station.power_class,
    )


async def _ended(work: MemoryWork, session: EndedSession, station: StationGlance) -> EndedGlance:
    rating = await work.rated_sessions.find(session.id)
    return EndedGlance(
        session=session.id,
        station=session.station,
        identity=station.identity,
        time_zone=station.time_zone,
        connector=session.connector,
        started_at=session.started_at,
        ended_at=session.ended_at,
        energy=session.delivered,
        price=rating.gross if rating else None,
        held=isinstance(rating, HeldSession),
    )
