"""A receiver of webhooks on a real socket: it answers as told, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import attrs

WAIT_S = 20.0


@attrs.frozen
class Message:
    """What was sent; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


def ok(_: Message) -> bytes:
    return answer(204)


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


@attrs.define
class Receiver:
    """`answers` says what a message is answered with, None that it never is; `calls` counts connections."""

    url: str = ""
    answers: Callable[[Message], bytes | None] = ok
    messages: list[Message] = attrs.field(factory=list)
    calls: int = 0
    names: list[str | None] = attrs.field(factory=list)
    _open: set[asyncio.Task[None]] = attrs.field(factory=set)
    _came: asyncio.Condition = attrs.field(factory=asyncio.Condition)

    async def heard(self, count: int = 1) -> list[Message]:
        """Wait until so many messages came."""
        async with asyncio.timeout(WAIT_S), self._came:
            await self._came.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()
            self._open.discard(task)

    async def close(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            message = await _read(reader)
            async with self._came:
                self.messages.append(message)
                self._came.notify_all()
            told = self.answers(message)
            if told is None:
                await reader.read()  # until the sender gives up
            else:
                writer.write(told)
                await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Message:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Message(head[0].split(" ")[1], headers, body)


@asynccontextmanager
async def receiving(
    answers: Callable[[Message], bytes | None] = ok, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver(answers=answers)
    if tls is not None:
        tls.sni_callback = lambda _, name, __: receiver.names.append(name)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()
