"""Tenants: the tree of operators, companies and sites' owners in which every record lives."""

from emobility_core.tenancy._tenant import (
    ROOT_NAME,
    Tenant,
    TenantKind,
    UnknownTenant,
    child_path,
    in_line,
    root_path,
    scope_of,
)
from emobility_core.tenancy._watch import (
    SHORTEST_BUSY,
    SHORTEST_FREE,
    SHORTEST_SILENCE,
    SHORTEST_UNREACHABLE,
    WatchRules,
    rules_along,
)

__all__ = [
    "ROOT_NAME",
    "SHORTEST_BUSY",
    "SHORTEST_FREE",
    "SHORTEST_SILENCE",
    "SHORTEST_UNREACHABLE",
    "Tenant",
    "TenantKind",
    "UnknownTenant",
    "WatchRules",
    "child_path",
    "in_line",
    "root_path",
    "rules_along",
    "scope_of",
]
