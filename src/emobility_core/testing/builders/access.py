"""Roles, who has them, and what other companies are let do."""

from __future__ import annotations

from typing import Any

from emobility_core.access import Grant, GrantRight, Role, RoleAssignment
from emobility_core.ids import GrantId, RoleAssignmentId, RoleId, StationId, TenantId, shown
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


def make_grant(**changes: Any) -> Grant:
    fields = {
        "id": GrantId(ids.uuid7(NOON)),
        "grantee": TenantId(ids.uuid7(NOON)),
        "rights": frozenset({GrantRight.SEE}),
    }
    if not any(place in changes for place in ("sites", "stations", "station_groups")):
        fields["stations"] = (StationId(ids.uuid7(NOON)),)
    return Grant(**stored({**fields, **changes}))
