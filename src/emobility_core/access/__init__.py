"""Who may do what, where: roles, their assignments, grants to other companies, and the decision."""

from emobility_core.access._actor import MalformedActor
from emobility_core.access._assignment import (
    RoleAssignment,
    UnknownRoleAssignment,
)
from emobility_core.access._built_in import BUILT_IN_ROLES, BuiltInRole
from emobility_core.access._permissions import (
    NotHeld,
    Permissions,
    permissions_of,
    require_held,
)
from emobility_core.access._role import Role, UnknownRole, permissions_by_role

__all__ = [
    "BUILT_IN_ROLES",
    "BuiltInRole",
    "MalformedActor",
    "NotHeld",
    "Permissions",
    "Role",
    "RoleAssignment",
    "UnknownRole",
    "UnknownRoleAssignment",
    "permissions_by_role",
    "permissions_of",
    "require_held",
]
