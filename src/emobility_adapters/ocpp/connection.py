"""A WebSocket connection that ends where its station takes nothing any more."""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection

# The longest request of ours, a local list of ten thousand tags, has one and a half. What comes on top are
# answers to pings, which a station may have us make for ever without reading one.
MOST_UNREAD = 2 * 1024 * 1024


class StationConnection(ServerConnection):
    """Waits `unread_within_s` at most until its station reads what it was sent, and keeps `MOST_UNREAD`
    bytes of that at most: the library would wait for ever, also to close the line, and keep all."""

    unread_within_s: float
    _stuck: asyncio.TimerHandle | None = None

    @classmethod
    def within(cls, seconds: float) -> type[StationConnection]:
        """Connections that wait so long."""
        return type(cls.__name__, (cls,), {"unread_within_s": seconds})

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(self.unread_within_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        super().connection_lost(exc)

    def _forget_timer(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the line; one whose station reads nothing is cut off, for it would not read this either."""
        if self.paused:
            self.transport.abort()
        await super().close(code, reason)
