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

__all__ = [
    "ROOT_NAME",
    "Tenant",
    "TenantKind",
    "UnknownTenant",
    "child_path",
    "in_line",
    "root_path",
    "scope_of",
]
