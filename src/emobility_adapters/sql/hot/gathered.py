"""Look-ups that are made together: two thousand stations that return at once are a few queries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 250


class Gathered(Generic[K, V]):
    """Keys that are asked for while a look-up is under way share the next one."""

    def __init__(self, load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._load = load
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Return the value or None; raises what the look-up raised."""
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        # Whoever gives up must not take the answer from the others.
        return await asyncio.shield(asked)

    async def _run(self) -> None:
        try:
            while self._asked:
                keys = list(self._asked)[:MOST]
                await self._answer({key: self._asked.pop(key) for key in keys})
        finally:
            self._task = None

    async def _answer(self, asked: Mapping[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._load(list(asked))
        except Exception as error:  # it is told to everyone who asked
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # seen, even if nobody waits any more
        else:
            for key, future in asked.items():
                future.set_result(found.get(key))
