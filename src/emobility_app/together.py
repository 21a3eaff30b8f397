"""What is asked for one by one is served together: the answers of a hundred stations are a few units."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

import attrs

from emobility_core.errors import Unavailable
from emobility_core.work import Scope

T = TypeVar("T")
R = TypeVar("R")

# More would hold up other writers, and the loop, for too long.
MOST = 100


@attrs.frozen(eq=False)
class _Asked(Generic[T, R]):
    """What somebody waits for."""

    item: T
    scope: Scope
    served: asyncio.Future[R]


class ServedTogether(Generic[T, R]):
    """Implements the core's `Together`: who asks while others are served is served with all who do so.

    Where many of a scope cannot be served, each is served alone, so that only the one at fault fails.
    """

    def __init__(self, serve: Callable[[Sequence[T], Scope], Awaitable[Sequence[R]]]) -> None:
        self._serve = serve
        self._turn = asyncio.Lock()
        self._waiting: dict[_Asked[T, R], None] = {}

    async def __call__(self, item: T, scope: Scope) -> R:
        asked = _Asked[T, R](item, scope, asyncio.get_running_loop().create_future())
        self._waiting[asked] = None
        try:
            async with self._turn:
                if not asked.served.done():
                    # Who asks at this very moment comes along.
                    await asyncio.sleep(0)
                    others = (one for one in self._waiting if one.scope == scope and one is not asked)
                    await self._serve_all([asked, *islice(others, MOST - 1)])
        finally:
            self._waiting.pop(asked, None)
        return asked.served.result()

    async def _serve_all(self, asked: Sequence[_Asked[T, R]]) -> None:
        try:
            outcomes = await self._serve([one.item for one in asked], asked[0].scope)
        except Exception as error:  # it is told to everyone who asked
            if len(asked) > 1 and not isinstance(error, Unavailable):
                for one in asked:
                    await self._serve_all([one])
                return
            for one in asked:
                one.served.set_exception(error)
                one.served.exception()  # seen, even if nobody waits any more
        else:
            for one, outcome in zip(asked, outcomes, strict=True):
                one.served.set_result(outcome)
        for one in asked:
            self._waiting.pop(one, None)
