"""One picture is drawn for all viewers; a slow one gets the newest, and nobody is kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import attrs

from emobility_app.pages.live.broadcast import HEARTBEAT, Broadcast, message
from emobility_core.errors import Unavailable


@attrs.define
class Painter:
    """Draws a number that changes when told to."""

    picture: int = 1
    drawn: int = 0
    broken: bool = False
    _drew: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    async def draws(self, picture: int) -> None:
        """Return once the picture was handed out: it is when the next one is drawn."""
        self.picture, until = picture, self.drawn + 2
        async with asyncio.timeout(2):
            while self.drawn < until:
                self._drew.clear()
                await self._drew.wait()

    async def __call__(self) -> str:
        self.drawn += 1
        self._drew.set()
        if self.broken:
            raise _Gone()
        return f"<p>{self.picture}</p>"


class _Gone(Unavailable):
    code = "gone"


async def _next(viewer: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(viewer), 2)


def test_a_fragment_of_many_lines_is_one_message() -> None:
    assert message("<p>\n\n  a\n</p>") == b"data: <p>\ndata:   a\ndata: </p>\n\n"


async def test_the_first_message_is_the_present_state() -> None:
    broadcast = Broadcast(Painter(), every_s=0.01)
    assert await _next(broadcast.watch()) == message("<p>1</p>")
    assert await _next(broadcast.watch()) == message("<p>1</p>")


async def test_a_tick_draws_once_for_all() -> None:
    painter = Painter()
    broadcast = Broadcast(painter, every_s=0.05)
    viewers = [broadcast.watch() for _ in range(50)]
    await asyncio.gather(*map(_next, viewers))
    assert painter.drawn == 1


async def test_what_did_not_change_is_not_sent_again() -> None:
    painter = Painter()
    viewer = Broadcast(painter, every_s=0.01, heartbeat_s=0.2).watch()
    await _next(viewer)
    assert await _next(viewer) == HEARTBEAT
    assert painter.drawn > 3


async def test_a_slow_viewer_skips_to_the_newest() -> None:
    painter = Painter()
    viewer = Broadcast(painter, every_s=0.01).watch()
    await _next(viewer)
    for picture in range(2, 6):
        await painter.draws(picture)
    assert await _next(viewer) == message("<p>5</p>")


async def test_nobody_watching_costs_nothing() -> None:
    broadcast = Broadcast(Painter(), every_s=0.01)
    viewer = broadcast.watch()
    await _next(viewer)
    await viewer.aclose()  # type: ignore[attr-defined]
    (drawing,) = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait_for(drawing, 2)
    assert broadcast.viewers == 0


async def test_a_database_that_is_gone_is_told_and_comes_back() -> None:
    painter = Painter(broken=True)
    viewer = Broadcast(painter, every_s=0.01).watch()
    assert b"event: unavailable" in await _next(viewer)
    painter.broken = False
    assert await _next(viewer) == message("<p>1</p>")


async def test_closing_lets_all_viewers_go() -> None:
    broadcast = Broadcast(Painter(), every_s=0.01)
    viewer = broadcast.watch()
    await _next(viewer)
    broadcast.close()
    assert [picture async for picture in viewer] == []
    assert [picture async for picture in broadcast.watch()] == []
