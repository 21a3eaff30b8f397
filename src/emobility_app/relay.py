"""The relay: brings committed events to the reactions, at least once, each at its own pace."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import Protocol, TypeVar

import attrs

from emobility_app.patience import PAUSE_S, patiently
from emobility_core.errors import EmobilityError
from emobility_core.ids import TenantId
from emobility_core.reactions import Reaction
from emobility_core.work import Event, Feed, FeedEntry, Scope

T = TypeVar("T")

_log = logging.getLogger("emobility.relay")

_TAIL = 5_000
_AT_ONCE = 500
_PAUSES_S = (0.1, 1.0, 5.0, 30.0, 120.0, 600.0)
_SAVE_EVERY_S = 1.0


class Positions(Protocol):
    """How far each subscriber has come."""

    async def load(self, subscriber: str) -> int:
        """Where it left off, or was let in."""
        ...

    async def save(self, subscriber: str, position: int) -> None: ...

    async def park(self, subscriber: str, event: Event, error: str) -> None:
        """Note an event that a subscriber could not deal with, for people to look at."""
        ...

    async def parked(self, subscriber: str) -> list[Event]:
        """The events that were parked, oldest first."""
        ...

    async def unpark(self, subscriber: str, event: Event) -> None: ...


class Tail:
    """The newest entries of the feed, read once for all who follow it in this process.

    `observers` hear each entry as it is read: caches that must forget, pages that must be drawn anew.
    `on_read` hears of each look at the feed that succeeded: caches are then as new as the feed.
    """

    def __init__(
        self,
        feed: Feed,
        everything: Scope,
        observers: Iterable[Callable[[FeedEntry], None]] = (),
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        self._feed = feed
        self._everything = everything
        self._observers = list(observers)
        self._on_read = on_read
        self._entries: deque[FeedEntry] = deque(maxlen=_TAIL)
        self._first = 0
        self._last = 0
        self._more = asyncio.Event()

    async def start(self) -> None:
        self._first = self._last = await self._feed.last()

    async def run(self) -> None:
        """Follow the feed until cancelled."""
        while True:
            await patiently("the tail of the feed", self._step)

    async def _step(self) -> None:
        await self._feed.wait(self._last, timeout_s=1.0)
        entries = await self._feed.after(self._last, scope=self._everything, limit=_AT_ONCE)
        if entries:
            self._take(entries)
        self._on_read()

    def _take(self, entries: Sequence[FeedEntry]) -> None:
        for entry in entries:
            if len(self._entries) == _TAIL:
                self._first = self._entries[0].position
            self._entries.append(entry)
            for observer in self._observers:
                observer(entry)
        self._last = entries[-1].position
        self._more.set()
        self._more = asyncio.Event()

    async def last(self) -> int:
        return self._last

    async def wait(self, position: int, *, timeout_s: float) -> None:
        if self._last > position:
            return
        more = self._more
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await more.wait()

    async def next_after(self, position: int, limit: int) -> list[FeedEntry]:
        """Return up to `limit` entries of any type behind `position`, from memory where it reaches."""
        if position < self._first:
            return await self._feed.after(position, scope=self._everything, limit=limit)
        newer = list(takewhile(lambda entry: entry.position > position, reversed(self._entries)))
        return newer[: -limit - 1 : -1]


@attrs.define(eq=False)
class FollowedFeed:
    """The feed as clients read it: looked up in the log, but waited for at the one tail.

    `close` ends every wait: whoever streams or waits for a client then comes to an end.
    """

    feed: Feed
    tail: Tail
    closed: bool = attrs.field(default=False, init=False)
    _waits: set[asyncio.Timeout] = attrs.field(factory=set, init=False)

    async def after(
        self,
        position: int,
        *,
        scope: Scope,
        limit: int,
        types: Sequence[str] = (),
        descendants: bool = True,
    ) -> list[FeedEntry]:
        return await self.feed.after(position, scope=scope, limit=limit, types=types, descendants=descendants)

    async def wait(self, position: int, *, timeout_s: float) -> None:
        if self.closed:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s) as limit:
                self._waits.add(limit)
                try:
                    await self.tail.wait(position, timeout_s=timeout_s)
                finally:
                    self._waits.discard(limit)

    async def last(self) -> int:
        return await self.tail.last()

    async def newest(self) -> int:
        return await self.feed.last()

    def close(self) -> None:
        self.closed = True
        for limit in self._waits:
            if not limit.expired():
                limit.reschedule(0)


@attrs.define
class _Follower:
    """One reaction's way along the feed: events may overlap, the position waits for the slowest."""

    reaction: Reaction
    read: int
    saved: int
    open: dict[int, asyncio.Task[None]] = attrs.field(factory=dict)
    tenants: dict[int, TenantId] = attrs.field(factory=dict)

    def finish(self, position: int, _: object) -> None:
        self.open.pop(position, None)
        self.tenants.pop(position, None)

    @property
    def position(self) -> int:
        return min(self.open, default=self.read + 1) - 1


