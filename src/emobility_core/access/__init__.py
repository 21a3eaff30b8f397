"""Who may do what, where: roles, their assignments, grants to other companies, and the decision."""

from emobility_core.access._actor import (
    MalformedActor,
    is_client,
)
from emobility_core.access._assignment import (
    RoleAssignment,
    UnknownRoleAssignment,
)
from emobility_core.access._built_in import (
    BUILT_IN_ROLES,
    BuiltInRole,
)
from emobility_core.access._decision import (
    Asked,
    BeyondLimits,
    Decision,
    GrantRefused,
    MissingPermission,
    Standing,
    Step,
    StepKind,
    decide,
)
from emobility_core.access._grant import (
    NEEDED_TO_GRANT,
    EmptyGrant,
    Grant,
    GrantOver,
    GrantRight,
    UnknownGrant,
)
from emobility_core.access._permissions import (
    NotHeld,
    Permissions,
    permissions_of,
    require_held,
)
from emobility_core.access._ports import (
    AccessDirectory,
    AccessWork,
    Grants,
    RoleAssignments,
    Roles,
)
from emobility_core.access._role import (
    Role,
    UnknownRole,
    permissions_by_role,
)

__all__ = [
    "BUILT_IN_ROLES",
    "NEEDED_TO_GRANT",
    "AccessDirectory",
    "AccessWork",
    "Asked",
    "BeyondLimits",
    "BuiltInRole",
    "Decision",
    "EmptyGrant",
    "Grant",
    "GrantOver",
    "GrantRefused",
    "GrantRight",
    "Grants",
    "MalformedActor",
    "MissingPermission",
    "NotHeld",
    "Permissions",
    "Role",
    "RoleAssignment",
    "RoleAssignments",
    "Roles",
    "Standing",
    "Step",
    "StepKind",
    "UnknownGrant",
    "UnknownRole",
    "UnknownRoleAssignment",
    "decide",
    "is_client",
    "permissions_by_role",
    "permissions_of",
    "require_held",
]
