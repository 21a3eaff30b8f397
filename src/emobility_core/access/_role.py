"""A tenant's own role: a named set of permissions, which are OAuth scopes by another way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import attrs

from emobility_core.access._built_in import BUILT_IN_ROLES
from emobility_core.errors import NotFound
from emobility_core.identity import SCOPES, UnknownScope
from emobility_core.ids import RoleId, shown
from emobility_core.work import Record


@attrs.frozen
class UnknownRole(NotFound):
    """There is no such role: neither built in, nor of this tenant or one above it.

    Remedy: list the roles that may be assigned and use the id of one.
    """

    code = "unknown-role"
    role: UUID


def _known(_: object, __: object, permissions: tuple[str, ...]) -> None:
    for permission in permissions:
        if permission not in SCOPES:
            raise UnknownScope(permission)


@attrs.frozen(kw_only=True)
class Role(Record):
    """A role of a tenant's own, which all tenants below it may assign as well."""

    id: RoleId
    name: str = attrs.field(validator=[attrs.validators.min_len(1), attrs.validators.max_len(100)])
    description: str = attrs.field(default="", validator=attrs.validators.max_len(500))
    permissions: tuple[str, ...] = attrs.field(validator=_known)


_BUILT_IN = {key: role.permissions for key, role in BUILT_IN_ROLES.items()}


def permissions_by_role(own: Iterable[Role]) -> Mapping[str, frozenset[str]]:
    """What each role permits, by the name that assignments use: built-in ones, and those of tenants."""
    return _BUILT_IN | {shown("rol", role.id): frozenset(role.permissions) for role in own}
