"""What a move of a part of the tree would change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from uuid import UUID

import attrs

from emobility_core.errors import Conflict
from emobility_core.ids import TenantId
from emobility_core.tenancy import CATALOGUE, DEFAULTS, Layer, Tenant, effective_settings, handed_down
from emobility_core.tenant_moves._references import LeftReference


@attrs.frozen
class RootImmovable(Conflict):
    """The root of the tree stands above all tenants and cannot be moved below one.

    Remedy: move one of the tenants below it.
    """

    code = "root-immovable"
    tenant: TenantId


@attrs.frozen
class MoveIntoItself(Conflict):
    """A tenant would be moved below itself or one of those below it.

    Remedy: name a tenant that does not stand below the one to move.
    """

    code = "move-into-itself"
    tenant: TenantId
    to: TenantId


@attrs.frozen
class AlreadyThere(Conflict):
    """The tenant stands directly below the one that it would be moved to.

    Remedy: none is needed; or name another tenant.
    """

    code = "already-there"
    tenant: TenantId
    to: TenantId


@attrs.frozen
class MixedKinds(Conflict):
    """A tenant would be moved from below a live tenant to below a test tenant, or the reverse.

    Remedy: move it within the live or within the test part of the tree; or create it anew where it is to be.
    """

    code = "mixed-kinds"
    tenant: TenantId
    to: TenantId


@attrs.frozen
class ReferencesLeftBehind(Conflict):
    """Records that would go name others of tenants that would no longer stand above them.

    Remedy: the preview lists them; let each name one of its own tenant, of one that goes along, or of one
    that stands above both places.
    """

    code = "references-left-behind"
    tenant: TenantId
    references: int


@attrs.frozen
class PreviewOutdated(Conflict):
    """What the move would change is no longer what the preview showed.

    Remedy: ask for the preview again, look at it, and send its digest as `expected`.
    """

    code = "preview-outdated"
    tenant: TenantId


@attrs.frozen(kw_only=True)
class SettingChange:
    """A setting that would have another value for a tenant that goes."""

    tenant: TenantId
    setting: str
    before: object
    before_from: TenantId | None
    after: object
    after_from: TenantId | None


@attrs.frozen(kw_only=True)
class HandedDown:
    """A record of `tenant`, above, that counts for those below; `kind` is its port, `actor` who has the role
    that is assigned, `version` that of what gives somebody rights."""

    kind: str
    id: UUID
    tenant: TenantId
    actor: str | None = None
    version: int = 0


@attrs.frozen(kw_only=True)
class TagChange:
    """Tags that stop and start counting (decision 0012): at the `stations` that go those of the tenants
    above, and the `tokens` that go at the stations of the tenants above."""

    stations: int
    tokens_stop: int
    tokens_start: int
    tokens: int
    stations_stop: int
    stations_start: int


@attrs.frozen(kw_only=True)
class MovePreview:
    """What would change if `tenant` with all below it moved from below `parent` to below `to`.

    `lost` and `gained` are what tenants above hand down, `references` would be left behind and refuse the
    move, `certificates` count stations' certificates that would no longer be trusted.
    """

    tenant: TenantId
    parent: TenantId
    to: TenantId
    tenants: Sequence[TenantId]
    line: Sequence[TenantId]
    counts: Mapping[str, int]
    settings: Sequence[SettingChange]
    lost: Sequence[HandedDown]
    gained: Sequence[HandedDown]
    tags: TagChange
    references: Sequence[LeftReference]
    certificates: int

    @property
    def digest(self) -> str:
        """Tells this preview from another one. Mere counts of records are left out: a station that is
        registered meanwhile makes no other move of it."""
        decided = attrs.asdict(self, filter=lambda field, _: field.name not in _COUNTS)
        return hashlib.sha256(json.dumps(decided, default=str, sort_keys=True).encode()).hexdigest()


_COUNTS = frozenset({"counts", "tags", "certificates", "stations", "tokens"})


def require_movable(tenant: Tenant, parent: Tenant, to: Tenant) -> None:
    """Raise `MoveIntoItself`, `AlreadyThere` or `MixedKinds`."""
    if to.path.startswith(tenant.path):
        raise MoveIntoItself(TenantId(tenant.id), TenantId(to.id))
    if tenant.parent == to.id:
        raise AlreadyThere(TenantId(tenant.id), TenantId(to.id))
    if parent.kind is not to.kind:
        raise MixedKinds(TenantId(tenant.id), TenantId(to.id))


def changed_settings(
    moved: Sequence[Tenant], above: Sequence[Tenant], above_then: Sequence[Tenant]
) -> list[SettingChange]:
    """The settings that change for tenants that go; `moved` begins with the one that all stand below."""
    before, after = effective_settings(above), effective_settings(above_then)
    names = [name for name in CATALOGUE if before[name].counted != after[name].counted]
    layers: dict[UUID, Layer] = {tenant.id: tenant.layer for tenant in moved}
    old, new = ([DEFAULTS, *(one.layer for one in line)] for line in (above, above_then))
    return [
        change
        for tenant in (moved if names else ())
        for change in _changes(TenantId(tenant.id), names, old, new, _inner(tenant, layers))
    ]


def _inner(tenant: Tenant, layers: Mapping[UUID, Layer]) -> list[Layer]:
    """The part of a tenant's line that goes along with it."""
    return [layers[id] for id in tenant.line if id in layers]


def _changes(
    tenant: TenantId, names: Sequence[str], old: list[Layer], new: list[Layer], inner: list[Layer]
) -> list[SettingChange]:
    found = []
    for name in names:
        before, after = (handed_down(name, [*above, *inner]) for above in (old, new))
        if before.value != after.value:
            found.append(
                SettingChange(
                    tenant=tenant,
                    setting=name,
                    before=before.value,
                    before_from=before.source,
                    after=after.value,
                    after_from=after.source,
                )
            )
    return found
