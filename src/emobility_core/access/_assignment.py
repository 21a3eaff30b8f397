"""A role assignment: who has which role at which tenant, and so at all below it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import attrs

from emobility_core.access._actor import an_actor
from emobility_core.errors import NotFound
from emobility_core.ids import RoleAssignmentId, SiteId
from emobility_core.work import Record


@attrs.frozen
class UnknownRoleAssignment(NotFound):
    """There is no such role assignment within the caller's scope.

    Remedy: list the role assignments and use one of their ids.
    """

    code = "unknown-role-assignment"
    role_assignment: UUID


@attrs.frozen(kw_only=True)
class RoleAssignment(Record):
    """`actor` has `role` (the key of a built-in one, or the id of a tenant's own) at the record's tenant
    and all below it; where `sites` are named, for what stands there alone."""

    id: RoleAssignmentId
    actor: str = attrs.field(validator=an_actor)
    role: str
    # None rather than an empty list for "everywhere": taking the last site away must not widen it.
    sites: tuple[SiteId, ...] | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.min_len(1))
    )

    def reaches(self, path: str) -> bool:
        """Whether it counts at the tenant of this path: assigned there or above."""
        return f"/{self.tenant.hex}/" in path

    def permits(self, permission: str, path: str, roles: Mapping[str, frozenset[str]]) -> bool:
        """Whether it permits this there, be it for some sites alone; `roles` tells what each role does.

        A role that is not known any more permits nothing.
        """
        return permission in roles.get(self.role, frozenset()) and self.reaches(path)
