"""What the plays of the lessons share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from emobility_core.charging import EndedSession
from emobility_core.commands import Command
from emobility_core.ids import CommandId

from ..messages import start
from ..wire import WireStation
from ..world import World

Play: TypeAlias = Callable[[World], Awaitable[None]]


async def begun(station: WireStation, **changes: Any) -> int:
    """Begin a session and return its number."""
    number: int = (await station.call("StartTransaction", start(**changes)))["transactionId"]
    return number


async def ended(world: World) -> list[EndedSession]:
    return [one for one in await world.sessions() if isinstance(one, EndedSession)]


async def published(world: World, *kinds: str) -> list[Any]:
    feed = await world.store.feed.after(0, scope=world.scope, limit=999, types=kinds)
    return [entry.event for entry in feed]


@asynccontextmanager
async def relayed(world: World) -> AsyncIterator[None]:
    """The relay carries what was asked for while the block plays the station's part."""
    relay = asyncio.create_task(world.react())
    yield
    await relay


async def stored(world: World, command: Command) -> Command:
    async with world.store.transactions(world.scope) as work:
        return await work.commands.get(CommandId(command.id))
