"""A station at the other end of a real socket; whatever it is sent must meet the schemas of OCPP 1.6."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.v16.schemas import FROM_STATION, request_schema, response_schema

from .strict import ERROR_CODES

# Long before it the test itself is given up: whoever waits for what comes is held up by no load.
PATIENCE_S = 100.0
# What a server asks a station at times of its own, however long the test has been waiting by then.
HOUSEKEEPING = frozenset({"GetConfiguration"})


class WireStation:
    """Sends what it likes; `hear` checks what comes back. Requests in `refuses` are refused unheard: the
    server makes some at times of its own, and the test is not about them."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.refuses: frozenset[str] = frozenset()
        self._numbers = itertools.count(1)
        self._asked: dict[str, str] = {}

    async def call(self, action: str, payload: Any, *, id: str | None = None) -> dict[str, Any]:
        """Ask, and return the payload of the result."""
        answer = await self.ask(action, payload, id=id)
        assert answer[0] == 3, answer
        result: dict[str, Any] = answer[2]
        return result

    async def ask(self, action: str, payload: Any, *, id: str | None = None) -> list[Any]:
        """Ask, and return the whole answer: a result or an error, of this very question."""
        id = id or f"q{next(self._numbers)}"
        await self.say([2, id, action, payload])
        answer = await self.hear()
        assert answer[0] in (3, 4), answer
        assert answer[1] == id, answer
        return answer

    async def say(self, frame: list[Any] | str | bytes) -> None:
        if isinstance(frame, list):
            if frame[0] == 2 and frame[2] in FROM_STATION:
                self._asked[str(frame[1])] = frame[2]
            frame = json.dumps(frame)
        await self.socket.send(frame)

    async def hear(self) -> list[Any]:
        async with asyncio.timeout(PATIENCE_S):
            frame: list[Any] = json.loads(await self.socket.recv())
        match frame:
            case [2, str(id), action, payload]:
                assert len(id) <= 36
                assert request_schema(action).is_valid(payload), frame
                if action in self.refuses:
                    await self.say([4, id, "NotSupported", "", {}])
                    return await self.hear()
            case [3, str(id), payload]:
                assert id not in self._asked or response_schema(self._asked[id]).is_valid(payload), frame
            case [4, str(), code, str(words), {}]:
                assert code in ERROR_CODES
                assert len(words) <= 255
            case _:
                raise AssertionError(frame)
        return frame

    async def beats(self) -> None:
        """Prove that the line is alive and that nothing else waits to be heard."""
        assert "currentTime" in await self.call("Heartbeat", {})

    async def closed_with(self) -> int:
        """Wait for the other side to close and return its code."""
        async with asyncio.timeout(PATIENCE_S):
            await self.socket.wait_closed()
        code = self.socket.close_code
        assert code is not None
        return code


@asynccontextmanager
async def connected(
    port: int,
    path: str,
    *,
    key: bytes | None = None,
    user: str | None = None,
    tls: ssl.SSLContext | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[WireStation]:
    proof = [] if key is None else [("Authorization", basic(user or path.rpartition("/")[2], key))]
    async with connect(
        f"{'ws' if tls is None else 'wss'}://127.0.0.1:{port}{path}",
        ssl=tls,
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers=[*proof, *headers],
        compression=None,
        proxy=None,
        max_size=None,
        user_agent_header=None,
    ) as socket:
        yield WireStation(socket)


def basic(user: str, key: bytes) -> str:
    return "Basic " + base64.b64encode(user.encode() + b":" + key).decode()


def opening(path: str, *headers: str, without: str = "", protocol: str | None = "ocpp1.6") -> bytes:
    """The bytes of an opening handshake; `without` names a header that the station forgets."""
    lines = [
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([] if protocol is None else [f"Sec-WebSocket-Protocol: {protocol}"]),
        *headers,
    ]
    kept = [line for line in lines if not without or not line.startswith(f"{without}:")]
    return "\r\n".join([f"GET {path} HTTP/1.1", *kept, "", ""]).encode()


async def shake(port: int, request: bytes) -> tuple[int, dict[str, str]]:
    """Send an opening handshake as raw bytes; return the status and the headers of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(PATIENCE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
    finally:
        writer.close()
        await writer.wait_closed()
    status, *fields = head.strip().split("\r\n")
    headers = (field.partition(":") for field in fields)
    return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in headers}
