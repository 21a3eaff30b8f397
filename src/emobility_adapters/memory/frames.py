"""Raw frames of stations, and what was said on their lines."""

from __future__ import annotations

import attrs

from emobility_adapters.memory.unit import Tables
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import (
    Exchange,
    ExchangeOutcome,
    ExchangeQuery,
    FrameKind,
    Station,
    exchange_number,
)
from emobility_core.work import Scope

Frame = tuple[bool, str, Instant]


@attrs.define
class MemoryStationFrames:
    """Appends to one station's list, and to what the whole log knows of exchanges."""

    log: MemoryFrames
    station: Station
    kept: list[Frame]

    def append(
        self,
        *,
        inbound: bool,
        frame: str,
        at: Instant,
        kind: FrameKind = FrameKind.STRAY,
        action: str | None = None,
        answers: int | None = None,
    ) -> int:
        self.kept.append((inbound, frame, at))
        if answers is not None and answers in self.log.exchanges:
            asked = self.log.exchanges[answers]
            outcome = ExchangeOutcome.RESULT if kind is FrameKind.RESULT else ExchangeOutcome.ERROR
            self.log.exchanges[answers] = attrs.evolve(asked, answer=frame, answered_at=at, outcome=outcome)
            return answers
        number = max(exchange_number(at), max(self.log.exchanges, default=0) + 1)
        self.log.exchanges[number] = Exchange(
            number=number,
            tenant=self.station.tenant,
            station=self.station.id,
            inbound=inbound,
            action=action,
            request=frame,
            requested_at=at,
        )
        return number

    async def room(self) -> None:
        return


@attrs.define
class MemoryFrames:
    """Keeps every frame by station as (inbound, frame, at), and the exchanges by their number."""

    frames: dict[StationId, list[Frame]] = attrs.field(factory=dict)
    exchanges: dict[int, Exchange] = attrs.field(factory=dict)

    def of(self, station: Station) -> MemoryStationFrames:
        return MemoryStationFrames(self, station, self.frames.setdefault(station.id, []))


@attrs.frozen
class MemoryExchanges:
    """Implements the core's `Exchanges` over `MemoryFrames`."""

    log: MemoryFrames
    tables: Tables
    scope: Scope

    async def page(self, query: ExchangeQuery) -> list[Exchange]:
        found = [one for one in self.log.exchanges.values() if query.admits(one) and self._sees(one)]
        if query.after is not None:
            after = query.after
            found = [one for one in found if (one.number < after if query.backwards else one.number > after)]
        found.sort(key=lambda one: one.number, reverse=query.backwards)
        return found[: query.limit]

    async def forget(self, before: Instant, *, limit: int) -> int:
        exchanges = self.log.exchanges
        old = sorted(number for number, one in exchanges.items() if one.requested_at < before)
        for number in old[:limit]:
            del exchanges[number]
        return len(old[:limit])

    def _sees(self, exchange: Exchange) -> bool:
        path = self.tables.path_of(exchange.tenant)
        limit = self.scope.stations
        return path is not None and self.scope.sees(path) and (limit is None or exchange.station in limit)
