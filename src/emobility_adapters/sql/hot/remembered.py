"""A read-through memory that may be told to forget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 200_000


class Remembered(Generic[K, V]):
    """Values by key, loaded once. Absence is never remembered: what is added counts at once."""

    def __init__(self, load: Callable[[K], Awaitable[V | None]], most: int = MOST) -> None:
        self._load = load
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._forgotten = 0

    async def get(self, key: K) -> V | None:
        known = self._values.get(key)
        if known is not None:
            return known
        before = self._forgotten
        value = await self._load(key)
        # What was forgotten while it was being read may be stale already.
        if value is not None and before == self._forgotten:
            self._values[key] = value
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def forget(self) -> None:
        self._forgotten += 1
        self._values.clear()
