"""Which parts of the tree of tenants live by which clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs

from emobility_core.clocks import TenantClocks
from emobility_core.ids import TenantId
from emobility_core.instants import Clock
from emobility_core.work import Page, Scope

Opening = Callable[[Scope], AbstractAsyncContextManager[Any]]
_MANY = 10_000


@attrs.frozen
class Times:
    """The clocks that count, with the places of their tenants."""

    clocks: TenantClocks
    path_of: Callable[[TenantId], Awaitable[str]]

    async def apart(self, path: str) -> tuple[str, ...]:
        """The places below one that live by a test clock, as that place does not."""
        places = [await self.path_of(keeper) for keeper in self.clocks.keepers()]
        return tuple(one for one in places if one != path and one.startswith(path))

    async def scope_of(self, keeper: TenantId) -> Scope:
        """All that lives by the test clock of a tenant."""
        return Scope.system(keeper, await self.path_of(keeper), "test-clock")

    def is_test_time(self, path: str) -> bool:
        """Whether the tenant at a place lives by a test clock."""
        return self.clocks.keeper(path) is not None

    def clock_at(self, path: str) -> Clock:
        return self.clocks.of(path)


@attrs.frozen
class InRealTime:
    """Implements the core's `Transactions` for work that real time makes due: whoever lives by a test clock
    does not exist in its units."""

    transactions: Opening
    times: Times

    def __call__(self, scope: Scope) -> AbstractAsyncContextManager[Any]:
        return self._unit(scope)

    @asynccontextmanager
    async def _unit(self, scope: Scope) -> AsyncIterator[Any]:
        apart = await self.times.apart(scope.path)
        async with self.transactions(attrs.evolve(scope, apart=apart)) as work:
            yield work


async def load_clocks(clocks: TenantClocks, reading: Opening, everything: Scope) -> None:
    """Take over the test clocks of the database as they stand."""
    async with reading(everything) as work:
        clocks.load(await work.test_clocks.page(Page(limit=_MANY, descendants=True)))