class Relay:
    """Runs reactions. A slow one (a station that does not answer) never holds up another.

    What was parked is tried again at each start: a newer version may have mended the cause.
    """

    def __init__(
        self,
        tail: Tail,
        reactions: Sequence[Reaction],
        positions: Positions,
        path_of: Callable[[TenantId], Awaitable[str]],
        *,
        pauses_s: Sequence[float] = _PAUSES_S,
        away_s: float = PAUSE_S,
    ) -> None:
        """`pauses_s` lie between the tries of a reaction, `away_s` between looks for the database."""
        self._pauses_s = pauses_s
        self._away_s = away_s
        self._tail = tail
        self._reactions = reactions
        self._positions = positions
        self._path_of = path_of
        self._followers: list[_Follower] = []

    @property
    def types(self) -> frozenset[str]:
        """The types of events that any reaction hears."""
        return frozenset[str]().union(*(one.types for one in self._reactions))

    async def is_idle(self, position: int, scope: Scope) -> bool:
        """Whether every reaction has dealt with all events of a scope up to a position."""
        if len(self._followers) < len(self._reactions):
            return False
        if any(one.read < position for one in self._followers):
            return False
        busy = {tenant for one in self._followers for tenant in one.tenants.values()}
        return not any([scope.sees(await self._path_of(tenant)) for tenant in busy])

    async def run(self) -> None:
        """Follow the feed with all reactions until cancelled."""
        async with asyncio.TaskGroup() as group:
            for reaction in self._reactions:
                at = await self._patiently(reaction.name, partial(self._positions.load, reaction.name))
                group.create_task(self._try_parked(reaction))
                follower = _Follower(reaction, at, at)
                self._followers.append(follower)
                group.create_task(self._follow(follower), name=reaction.name)

    async def _try_parked(self, reaction: Reaction) -> None:
        for event in await self._patiently(reaction.name, partial(self._positions.parked, reaction.name)):
            try:
                await self._patiently(reaction.name, partial(self._try, reaction, event))
            except Exception as error:
                _log.warning("%s still fails on %s: %r", reaction.name, event.subject, error)
            else:
                unpark = partial(self._positions.unpark, reaction.name, event)
                await self._patiently(reaction.name, unpark)

    async def _follow(self, follower: _Follower) -> None:
        async with asyncio.TaskGroup() as group:
            saving = group.create_task(self._save_regularly(follower))
            while not saving.done():
                step = partial(self._tail.next_after, follower.read, _AT_ONCE)
                entries = await self._patiently(follower.reaction.name, step)
                if not entries:
                    await self._tail.wait(follower.read, timeout_s=1.0)
                for entry in entries:
                    follower.read = entry.position
                    if follower.reaction.hears(entry.event):
                        task = group.create_task(self._react(follower.reaction, entry.event))
                        follower.open[entry.position] = task
                        follower.tenants[entry.position] = entry.event.tenant
                        task.add_done_callback(partial(follower.finish, entry.position))
                while len(follower.open) > follower.reaction.at_once:
                    await asyncio.wait(follower.open.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _save_regularly(self, follower: _Follower) -> None:
        while True:
            await asyncio.sleep(_SAVE_EVERY_S)
            position = follower.position
            if position > follower.saved:
                save = partial(self._positions.save, follower.reaction.name, position)
                await self._patiently(follower.reaction.name, save)
                follower.saved = position

    async def _react(self, reaction: Reaction, event: Event) -> None:
        """React, or park the event after some tries; while the database is away there is no try."""
        problem = ""
        for pause in (0.0, *self._pauses_s):
            await asyncio.sleep(pause)
            try:
                await self._patiently(reaction.name, partial(self._try, reaction, event))
            except EmobilityError as error:
                _log.warning("%s will try %s again: %s", reaction.name, event.subject, error)
                problem = str(error)
            except Exception as error:  # a bug in one reaction must not stop the others
                _log.exception("%s failed on %s", reaction.name, event.subject)
                problem = repr(error)
                break
            else:
                return
        await self._patiently(reaction.name, partial(self._positions.park, reaction.name, event, problem))

    async def _patiently(self, who: str, step: Callable[[], Awaitable[T]]) -> T:
        return await patiently(who, step, pause_s=self._away_s)

    async def _try(self, reaction: Reaction, event: Event) -> None:
        path = await self._path_of(event.tenant)
        await reaction.react(event, Scope.system(event.tenant, path, reaction.name))
