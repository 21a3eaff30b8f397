"""What reactions need from outside, and what one is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import attrs

from emobility_core.errors import Conflict
from emobility_core.ids import EventId, StationId
from emobility_core.work import Event, Scope

T = TypeVar("T")
R = TypeVar("R")


@attrs.frozen
class AlreadyReacted(Conflict):
    """The subscriber has dealt with this event, or with one of those beside it, before.

    Remedy: none is needed; the effect is there.
    """

    code = "already-reacted"
    subscriber: str
    event: EventId


class ReactedEvents(Protocol):
    """Which subscriber has dealt with which event."""

    async def mark(self, subscriber: str, *events: EventId) -> None:
        """Note it in this unit of work; raise `AlreadyReacted` (here or on leaving) if one is noted."""
        ...


class AwaitedStations(Protocol):
    """The stations with an open command, known without a query: sessions are many, commands are few."""

    def __contains__(self, station: StationId) -> bool: ...


class ReservedStations(Protocol):
    """The stations with an open reservation, known without a query."""

    def __contains__(self, station: StationId) -> bool: ...


class Together(Protocol):
    """Makes of what serves many within one scope, all or none, something that each calls for itself."""

    def __call__(
        self, serve: Callable[[Sequence[T], Scope], Awaitable[Sequence[R]]]
    ) -> Callable[[T, Scope], Awaitable[R]]: ...


def apart(
    serve: Callable[[Sequence[T], Scope], Awaitable[Sequence[R]]],
) -> Callable[[T, Scope], Awaitable[R]]:
    """The plain `Together`: each is served alone."""

    async def serve_one(item: T, scope: Scope) -> R:
        (served,) = await serve([item], scope)
        return served

    return serve_one


@attrs.frozen(kw_only=True)
class Reaction:
    """A named subscriber: which event types it hears, and what it does with one.

    Of events that tell the kind of a command it hears those of its `kinds`, if it has any. `react` may be
    called again for the same event; it then does nothing. `at_once` is how many events it may be at work on.
    """

    name: str
    types: frozenset[str]
    react: Callable[[Event, Scope], Awaitable[None]]
    kinds: frozenset[str] | None = None
    at_once: int = 500

    def hears(self, event: Event) -> bool:
        kind = event.data.get("kind")
        return event.type in self.types and (self.kinds is None or kind is None or kind in self.kinds)
