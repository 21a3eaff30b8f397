"""A station at the end of real lines, which it loses, leaves half-open and opens anew."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from emobility_core.ids import StationId

from ..messages import boot
from ..wire import PATIENCE_S, WireStation, connected
from .backend import WELCOME, Backend, Fault
from .ledger import tells_of
from .paper import Charge, Fate, Message, Paper


class PlayedStation:
    """Sends what stands on paper, and holds us to our answers."""

    def __init__(self, backend: Backend, identity: str, paper: Paper) -> None:
        self.backend = backend
        self.identity = identity
        self.paper = paper
        self._line: WireStation | None = None
        self._lines = AsyncExitStack()

    @property
    def online(self) -> bool:
        return self._line is not None

    async def connect(self) -> WireStation:
        """The line, opened if there is none; an older one may still hang there, half-open."""
        if self._line is None:
            opening = connected(self.backend.port, f"/ocpp/{self.identity}")
            self._line = await self._lines.enter_async_context(opening)
        return self._line

    async def say(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a message that is of no transaction."""
        return await (await self.connect()).call(action, payload)

    async def boot(self) -> None:
        assert (await self.say("BootNotification", boot()))["status"] == "Accepted"

    async def hang_up(self) -> None:
        """Close the line properly."""
        if self._line is not None:
            await self._line.socket.close()
            self._line = None

    async def leave(self) -> None:
        """Close every line, the half-open ones too."""
        self._line = None
        await self._lines.aclose()

    async def send(self, message: Message, fate: Fate) -> None:
        line = await self.connect()
        await line.say(message.frame())
        message.sent = True
        match fate:
            case Fate.ANSWERED:
                await self._hear_answer(line, message)
            case Fate.SENT_TWICE:
                await line.say(message.frame())
                self._take(message, await line.hear())
                await self._hear_answer(line, message)
            case Fate.HUNG_UP:
                await self.hang_up()
                self.paper.takes(message)
            case Fate.CUT:
                line.socket.transport.abort()
                self._line = None
            case Fate.HALF_OPEN:
                self._line = None
                await self.connect()

    async def _hear_answer(self, line: WireStation, message: Message) -> None:
        self._take(message, await line.hear())
        self.paper.waiting.remove(message)

    async def send_into(self, fault: Fault, message: Message) -> None:
        """Send while the storage fails: no answer, and the line ends with "try again later"."""
        line = await self.connect()
        await line.beats()
        self.backend.fault = fault
        await line.say(message.frame())
        message.sent = True
        assert await line.closed_with() == 1013
        self.backend.fault = Fault.NONE
        self._line = None
        if fault is Fault.FAILS_AFTERWARDS:
            self.paper.takes(message)

    async def settled(self, charge: Charge, station: StationId) -> None:
        """Return once a start is on record whose answer nobody has read."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(tells_of(one, charge) for one in await self.backend.sessions(station)):
                await asyncio.sleep(0.001)

    def _take(self, message: Message, answer: list[Any]) -> None:
        """An answer: always a result, and the same one to the same start."""
        assert answer[0] == 3, answer
        assert answer[1] == message.id, answer
        charge = message.charge
        if message.action == "StartTransaction":
            number = answer[2]["transactionId"]
            assert charge.heard in (None, number) or charge.copies, "a start has got a second number"
            charge.number = charge.heard = number
            assert (answer[2]["idTagInfo"]["status"] == "Accepted") == (charge.tag == WELCOME)
        self.paper.takes(message)
