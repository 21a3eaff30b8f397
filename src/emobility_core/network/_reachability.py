"""The alarm about stations that stay away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from emobility_core.ids import Ids, SiteId, StationId, TenantId
from emobility_core.instants import TICK, Clock, Instant
from emobility_core.network._events import station_event
from emobility_core.network._ports import StationStates
from emobility_core.network._site import Site
from emobility_core.network._state import StationState
from emobility_core.network._station import Station
from emobility_core.network._use_cases import NetworkWork
from emobility_core.tenancy import SHORTEST_UNREACHABLE, Tenant, Tenants, WatchRules, rules_along
from emobility_core.work import Records, Scope, Transactions


class RulesWork(Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def sites(self) -> Records[Site]: ...
    @property
    def tenants(self) -> Tenants: ...


class _Looking(RulesWork, Protocol):
    @property
    def station_states(self) -> StationStates: ...


class WatchedRules:
    """The rules that hold at stations, each place looked up once."""

    def __init__(self, work: RulesWork) -> None:
        self._work = work
        self._above: dict[TenantId, list[Tenant]] = {}
        self._at: dict[tuple[TenantId, SiteId | None], WatchRules] = {}

    async def of(self, id: StationId) -> WatchRules:
        """Those of the station's site, of its tenant and of the tenants above."""
        station = await self._work.stations.get(id)
        place = (station.tenant, station.site)
        if place not in self._at:
            own = None if station.site is None else (await self._work.sites.get(station.site)).watch_rules
            self._at[place] = rules_along(await self._line(station.tenant), own)
        return self._at[place]

    async def _line(self, id: TenantId) -> list[Tenant]:
        if id not in self._above:
            self._above[id] = await self._work.tenants.line(id)
        return self._above[id]


async def flag_unreachable(
    *, scope: Scope, reading: Callable[[Scope], AbstractAsyncContextManager[_Looking]],
    transactions: Transactions[NetworkWork], turn: Callable[[StationId], AbstractAsyncContextManager[object]],
    clock: Clock, ids: Ids, listening_since: Instant | None = None,
) -> None:  # fmt: skip
    """Tell once of each station that has been away for longer than its rules allow.

    `turn` is what a station's lines change its state under: one that comes back at this moment is online.
    Before `listening_since` there was no server to connect to: some stations take their time to find out.
    """
    now = clock.now()
    async with reading(scope) as work:
        offline = await work.station_states.away_since(Instant(now - SHORTEST_UNREACHABLE + TICK))
        rules = WatchedRules(work)
        away = [
            state
            for state in offline
            if now - _away_since(state, listening_since) >= (await rules.of(state.station)).unreachable
        ]
    for found in away:
        its_own = attrs.evolve(scope, tenant=found.tenant)
        async with turn(found.station), transactions(its_own) as writing:
            state = await writing.station_states.find(found.station)
            if state is None or state.online or state.unreachable:
                continue
            await writing.station_states.put(attrs.evolve(state, unreachable=True))
            seen = None if state.last_seen_at is None else state.last_seen_at.isoformat()
            data = {"last_seen_at": seen}
            writing.outbox.publish(
                station_event("station.unreachable", state.station, data, now, its_own, ids)
            )


async def next_unreachable(
    *, scope: Scope, reading: Callable[[Scope], AbstractAsyncContextManager[_Looking]], until: Instant
) -> Instant | None:
    """When, up to `until`, the first station will have been away for longer than its rules allow."""
    async with reading(scope) as work:
        offline = await work.station_states.away_since(Instant(until + TICK))
        rules = WatchedRules(work)
        coming = [_away_since(state, None) + (await rules.of(state.station)).unreachable for state in offline]
    return min((Instant(at) for at in coming if at <= until), default=None)


def _away_since(state: StationState, listening_since: Instant | None) -> Instant:
    """When it could have been heard of for the last time, or first."""
    known = [at for at in (state.last_seen_at, listening_since) if at is not None]
    return max(known)
