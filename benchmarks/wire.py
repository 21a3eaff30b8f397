"""A lean OCPP-J client: one asyncio protocol per station that runs a script of calls.

A script is a generator: it yields a `Call` and is resumed with the answer's payload, or yields `PARK`
and sleeps until somebody resumes the station.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Generator
from typing import Final, TypeAlias, cast

from benchmarks.frames import CLOSE, Call, text_frame

PARK: Final = None
Script: TypeAlias = Generator[Call | None, bytes, None]

_HANDSHAKE = (
    "GET /ocpp/{identity} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: Basic {credentials}\r\n\r\n"
)


class RunBroken(Exception):
    """A station was refused, dropped or answered wrongly: the run proves nothing."""


def handshake(host: str, identity: str, key: str) -> bytes:
    """The opening request, with HTTP Basic."""
    credentials = base64.b64encode(f"{identity}:{key}".encode()).decode()
    return _HANDSHAKE.format(host=host, identity=identity, credentials=credentials).encode()


class Line(asyncio.Protocol):
    """A station's connection. `finished` is done when the script ends; it fails if anything is amiss."""

    def __init__(
        self,
        opening: bytes,
        script: Script,
        *,
        parked: Callable[[], None],
        answered: Callable[[], None],
        replied: Callable[[], None],
    ) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_parked = False
        self._opening = opening
        self._script = script
        self._parked = parked
        self._answered = answered
        self._replied = replied
        self._open = self._begun = False
        self._rest = b""
        self._expected = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data, self._rest = self._rest + data, b""
        if not self._open:
            data = self._upgraded(data)
        while data:
            size, start = _extent(data)
            if size > len(data):
                self._rest = data
                return
            # Nearly always one read is one text frame.
            payload = data[start:] if size == len(data) else data[start:size]
            self._take(data[0], payload)
            data = b"" if size == len(data) else data[size:]

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("the connection was closed" if exc is None else f"the connection was lost: {exc}")

    def resume(self, answer: bytes = b"") -> None:
        """Run the script up to its next call or its next rest."""
        self.is_parked = False
        try:
            call = self._script.send(answer) if self._begun else next(self._script)
            self._begun = True
        except StopIteration:
            self._close()
        except RunBroken as broken:
            self._fail(str(broken))
        else:
            if call is None:
                self.is_parked = True
                self._parked()
            else:
                self._expected = call.answer
                self._transport.write(call.frame)

    def _upgraded(self, data: bytes) -> bytes:
        head, mark, rest = data.partition(b"\r\n\r\n")
        if not mark:
            self._rest = data
            return b""
        if not head.startswith(b"HTTP/1.1 101"):
            self._fail(f"refused: {head.splitlines()[0].decode(errors='replace')}")
            return b""
        self._open = True
        self.resume()
        return rest

    def _take(self, first: int, payload: bytes) -> None:
        if first == 0x81:
            if self._expected and payload.startswith(self._expected):
                self._answer(payload)
            else:
                self._take_unexpected(payload)
        elif first == 0x89:
            self._transport.write(text_frame(payload, opcode=0xA))
        elif first == 0x88:
            self._fail("the server closed the connection")
        elif first != 0x8A:
            self._fail(f"an unexpected frame, first byte {first:#x}")

    def _answer(self, payload: bytes) -> None:
        self._expected = b""
        self._answered()
        self.resume(payload)

    def _take_unexpected(self, payload: bytes) -> None:
        message = json.loads(payload)
        if message[0] == 2:  # The server may ask something; a plain station knows nothing of it.
            error = [4, message[1], "NotImplemented", "", {}]
            self._transport.write(text_frame(json.dumps(error).encode()))
            self._replied()
        elif self._expected and message[0] == 3 and self._expected.endswith(f'"{message[1]}'.encode()):
            self._answer(payload)
        else:
            self._fail(f"an unexpected answer: {payload[:200]!r}")

    def _close(self) -> None:
        if not self.finished.done():
            self.finished.set_result(None)
        self._transport.write(CLOSE)
        self._transport.close()

    def _fail(self, reason: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(RunBroken(reason))
            self._transport.close()


def _extent(data: bytes) -> tuple[int, int]:
    """Where the first (unmasked) frame ends and where its payload begins; the end is too far if unknown."""
    if len(data) < 2:
        return 2, 2
    size = data[1]
    if size < 126:
        return 2 + size, 2
    if size == 126:
        return (4 + int.from_bytes(data[2:4], "big") if len(data) >= 4 else 4), 4
    return (10 + int.from_bytes(data[2:10], "big") if len(data) >= 10 else 10), 10
