"""The station's end of the WebSocket: one call at a time, the central system's calls answered."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from emobility_adapters.ocpp.simulation import frames
from emobility_adapters.ocpp.simulation.failures import CallFailed, LineLost, NoAnswer
from emobility_adapters.ocpp.simulation.frames import Answer, ErrorAnswer, Payload, Request
from emobility_adapters.ocpp.simulation.quirks import Quirks
from emobility_adapters.ocpp.simulation.traffic import Traffic

Respond: TypeAlias = Callable[[Request], tuple[bytes | None, Callable[[], None] | None]]


class StationLine:
    """An open connection of one station.

    `respond` answers the central system's calls: the frame to send back, if any, and what to do
    after it was sent; `on_heard` gets every frame as it comes in. `message_id` names our calls.
    OCPP-J 1.6, 4.1.1: one outstanding call at a time.
    """

    def __init__(
        self,
        socket: ClientConnection,
        *,
        identity: str,
        message_id: Callable[[], str],
        respond: Respond,
        traffic: Traffic,
        answer_within_s: float,
        quirks: Quirks,
        on_heard: Callable[[bytes], None],
    ) -> None:
        self._socket = socket
        self._identity = identity
        self._message_id = message_id
        self._respond = respond
        self._traffic = traffic
        self._answer_within_s = answer_within_s
        self._quirks = quirks
        self._on_heard = on_heard
        self._turn = asyncio.Lock()
        self._pending: tuple[str, asyncio.Future[Answer | ErrorAnswer | None]] | None = None
        self._closed = False
        self._lose_answer_to: str | None = None
        self._reader = asyncio.create_task(self._read())

    @property
    def closed(self) -> bool:
        return self._closed

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send a call and return the answer's payload.

        Raises `LineLost`, `NoAnswer`, or `CallFailed` for a CALLERROR. A quirk may send more beside
        it, or keep it back, which passes for an empty answer.
        """
        if not self._quirks:
            return await self._call(action, payload)
        for beside in self._quirks.before(action, payload):
            await self._call_beside(*beside)
        changed = self._quirks.change(action, payload)
        answer = {} if changed is None else await self._call(action, changed)
        for beside in self._quirks.after(action, payload if changed is None else changed):
            await self._call_beside(*beside)
        while self._quirks.memory.held:
            await self._send(self._quirks.memory.held.pop(0))
        return answer

    async def _call_beside(self, action: str, payload: Payload) -> None:
        # Nobody waits for what comes of it.
        with contextlib.suppress(CallFailed):
            await self._call(action, payload)

    async def _send(self, frame: bytes) -> None:
        try:
            await self._socket.send(frame, text=True)
        except ConnectionClosed as lost:
            raise LineLost(self._identity) from lost

    async def say(self, text: str) -> None:
        """Send a frame as it stands, whatever it is; raises `LineLost`."""
        await self._send(text.encode())

    async def _call(self, action: str, payload: Payload) -> Payload:
        async with self._turn:
            answer = await self._exchange(action, payload)
        if isinstance(answer, ErrorAnswer):
            self._traffic.failed[action] += 1
            raise CallFailed(self._identity, action, answer.code, answer.description)
        self._traffic.acknowledged[action] += 1
        return answer.payload

    async def _exchange(self, action: str, payload: Payload) -> Answer | ErrorAnswer:
        if self._closed:
            raise LineLost(self._identity)
        id = self._quirks.message_id(action, self._message_id())
        future: asyncio.Future[Answer | ErrorAnswer | None] = asyncio.get_running_loop().create_future()
        self._pending = (id, future)
        begun = time.perf_counter()
        try:
            for frame in self._quirks.frames(action, frames.call(id, action, payload)):
                await self._socket.send(frame, text=True)
            self._traffic.sent[action] += 1
            if action == self._lose_answer_to:
                await self._lose_line()
            async with asyncio.timeout(self._answer_within_s):
                answer = await future
        except ConnectionClosed as lost:
            raise LineLost(self._identity) from lost
        except TimeoutError as late:
            raise NoAnswer(self._identity, action, self._answer_within_s) from late
        finally:
            self._pending = None
        if answer is None:
            raise LineLost(self._identity)
        self._traffic.latencies_s.append(time.perf_counter() - begun)
        return answer

    def lose_answer_to(self, action: str) -> None:
        """Close the line right after the next call of `action`, before its answer is heard."""
        self._lose_answer_to = action

    async def _lose_line(self) -> None:
        # A clean close lets the central system read the call first; only the answer is lost.
        await self._socket.close()
        raise LineLost(self._identity)

    async def _read(self) -> None:
        try:
            while True:
                data = await self._socket.recv(decode=False)
                self._on_heard(data)
                frame = frames.read_frame(data)
                if isinstance(frame, Request):
                    await self._answer(frame)
                elif frame is not None:
                    self._resolve(frame)
        except ConnectionClosed:
            pass
        finally:
            self._closed = True
            if self._pending is not None and not self._pending[1].done():
                self._pending[1].set_result(None)

    async def _answer(self, request: Request) -> None:
        self._traffic.requests[request.action] += 1
        frame, then = self._respond(request)
        if frame is not None:
            await self._socket.send(frame, text=True)
        if then is not None:
            then()

    def _resolve(self, answer: Answer | ErrorAnswer) -> None:
        # Late and foreign answers fall away.
        if self._pending is not None and self._pending[0] == answer.id and not self._pending[1].done():
            self._pending[1].set_result(answer)

    async def wait_closed(self) -> None:
        """Return when the line is closed, by whichever side."""
        await asyncio.wait([self._reader])
        if not self._reader.cancelled():
            self._reader.result()

    async def close(self) -> None:
        """Close the line politely."""
        await self._socket.close()
        await self.wait_closed()

    async def abandon(self) -> None:
        """Neither read nor write any more, but keep the connection: only `close` ends it."""
        self._socket.transport.pause_reading()
        self._reader.cancel()
        await asyncio.wait([self._reader])

    async def cut(self) -> None:
        """Drop the connection without a word, as a dead mobile link does."""
        self._socket.transport.abort()
        await self.wait_closed()
