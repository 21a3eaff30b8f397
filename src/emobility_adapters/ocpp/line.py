"""One station's line: frames in, answers out, and our own requests, one in flight each way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import attrs
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from emobility_adapters.ocpp.allowance import Allowance
from emobility_adapters.ocpp.caller import Traffic
from emobility_adapters.ocpp.frames import (
    NO_ID,
    Call,
    Failure,
    Frame,
    Garbled,
    Result,
    call_text,
    error_text,
    read_frame,
)
from emobility_adapters.ocpp.line_log import LineLog
from emobility_core.errors import Unavailable
from emobility_core.instants import Clock
from emobility_core.network import StationFrames

# A station answers within seconds or not at all; more waiting requests than this are not worth it.
ANSWER_WITHIN_S = 30.0
LONGEST_QUEUE = 8
# Some stations go on beating while they hear nothing; only a new line cures them.
DEAF_AFTER = 3

Answer: TypeAlias = Result | Failure


@attrs.frozen
class NoAnswer(Exception):
    """The station did not answer in time, or its line closed before it did."""


@attrs.frozen
class LineBusy(Exception):
    """Too many requests wait for the station already, or its line is about to close."""


class Line:
    """Reads frames in their order and answers each before the next, as OCPP-J asks of both sides.

    `handle` answers a request of the station, every frame goes to `frames`. Answers to our own requests
    arrive between the station's and are matched by id; late and foreign ones fall away. `traffic` counts the
    bytes of all.
    """

    def __init__(
        self,
        socket: ServerConnection,
        *,
        handle: Callable[[Call], Awaitable[str]],
        handle_garbled: Callable[[Garbled, str], Awaitable[str | None]],
        frames: StationFrames,
        clock: Clock,
        traffic: Traffic,
        answer_within_s: float = ANSWER_WITHIN_S,
        allowance: Allowance | None = None,
    ) -> None:
        self._socket = socket
        self._handle = handle
        self._handle_garbled = handle_garbled
        self._frames = frames
        self._log = LineLog(frames, clock)
        self._traffic = traffic
        self._answer_within_s = answer_within_s
        self._allowance = allowance
        self._handling = False
        self._leaving: tuple[int, str] | None = None
        self._unanswered = 0
        self._closing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._calls = 0
        self._pending: tuple[str, asyncio.Future[Answer]] | None = None

    async def serve(self) -> None:
        """Serve until the line closes; closes it itself when reports cannot be stored."""
        now = asyncio.get_running_loop().time
        try:
            while True:
                # A station that floods us is read no faster than its frames can be stored.
                await self._frames.room()
                data = await self._socket.recv(decode=False)
                self._traffic.received += len(data)
                if self._allowance is not None and (wait_s := self._allowance.spend(len(data), now())) > 0:
                    await asyncio.sleep(wait_s)
                self._handling = True
                frame, text = read_frame(data)
                number = self._log.received(frame, text)
                answer = await self._answer(frame, text)
                if answer is not None:
                    self._log.answered(answer, frame, number)
                    await self._send(answer)
                self._handling = False
                if self._leaving is not None:
                    await self.close(*self._leaving)
                    return
        except ConnectionClosed:
            pass
        except Unavailable:
            # Unanswered, the station keeps its report and sends it again on the next line.
            await self._socket.close(1013, "please try again later")
        finally:
            if self._pending is not None and not self._pending[1].done():
                self._pending[1].cancel()

    async def _answer(self, frame: Frame, text: str) -> str | None:
        if isinstance(frame, Call):
            return await self._handle(frame)
        if isinstance(frame, Garbled):
            return await self._garbled(frame, text)
        self._resolve(frame)
        return None

    async def _garbled(self, frame: Garbled, text: str) -> str | None:
        if frame.kind in (3, 4):
            # An answer that cannot be read fails its call at once, and only that.
            if frame.id is not None:
                self._resolve(Failure(frame.id, "FormationViolation", frame.reason))
            return None
        if frame.kind not in (None, 2):
            # OCPP-J 1.6, 4.1.3: messages of an unknown type are ignored.
            return None
        answer = await self._handle_garbled(frame, text)
        return answer or error_text(frame.id or NO_ID, "FormationViolation", frame.reason)

    def _resolve(self, answer: Answer) -> None:
        if self._pending is not None and self._pending[0] == answer.id and not self._pending[1].done():
            self._pending[1].set_result(answer)

    async def call(self, action: str, payload: dict[str, Any]) -> Answer:
        """Send a request and return its answer; raise `LineBusy` or `NoAnswer`."""
        if self._waiting >= LONGEST_QUEUE:
            raise LineBusy()
        self._waiting += 1
        try:
            async with self._turn:
                if self._leaving is not None:
                    raise LineBusy()
                return await self._call(action, payload)
        finally:
            self._waiting -= 1

    async def _call(self, action: str, payload: dict[str, Any]) -> Answer:
        self._calls += 1
        id = f"{self._socket.id.hex[:24]}-{self._calls}"
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending = (id, future)
        text = call_text(id, action, payload)
        self._log.asked(id, action, text)
        try:
            async with asyncio.timeout(self._answer_within_s):
                # A station that reads nothing holds up the sending already.
                await self._send(text)
                answer = await asyncio.shield(future)
        except TimeoutError as error:
            self._note_silence()
            raise NoAnswer() from error
        except (ConnectionClosed, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not future.cancelled():
                raise
            raise NoAnswer() from error
        finally:
            self._pending = None
        self._unanswered = 0
        return answer

    def _send(self, text: str) -> Awaitable[None]:
        self._traffic.sent += len(text)
        return self._socket.send(text)

    def _note_silence(self) -> None:
        self._unanswered += 1
        if self._unanswered >= DEAF_AFTER and self._closing is None:
            self._closing = asyncio.create_task(self.close(1001, "no request was answered"))

    async def leave(self, code: int, reason: str) -> None:
        """Close once what is in flight, theirs and ours, is answered; begin nothing new."""
        async with self._turn:
            self._leaving = (code, reason)
            if not self._handling:
                await self.close(code, reason)

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code, reason)
