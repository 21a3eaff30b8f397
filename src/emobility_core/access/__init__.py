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
    held_by,
)
from emobility_core.access._grant import (
    NEEDED_TO_GRANT,
    EmptyGrant,
    Grant,
    GrantOver,
    GrantRight,
    RightForNobody,
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
from emobility_core.access._use_cases import (
    Author,
    RoleInUse,
    add_role,
    assign_role,
    change_grant,
    change_role,
    change_role_assignment,
    give_grant,
    remove_role,
    remove_role_assignment,
    revoke_grant,
)

__all__ = [
    "BUILT_IN_ROLES",
    "NEEDED_TO_GRANT",
    "AccessDirectory",
    "AccessWork",
    "Asked",
    "Author",
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
    "RightForNobody",
    "Role",
    "RoleAssignment",
    "RoleAssignments",
    "RoleInUse",
    "Roles",
    "Standing",
    "Step",
    "StepKind",
    "UnknownGrant",
    "UnknownRole",
    "UnknownRoleAssignment",
    "add_role",
    "assign_role",
    "change_grant",
    "change_role",
    "change_role_assignment",
    "decide",
    "give_grant",
    "held_by",
    "is_client",
    "permissions_by_role",
    "permissions_of",
    "remove_role",
    "remove_role_assignment",
    "require_held",
    "revoke_grant",
]
