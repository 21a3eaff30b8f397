"""The outbox, the feed that it fills, and the marks of who has dealt with what."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from emobility_adapters.memory.unit import Tables, Unit
from emobility_core.ids import EventId, TenantId, uuid7
from emobility_core.instants import Instant
from emobility_core.reactions import AlreadyReacted
from emobility_core.work import Event, FeedEntry, Scope


class MemoryOutbox:
    """Keeps a unit's events until it commits."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, *events: Event) -> None:
        self.events.extend(events)


class MemoryFeed:
    """The event log; each event gets its place when its unit commits."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._entries: list[FeedEntry] = []
        self._lengths: Counter[TenantId] = Counter()
        self._arrival = asyncio.Event()

    def append(self, events: Sequence[Event]) -> None:
        for event in events:
            self._lengths[event.tenant] += 1
            position, seq = len(self._entries) + 1, self._lengths[event.tenant]
            self._entries.append(FeedEntry(position=position, seq=seq, event=event))
        if events:
            self._arrival.set()
            self._arrival = asyncio.Event()

    async def after(
        self,
        position: int,
        *,
        scope: Scope,
        limit: int,
        types: Sequence[str] = (),
        descendants: bool = True,
    ) -> list[FeedEntry]:
        seen = (
            entry
            for entry in self._entries[position:]
            if (not types or entry.event.type in types) and self._sees(scope, entry.event, descendants)
        )
        return [entry for _, entry in zip(range(limit), seen, strict=False)]

    async def between(
        self,
        since: Instant,
        until: Instant,
        *,
        after: EventId | None = None,
        scope: Scope,
        limit: int,
        descendants: bool,
    ) -> list[FeedEntry]:
        first, end = uuid7(since, 0), uuid7(until, 0)
        found = [
            entry
            for entry in self._entries
            if first <= entry.event.id < end
            and (after is None or entry.event.id > after)
            and self._sees(scope, entry.event, descendants)
        ]
        return sorted(found, key=lambda entry: entry.event.id)[:limit]

    async def entry(self, event: EventId, *, scope: Scope) -> FeedEntry | None:
        mine = (one for one in self._entries if self._sees(scope, one.event, descendants=True))
        return next((one for one in mine if one.event.id == event), None)

    async def wait(self, position: int, *, timeout_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while len(self._entries) <= position:
                    await self._arrival.wait()

    async def last(self) -> int:
        return len(self._entries)

    def _sees(self, scope: Scope, event: Event, descendants: bool) -> bool:
        if scope.stations is not None:
            return False
        if event.tenant == scope.tenant:
            return True
        path = self._tables.path_of(event.tenant)
        return descendants and path is not None and scope.sees(path)


class MemoryReacted:
    """Which subscriber has dealt with which event."""

    def __init__(self, unit: Unit) -> None:
        self._rows = unit.rows("reacted")

    async def mark(self, subscriber: str, *events: EventId) -> None:
        for event in events:
            if self._rows.get((subscriber, event)) is not None:
                raise AlreadyReacted(subscriber, event)
            self._rows.put((subscriber, event), True)
