"""Whose turn it is with a station: a lock for each, for as long as somebody holds it or waits for it."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from emobility_core.ids import StationId


class Turns:
    """Locks by station. One that nobody refers to is free, and a new one is as good."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[StationId, asyncio.Lock] = WeakValueDictionary()

    def of(self, station: StationId) -> asyncio.Lock:
        lock = self._locks.get(station)
        if lock is None:
            lock = self._locks[station] = asyncio.Lock()
        return lock

    def __len__(self) -> int:
        return len(self._locks)
