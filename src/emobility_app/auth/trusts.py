"""What tenants trust, as stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs

from emobility_core.access import BUILT_IN_ROLES, AccessDirectory, permissions_by_role
from emobility_core.identity import NamedTenant, TenantAmbiguous, TrustedIssuer
from emobility_core.ids import MalformedId, RoleId, TenantId, TrustedIssuerId, parse_id, shown
from emobility_core.tenancy import Tenant, UnknownTenant, scope_of
from emobility_core.work import Page, Scope

_AT_ONCE = 500


@attrs.frozen(kw_only=True)
class StoredTrusts:
    """Reads trusts of the whole tree (`everything`), and looks tenants up within the one that trusts;
    `rights` tells which roles are assigned."""

    reading: Callable[[Scope], AbstractAsyncContextManager[Any]]
    everything: Scope
    rights: AccessDirectory

    async def of(self, issuer: str) -> Sequence[TrustedIssuer]:
        return await self._all({"issuer": [issuer]})

    async def mapping(self, systems: Sequence[str], tenants: Sequence[TenantId]) -> Sequence[TrustedIssuer]:
        return await self._all({"tenant": tenants, "tenant_system": systems})

    async def _all(self, filters: Mapping[str, Sequence[object]]) -> Sequence[TrustedIssuer]:
        page, found = Page(limit=_AT_ONCE, filters=filters, descendants=True), list[TrustedIssuer]()
        async with self.reading(self.everything) as work:
            while some := await work.trusted_issuers.page(page):
                found += some
                page = attrs.evolve(page, after=some[-1].id)
        return found

    async def homes(self, issuer: TrustedIssuer, named: NamedTenant | None) -> tuple[Tenant, Tenant | None]:
        async with self.reading(self.everything) as work:
            trusting: Tenant = await work.tenants.get(issuer.tenant)
        # Nothing beyond exists from here on.
        async with self.reading(scope_of(trusting, "sign-in")) as work:
            if named is None:
                return trusting, await _by_id(work, issuer.home or issuer.tenant)
            if named.system is not None:
                return trusting, await _by_external_id(work, f"{named.system}:{named.value}", issuer)
            try:
                return trusting, await _by_id(work, TenantId(parse_id("ten", named.value)))
            except MalformedId:
                return trusting, None

    async def roles(self, tenant: TenantId) -> Mapping[str, frozenset[str]]:
        async with self.reading(self.everything) as work:
            return permissions_by_role(await work.roles.along((await work.tenants.get(tenant)).path))

    async def assigned(self, actor: str) -> frozenset[str]:
        return (await self.rights.standing(actor)).anywhere

    async def assigned_by(self, id: TrustedIssuerId) -> frozenset[str]:
        """What the roles permit, wherever, that are assigned to any subject of a trust."""
        named, page = set[str](), Page(limit=_AT_ONCE, descendants=True)
        subjects = f"subject:{shown('iss', id)}:"
        async with self.reading(self.everything) as work:
            while some := await work.role_assignments.page(page):
                named.update(one.role for one in some if one.actor.startswith(subjects))
                page = attrs.evolve(page, after=some[-1].id)
            own = [RoleId(parse_id("rol", role)) for role in named if role not in BUILT_IN_ROLES]
            permitted = permissions_by_role(await work.roles.page(Page.of("id", own)) if own else ())
        return frozenset[str]().union(*(permitted.get(role, ()) for role in named))


async def _by_id(work: Any, id: TenantId) -> Tenant | None:
    try:
        found: Tenant = await work.tenants.get(id)
    except UnknownTenant:
        return None
    return found


async def _by_external_id(work: Any, id: str, issuer: TrustedIssuer) -> Tenant | None:
    """The only one that is called so: external ids of tenants are their own, and two may have the same."""
    found: list[Tenant] = await work.tenants.page(
        Page(limit=2, filters={"external_id": [id]}, descendants=True)
    )
    if len(found) > 1:
        raise TenantAmbiguous(issuer.tenant_claim or "")
    return found[0] if found else None
