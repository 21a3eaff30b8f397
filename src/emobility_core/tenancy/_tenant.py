"""A tenant and its place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, NotFound
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy._inheritance import Layer
from emobility_core.tenancy._settings import WATCH
from emobility_core.tenancy._watch import WatchRules
from emobility_core.work import Deed, Record, Scope

ROOT_NAME = "root"


@attrs.frozen
class UnknownTenant(NotFound):
    """There is no such tenant within the caller's part of the tree.

    Remedy: list the tenants that the caller sees and use one of their ids.
    """

    code = "unknown-tenant"
    tenant: UUID


@attrs.frozen
class LiveBelowTest(Conflict):
    """A live tenant would stand below a test tenant.

    Remedy: create it below a live tenant, or as a test tenant.
    """

    code = "live-below-test"
    parent: TenantId


class TenantKind(Enum):
    """Whether a tenant's records are real or for trying out."""

    LIVE = "live"
    TEST = "test"


def _frozen(settings: Mapping[str, object]) -> Mapping[str, object]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


@attrs.frozen(kw_only=True)
class Tenant(Record):
    """A company or part of one. `path` names all tenants from the root down to this one.

    A tenant's own record lives in itself: `tenant` equals `id`. `settings` are those that it makes itself;
    those that it also keeps the tenants below from making are `locked`. Rules of watching are settings, too.
    One that is closed acts no more; nothing of it is lost.
    """

    id: TenantId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    kind: TenantKind = TenantKind.LIVE
    parent: TenantId | None = None
    path: str
    watch_rules: WatchRules = attrs.field(factory=WatchRules)
    settings: Mapping[str, object] = attrs.field(factory=dict, converter=_frozen)
    locked: tuple[str, ...] = ()
    closed_at: Instant | None = None

    @property
    def layer(self) -> Layer:
        """What it sets itself, as a place of the line through which settings are handed down."""
        values = {**self.settings, **watch_values(self.watch_rules)}
        return Layer(source=TenantId(self.id), values=values, locked=frozenset(self.locked))

    @property
    def line(self) -> tuple[TenantId, ...]:
        """The tenants from the root down to this one."""
        return tuple(TenantId(UUID(hex=part)) for part in self.path.strip("/").split("/"))


def watch_values(rules: WatchRules) -> dict[str, object]:
    """Rules of watching as settings: those that are set."""
    return {f"{WATCH}{name}": value for name, value in attrs.asdict(rules).items() if value is not None}


def root_path(root: TenantId) -> str:
    return f"/{root.hex}/"


def child_path(parent: Tenant, child: TenantId) -> str:
    return f"{parent.path}{child.hex}/"


def kind_below(parent: Tenant, wanted: TenantKind | None) -> TenantKind:
    """The kind of a new tenant: that of the one above where none is wanted.

    Raises `LiveBelowTest`. It never changes: records of one kind must not become those of the other.
    """
    if wanted is None:
        return parent.kind
    if parent.kind is TenantKind.TEST and wanted is TenantKind.LIVE:
        raise LiveBelowTest(TenantId(parent.id))
    return wanted


def in_line(one: str, other: str) -> bool:
    """Whether one of two tenants (by path) is the other or stands above it."""
    return one.startswith(other) or other.startswith(one)


def scope_of(tenant: Tenant, actor: str, deed: Deed | None = None) -> Scope:
    return Scope(TenantId(tenant.id), tenant.path, actor, deed=deed)
