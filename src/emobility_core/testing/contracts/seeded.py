"""What a contract works on: units of work over four tenants, and whatever else the adapter offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs

from emobility_core.access import AccessDirectory
from emobility_core.charging import GrantedTokens, RunningSessions, TariffDirectory, TokenDirectory
from emobility_core.local_authorization import ListedTokens
from emobility_core.network import Exchanges, FrameLog, StationDirectory
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_tenant
from emobility_core.work import Feed, Scope, Transactions


async def _at_once() -> None:
    """Nothing to wait for."""


@attrs.frozen(kw_only=True)
class Seeded:
    """Tenants `root` > `a` > `b`, and `c` beside `a`.

    `transactions` is under test. `readers` serves where a unit only writes: what it wrote is read back
    there. `settle` returns once directories know of what was committed. Parts that an adapter does not
    have stay None, and so do the contracts about them.
    """

    transactions: Transactions[Any]
    root: Tenant
    a: Tenant
    b: Tenant
    c: Tenant
    readers: Transactions[Any]
    feed: Feed | None = None
    tokens: TokenDirectory | None = None
    tariffs: TariffDirectory | None = None
    listed: ListedTokens | None = None
    running: RunningSessions | None = None
    stations: StationDirectory | None = None
    access: AccessDirectory | None = None
    granted: GrantedTokens | None = None
    settle: Callable[[], Awaitable[None]] = _at_once

    def scope(self, tenant: Tenant) -> Scope:
        return scope_of(tenant, "contract")

    def unit(self, tenant: Tenant | None = None) -> Any:
        """Open a unit of work for a tenant, `a` unless said otherwise."""
        return self.transactions(self.scope(tenant or self.a))

    def reader(self, tenant: Tenant | None = None) -> Any:
        return self.readers(self.scope(tenant or self.a))


@attrs.frozen(kw_only=True)
class Logged:
    """The same tenants, and the log of frames: `frames` writes it, `exchanges` opens it for a scope.

    `settle` returns once what was appended can be read.
    """

    store: Seeded
    frames: FrameLog
    exchanges: Callable[[Scope], AbstractAsyncContextManager[Exchanges]]
    settle: Callable[[], Awaitable[None]] = _at_once

    @property
    def root(self) -> Tenant:
        return self.store.root

    @property
    def a(self) -> Tenant:
        return self.store.a

    @property
    def b(self) -> Tenant:
        return self.store.b

    @property
    def c(self) -> Tenant:
        return self.store.c

    def scope(self, tenant: Tenant) -> Scope:
        return self.store.scope(tenant)


async def seeded(
    transactions: Transactions[Any], *, seeding: Transactions[Any] | None = None, **parts: Any
) -> Seeded:
    """Store the tenants (through `seeding`, if `transactions` cannot) and return all of it."""
    root = make_tenant(name="root")
    a = make_tenant(root, name="a")
    b, c = make_tenant(a, name="b"), make_tenant(root, name="c")
    store = seeding or transactions
    async with store(scope_of(root, "contract")) as work:
        for tenant in (root, a, b, c):
            await work.tenants.add(tenant)
    given = {"readers": store, **parts}
    return Seeded(transactions=transactions, root=root, a=a, b=b, c=c, **given)
