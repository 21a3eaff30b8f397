"""The feed as clients wait at it: woken by what happens, by their own patience, or by the server's end."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs

from emobility_app.relay import FollowedFeed, Tail
from emobility_core.testing.builders import TENANT, make_event
from emobility_core.work import FeedEntry, Scope

EVERYTHING = Scope.system(TENANT, "/", "test")


@attrs.define
class Log:
    """A log whose entries are given by hand."""

    entries: list[FeedEntry] = attrs.field(factory=list)
    more: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def last(self) -> int:
        return len(self.entries)

    async def wait(self, position: int, *, timeout_s: float) -> None:
        await self.more.wait()
        self.more.clear()

    async def after(self, position: int, **_: Any) -> list[FeedEntry]:
        return self.entries[position:]


async def test_who_waits_wakes_when_something_happens() -> None:
    log = Log()
    feed = FollowedFeed(log, Tail(log, EVERYTHING))
    following, waiting = asyncio.create_task(feed.tail.run()), asyncio.create_task(_waits(feed, 30))
    await asyncio.sleep(0)
    log.entries.append(FeedEntry(position=1, seq=1, event=make_event()))
    log.more.set()
    async with asyncio.timeout(5):
        await waiting
    assert await feed.last() == 1
    following.cancel()
    await asyncio.wait({following})


async def test_the_end_of_the_server_ends_every_wait_and_lets_none_begin() -> None:
    log = Log()
    feed = FollowedFeed(log, Tail(log, EVERYTHING))
    waiting = [asyncio.create_task(_waits(feed, seconds)) for seconds in (30, 30, 0)]
    await asyncio.sleep(0)
    feed.close()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
        await _waits(feed, 30)
    assert feed.closed


async def _waits(feed: FollowedFeed, seconds: float) -> None:
    await feed.wait(0, timeout_s=seconds)
