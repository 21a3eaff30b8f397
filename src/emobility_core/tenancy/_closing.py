"""Closing a tenant: it acts no more, and all that it has stays on record."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_core.errors import Conflict, Denied
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy._tenant import Tenant


@attrs.frozen
class TenantClosed(Conflict):
    """The tenant is closed: whoever acts for it only reads, and nothing is placed below it.

    Remedy: have somebody above open it again (`closed: false`), or act for another tenant.
    """

    code = "tenant-closed"
    tenant: TenantId


@attrs.frozen
class TenantsBelowOpen(Conflict):
    """A tenant is to be closed while others below it are open.

    Remedy: close those first, from below; or move them elsewhere.
    """

    code = "tenants-below-open"
    tenant: TenantId
    open: int


@attrs.frozen
class ClosedFromAbove(Denied):
    """A tenant is closed and opened by those above it, never by itself.

    Remedy: act for a tenant above it; the root is never closed.
    """

    code = "closed-from-above"
    tenant: TenantId


def closed(tenant: Tenant, below: Sequence[Tenant], *, at: Instant) -> Tenant:
    """Close a tenant; `below` are all below it. Raises `TenantsBelowOpen`; a closed one stays as it is."""
    still_open = [one for one in below if one.closed_at is None and one.id != tenant.id]
    if still_open:
        raise TenantsBelowOpen(TenantId(tenant.id), len(still_open))
    return tenant if tenant.closed_at is not None else attrs.evolve(tenant, closed_at=at)


def reopened(tenant: Tenant, parent: Tenant | None) -> Tenant:
    """Open a tenant again. Raises `TenantClosed` while the one above is closed."""
    if parent is not None:
        require_open(parent)
    return attrs.evolve(tenant, closed_at=None)


def require_open(tenant: Tenant) -> None:
    """Raise `TenantClosed`."""
    if tenant.closed_at is not None:
        raise TenantClosed(TenantId(tenant.id))
