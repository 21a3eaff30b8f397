"""What access needs from outside."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from emobility_core.access._assignment import RoleAssignment
from emobility_core.access._decision import Standing
from emobility_core.access._grant import Grant
from emobility_core.access._role import Role
from emobility_core.ids import GrantId, RoleAssignmentId, RoleId, SiteId, StationId
from emobility_core.work import Outbox, Page, Records


class Roles(Records[Role], Protocol):
    """Roles of tenants' own."""

    async def along(self, path: str) -> list[Role]:
        """Those that may be assigned at the tenant of this path, which the scope must see: its own and
        those of the tenants above it, from the root on."""
        ...

    async def remove(self, id: RoleId) -> None:
        """Drop a role if it is there and the scope sees it."""
        ...


class RoleAssignments(Records[RoleAssignment], Protocol):
    """Who has which role."""

    async def remove(self, id: RoleAssignmentId) -> None:
        """Drop an assignment if it is there and the scope sees it."""
        ...


class Grants(Records[Grant], Protocol):
    """Grants: those that the scope's tenants gave, which alone it may change, and those they received."""

    async def received(self, page: Page) -> list[Grant]:
        """List the grants whose grantee is a tenant of the scope."""
        ...

    async def count_received(self, page: Page) -> int:
        """Return how many of those the page lists, without reading them."""
        ...

    async def get_received(self, id: GrantId) -> Grant:
        """Return a grant whose grantee is a tenant of the scope; raise `UnknownGrant`."""
        ...


class AccessDirectory(Protocol):
    """What requests are decided by, in memory; changes count at once in the process that made them."""

    async def standing(self, actor: str, vouched: tuple[str, ...] = ()) -> Standing:
        """What is known of an actor, for whom a trusted issuer may vouch; nobody unknown has any role."""
        ...

    async def grant(self, id: GrantId) -> Grant | None: ...

    async def granted(self, grant: Grant) -> frozenset[StationId]:
        """The stations of the granting tenant and below it that a grant covers now."""
        ...

    async def at_sites(self, sites: Collection[SiteId], path: str) -> frozenset[StationId]:
        """The stations at these sites, of the tenant of this path and those below it."""
        ...


class AccessWork(Protocol):
    @property
    def roles(self) -> Roles: ...
    @property
    def role_assignments(self) -> RoleAssignments: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def outbox(self) -> Outbox: ...
