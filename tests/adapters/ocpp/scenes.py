"""A quirk of a real station, played on a world of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs

from emobility_core.charging import ActiveSession, EndedSession, MeterReading
from emobility_core.commands import Command, Order
from emobility_core.ids import CommandId
from emobility_core.instants import Instant, parse_instant
from emobility_core.network import StationReport
from emobility_core.work import Event

from .wire import WireStation
from .world import CARD, World


@attrs.define
class Scene:
    """The world, the station on its line, and the frame as the real one sent it.

    `over` says that the line was to be closed.
    """

    world: World
    station: WireStation
    frame: list[Any]
    over: bool = False

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = self.frame[-1]
        return payload

    async def play(self, **changes: Any) -> dict[str, Any]:
        """Send the frame; return the payload of its result."""
        _, id, action, payload = self.frame
        return await self.station.call(action, {**payload, **changes}, id=id)

    async def refused(self) -> str:
        """Send the frame; return the code of its error."""
        code: str = (await self.station.ask(self.frame[2], self.frame[3], id=self.frame[1]))[2]
        return code

    async def begin(self, timestamp: str = "2020-01-01T00:00:00Z", **changes: Any) -> int:
        """Begin a session before the frame, and return its number."""
        payload = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": timestamp, **changes}
        number: int = (await self.station.call("StartTransaction", payload))["transactionId"]
        return number

    async def active(self) -> ActiveSession:
        session = await self.world.session()
        assert isinstance(session, ActiveSession)
        return session

    async def ended(self) -> EndedSession:
        return await self.world.ended()

    async def stray(self) -> MeterReading:
        """The one reading of no session."""
        (reading,) = await self.world.readings()
        return reading

    async def linked(self) -> MeterReading:
        """The one reading of the one session."""
        (reading,) = await self.world.readings((await self.world.session()).id)
        return reading

    async def published(self, kind: str) -> list[Event]:
        """What others have heard of this kind."""
        feed = await self.world.store.feed.after(0, scope=self.world.scope, limit=999, types=[kind])
        return [entry.event for entry in feed]

    async def report(self) -> StationReport:
        (report,) = await self.world.reports()
        return report

    async def answer_a_command(self, frame: list[Any] | str, order: Order | None = None) -> Command:
        """Answer an order of ours, by default a remote start, with the frame, under the id that we had given;
        then stay alive."""
        command = await (self.world.request_start() if order is None else self.world.ask(order))
        relay = asyncio.create_task(self.world.react())
        _, id, *_ = await self.station.hear()
        if isinstance(frame, str):
            head, _, tail = frame.partition('"')
            await self.station.say(head + f'"{id}"' + tail.partition('"')[2])
        else:
            await self.station.say([frame[0], id, *frame[2:]])
        await relay
        await self.station.beats()
        async with self.world.store.transactions(self.world.scope) as work:
            return await work.commands.get(CommandId(command.id))


Play: TypeAlias = Callable[[Scene], Awaitable[None]]


@asynccontextmanager
async def scene(world: World, frame: list[Any], *, now: str | Instant) -> AsyncIterator[Scene]:
    """Set the clock, connect, and prove afterwards that the line is alive and the frame kept."""
    world.clock.set(parse_instant(now) if isinstance(now, str) else now)
    async with world.station() as station:
        made = Scene(world, station, frame)
        yield made
        if not made.over:
            await station.beats()
    kept = world.frames_of()
    if frame[0] == 2:
        id, action = json.dumps(frame[1]), json.dumps(frame[2])
        assert any(id in one and action in one for one in kept)
