"""A point that all stations of a fleet reach before any goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Rendezvous:
    """`meet` waits for all others that have not left; `on_arrival` hears how many are there."""

    def __init__(self, members: int, on_arrival: Callable[[int, int, str], None] = lambda *_: None) -> None:
        self._members = members
        self._arrived = 0
        self._on_arrival = on_arrival
        self._open = asyncio.Event()

    async def meet(self, note: str) -> None:
        """Wait for the others; `note` tells what everybody has done by now."""
        self._arrived += 1
        self._on_arrival(self._arrived, self._members, note)
        opened = self._open
        self._release()
        await opened.wait()

    def leave(self) -> None:
        """Be waited for no more."""
        self._members -= 1
        self._release()

    def _release(self) -> None:
        if self._arrived >= self._members:
            # The next meeting waits on an event of its own.
            self._open.set()
            self._open, self._arrived = asyncio.Event(), 0
