"""One picture for many viewers: drawn once a tick, and only the newest is ever sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from emobility_core.errors import Unavailable

_log = logging.getLogger("emobility.pages")

HEARTBEAT = b": still here\n\n"
_UNAVAILABLE = b"event: unavailable\ndata: 1\n\n"


def message(html: str) -> bytes:
    """A server-sent event of a whole fragment."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
    return f"{lines}\n".encode()


class Broadcast:
    """Draws while somebody watches, every `every_s` seconds; who is slow skips to the newest picture."""

    def __init__(
        self, draw: Callable[[], Awaitable[str]], *, every_s: float = 1.0, heartbeat_s: float = 15.0
    ) -> None:
        self._draw = draw
        self._every_s = every_s
        self._heartbeat_s = heartbeat_s
        self._viewers: set[asyncio.Queue[bytes | None]] = set()
        self._newest: bytes | None = None
        self._drawing: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    async def watch(self) -> AsyncIterator[bytes]:
        """The present picture first, then each new one, with a heartbeat in between."""
        if self._closed:
            return
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        if self._drawing is not None and self._newest is not None:
            queue.put_nowait(self._newest)
        self._viewers.add(queue)
        if self._drawing is None:
            self._drawing = asyncio.create_task(self._run())
        try:
            async for picture in self._pictures(queue):
                yield picture
        finally:
            self._viewers.discard(queue)

    async def _pictures(self, queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
        while True:
            try:
                picture = await asyncio.wait_for(queue.get(), self._heartbeat_s)
            except TimeoutError:
                picture = HEARTBEAT
            if picture is None:
                return
            yield picture

    def close(self) -> None:
        """Let all viewers go; nobody is let in afterwards."""
        self._closed = True
        self._send(None)

    async def _run(self) -> None:
        try:
            while self._viewers and not self._closed:
                await self._tick()
                await asyncio.sleep(self._every_s)
        finally:
            # Whoever still watches is sent away and comes back: the browser opens the stream again.
            self._drawing = self._newest = None
            self._send(None)

    async def _tick(self) -> None:
        try:
            picture = message(await self._draw())
        except Unavailable as error:
            _log.warning("the live page cannot be drawn: %s", error)
            picture = _UNAVAILABLE
        if picture != self._newest:
            self._newest = picture
            self._send(picture)

    def _send(self, picture: bytes | None) -> None:
        for queue in self._viewers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(picture)
