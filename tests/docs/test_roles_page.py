"""The page of roles lists every built-in role with what it permits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emobility_core.access import BUILT_IN_ROLES
from emobility_core.identity import SCOPES

_HEAD = """\
# Roles

A **role** is a named set of permissions. A permission is an OAuth scope by another way: a scope is what a
token may be used for, a permission what somebody may do. What a person may do is what is both in the token
and permitted by a role that is assigned to them at the tenant or above it; a role that is assigned for
sites counts for what stands there alone.

The roles below are built in: every tenant has them, under these names. A tenant may add roles of its own.

This page is made from the code; `nox -s golden` writes it.
"""


def page() -> str:
    parts = [_HEAD]
    for role in BUILT_IN_ROLES.values():
        parts.append(f"## {role.name} (`{role.key}`)\n\n{role.description}\n")
        missing = SCOPES - role.permissions
        if not missing:
            continue
        few = len(missing) < len(role.permissions)
        parts.append(f"| resource | may {'not' if few else ''} |\n|---|---|".replace("  ", " "))
        parts += _rows(missing if few else role.permissions)
        parts.append("")
    return "\n".join(parts)


def _rows(permissions: Iterable[str]) -> list[str]:
    by_resource: dict[str, list[str]] = {}
    for permission in sorted(permissions):
        resource, _, right = permission.partition(":")
        by_resource.setdefault(resource, []).append(right)
    return [f"| {resource} | {', '.join(rights)} |" for resource, rights in by_resource.items()]


def test_the_page_of_roles_says_what_the_code_says(golden: Callable[[str, str], None]) -> None:
    golden("../../docs/reference/roles.md", page())
