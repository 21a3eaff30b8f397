"""What the roles assigned to somebody permit at a place in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from emobility_core.access._assignment import RoleAssignment
from emobility_core.errors import Denied
from emobility_core.ids import SiteId


@attrs.frozen
class NotHeld(Denied):
    """Somebody would hand out a permission that they do not hold themselves, there, without a limit.

    Remedy: leave the permission out, or have it handed out by somebody who holds it.
    """

    code = "permission-not-held"
    permission: str


@attrs.frozen
class Permissions:
    """What somebody may do: `everywhere` below a tenant, or, `by_site`, at the named sites alone."""

    everywhere: frozenset[str] = frozenset()
    by_site: Mapping[str, frozenset[SiteId]] = attrs.field(factory=dict)

    @property
    def all(self) -> frozenset[str]:
        """Everything that is permitted anywhere: what a token may carry."""
        return self.everywhere | self.by_site.keys()


def permissions_of(
    assignments: Iterable[RoleAssignment], path: str, roles: Mapping[str, frozenset[str]]
) -> Permissions:
    """What one actor's assignments permit at the tenant of this path; `roles` tells what each role does.

    A role that is not known any more permits nothing.
    """
    everywhere: set[str] = set()
    by_site: dict[str, set[SiteId]] = {}
    for one in assignments:
        if not one.reaches(path):
            continue
        permitted = roles.get(one.role, frozenset())
        if one.sites is None:
            everywhere |= permitted
        else:
            for permission in permitted:
                by_site.setdefault(permission, set()).update(one.sites)
    limited = {name: frozenset(sites) for name, sites in by_site.items() if name not in everywhere}
    return Permissions(frozenset(everywhere), limited)


def require_held(handed_out: Iterable[str], held: frozenset[str]) -> None:
    """Raise `NotHeld` for the first of them that is not held by whoever hands them out."""
    for permission in sorted(set(handed_out) - held):
        raise NotHeld(permission)
