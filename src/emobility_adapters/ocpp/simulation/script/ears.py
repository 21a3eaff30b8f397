"""What a station has been told by the central system, kept until a step takes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import attrs
import orjson


@attrs.define(eq=False)
class Ears:
    """`heard` has the frames that no step has taken yet, oldest first."""

    heard: list[list[Any]] = attrs.field(factory=list)
    _news: asyncio.Event = attrs.field(factory=asyncio.Event)

    def hear(self, data: bytes) -> None:
        """Take in a frame as it came; what is none falls away."""
        with contextlib.suppress(orjson.JSONDecodeError):
            frame = orjson.loads(data)
            if isinstance(frame, list) and len(frame) > 2:
                self.heard.append(frame)
                self._news.set()

    async def take(self, wanted: Callable[[list[Any]], bool], *, within_s: float) -> list[Any] | None:
        """The oldest frame that is `wanted`, waited for; None if it does not come in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while True:
                    found = next((one for one in self.heard if wanted(one)), None)
                    if found is not None:
                        self.heard.remove(found)
                        return found
                    self._news.clear()
                    await self._news.wait()
        return None
