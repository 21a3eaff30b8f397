"""What tenancy needs from outside: tenants, each with the line above it."""

from __future__ import annotations

from typing import Protocol

from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy._tenant import Tenant
from emobility_core.work import Outbox, Records


class Tenants(Records[Tenant], Protocol):
    """Tenants within the scope; what is handed down to one is read from above it, too."""

    async def line(self, id: TenantId) -> list[Tenant]:
        """Return the tenants from the root down to one of the scope; raise `UnknownTenant`."""
        ...

    async def below(self, id: TenantId) -> list[Tenant]:
        """Return a tenant of the scope and all below it, each after the one above it."""
        ...

    async def hold(self) -> None:
        """Until the unit ends nobody else changes the shape of the tree, and whoever asks so waits.

        Each unit that adds or moves a tenant asks before it looks where that tenant is to stand.
        """
        ...

    async def move(self, tenant: TenantId, to: TenantId, *, at: Instant) -> None:
        """Let a tenant of the scope, with all below it, stand below another one of the scope.

        Each of them has its next version. Raises `UnknownTenant`. That `to` does not stand below `tenant` is
        for the caller to see to.
        """
        ...


class TenancyWork(Protocol):
    @property
    def tenants(self) -> Tenants: ...
    @property
    def outbox(self) -> Outbox: ...
