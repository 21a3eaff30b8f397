"""What tenancy needs from outside: tenants, each with the line above it."""

from __future__ import annotations

from typing import Protocol

from emobility_core.ids import TenantId
from emobility_core.tenancy._tenant import Tenant
from emobility_core.work import Outbox, Records


class Tenants(Records[Tenant], Protocol):
    """Tenants within the scope; what is handed down to one is read from above it, too."""

    async def line(self, id: TenantId) -> list[Tenant]:
        """Return the tenants from the root down to one of the scope; raise `UnknownTenant`."""
        ...


class TenancyWork(Protocol):
    @property
    def tenants(self) -> Tenants: ...
    @property
    def outbox(self) -> Outbox: ...
