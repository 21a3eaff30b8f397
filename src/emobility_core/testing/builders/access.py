"""Roles, and who has them."""

from __future__ import annotations

from typing import Any

from emobility_core.access import Role, RoleAssignment
from emobility_core.ids import RoleAssignmentId, RoleId, shown
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON


def make_role(**changes: Any) -> Role:
    fields = {"id": RoleId(ids.uuid7(NOON)), "name": "Night shift", "permissions": ("stations:read",)}
    return Role(**stored({**fields, **changes}))


def make_role_assignment(**changes: Any) -> RoleAssignment:
    fields = {
        "id": RoleAssignmentId(ids.uuid7(NOON)),
        "actor": f"user:{shown('usr', ids.uuid7(NOON))}",
        "role": "viewer",
    }
    return RoleAssignment(**stored({**fields, **changes}))
