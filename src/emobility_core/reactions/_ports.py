"""What reactions need from outside, and what one is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import attrs

from emobility_core.errors import Conflict
from emobility_core.ids import EventId, StationId
from emobility_core.work import Event, Scope


@attrs.frozen
class AlreadyReacted(Conflict):
    """The subscriber has dealt with this event before.

    Remedy: none is needed; the effect is there.
    """

    code = "already-reacted"
    subscriber: str
    event: EventId


class ReactedEvents(Protocol):
    """Which subscriber has dealt with which event."""

    async def mark(self, subscriber: str, event: EventId) -> None:
        """Note it in this unit of work; raise `AlreadyReacted` (here or on leaving) if it is noted."""
        ...


class AwaitedStations(Protocol):
    """The stations with an open command, known without a query: sessions are many, commands are few."""

    def __contains__(self, station: StationId) -> bool: ...


class ReservedStations(Protocol):
    """The stations with an open reservation, known without a query."""

    def __contains__(self, station: StationId) -> bool: ...


@attrs.frozen(kw_only=True)
class Reaction:
    """A named subscriber: which event types it hears, and what it does with one.

    `react` may be called again for the same event; it then does nothing.
    """

    name: str
    types: frozenset[str]
    react: Callable[[Event, Scope], Awaitable[None]]
