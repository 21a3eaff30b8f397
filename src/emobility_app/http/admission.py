"""Whether a request is let in, and what exists for it: its tenant, and the stations it is limited to."""

from __future__ import annotations

from uuid import UUID

import attrs

from emobility_app.auth import Caller
from emobility_app.http.services import Services
from emobility_app.problems import MalformedRequest
from emobility_core.access import (
    Asked,
    BeyondLimits,
    Decision,
    Grant,
    GrantRight,
    Standing,
    decide,
    held_by,
)
from emobility_core.identity import ApiClient
from emobility_core.ids import GrantId, MalformedId, TenantId, parse_id, shown
from emobility_core.instants import Instant
from emobility_core.tenancy import UnknownTenant
from emobility_core.work import Scope


@attrs.frozen(kw_only=True)
class Admission:
    """What was asked, what is known of whoever asked it, and what came of it; `scope` where it is allowed."""

    asked: Asked
    standing: Standing
    grant: Grant | None
    decision: Decision
    scope: Scope | None = None

    @property
    def held(self) -> frozenset[str]:
        """What the caller may hand out; nothing under a grant, which is for the caller alone."""
        return frozenset() if self.grant is not None else held_by(self.asked, self.standing)

    async def held_at(self, tenant: TenantId, services: Services) -> frozenset[str]:
        """What the caller may hand out at another tenant; nothing at one that is not its own or below."""
        there = attrs.evolve(self.asked, tenant=tenant, path=await _path(tenant, services))
        if self.grant is not None or not there.path.startswith(there.home):
            return frozenset()
        return held_by(there, self.standing)

    def require(self, permission: str) -> None:
        """Raise a refusal unless the caller may do this as well, with the same limits."""
        further = decide(attrs.evolve(self.asked, permission=permission), self.standing, self.grant)
        further.require()
        if further.sites is not None and further.sites != self.decision.sites:
            raise BeyondLimits()


async def admit(
    services: Services,
    *,
    actor: str,
    home: TenantId,
    scopes: frozenset[str],
    permission: str | None,
    shared: frozenset[GrantRight],
    vouched: tuple[str, ...] = (),
    tenant: TenantId | None = None,
    grant: GrantId | None = None,
) -> Admission:
    """Decide about an operation, for a tenant below the own one if one is named, under a grant if one is."""
    tenant = tenant or home
    path = await _path(tenant, services)
    under = None if grant is None else await services.rights.grant(grant)
    asked = Asked(
        actor=actor,
        home=await services.path_of(home),
        tenant=tenant,
        path=path,
        permission=permission,
        scopes=scopes,
        shared=shared,
        at=await _present(path, under, services),
        grant=grant,
    )
    standing = await services.rights.standing(actor, vouched)
    decision = decide(asked, standing, under)
    admission = Admission(asked=asked, standing=standing, grant=under, decision=decision)
    if not decision.allowed:
        return admission
    return attrs.evolve(admission, scope=await _scope(admission, services))


async def held_at_home(client: ApiClient, services: Services) -> frozenset[str]:
    """What an API client holds at its own tenant, by its scopes and its roles."""
    admission = await admit(
        services,
        actor=f"client:{shown('cli', client.id)}",
        home=client.tenant,
        scopes=frozenset(client.scopes),
        permission=None,
        shared=frozenset(),
    )
    return admission.held


async def _path(tenant: TenantId, services: Services) -> str:
    """The tenant's place in the tree; of one that does not exist none, which is below nobody."""
    try:
        return await services.path_of(tenant)
    except UnknownTenant:
        return ""


async def _present(path: str, grant: Grant | None, services: Services) -> Instant:
    """The present there; under a grant that of whoever gave it: who received it could stop their own."""
    if grant is not None:
        path = await services.path_of(grant.tenant)
    return services.clocks.of(path).now()


async def _scope(admission: Admission, services: Services) -> Scope:
    asked, grant, sites = admission.asked, admission.grant, admission.decision.sites
    if grant is not None:
        path = await services.path_of(grant.tenant)
        return Scope(grant.tenant, path, asked.actor, await services.rights.granted(grant), grant.id)
    stations = None if sites is None else await services.rights.at_sites(sites, asked.path)
    return Scope(asked.tenant, asked.path, asked.actor, stations)


async def admitted(
    services: Services,
    caller: Caller,
    *,
    permission: str | None,
    shared: frozenset[GrantRight],
    tenant: str | None,
    grant: str | None,
) -> Admission:
    """Let a request in; raise its refusal. `tenant` and `grant` are headers as they were sent."""
    admission = await admit(
        services,
        actor=caller.actor,
        home=caller.tenant,
        scopes=caller.scopes,
        vouched=caller.roles,
        permission=permission,
        shared=shared,
        tenant=None if tenant is None else TenantId(_named("Emobility-Tenant", "ten", "a tenant", tenant)),
        grant=None if grant is None else GrantId(_named("Emobility-Grant", "gra", "a grant", grant)),
    )
    admission.decision.require()
    return admission


async def still_admitted(admission: Admission, services: Services) -> bool:
    """Whether the same would be let in now, with the same limits."""
    asked, scope = admission.asked, admission.scope
    under = None if asked.grant is None else await services.rights.grant(asked.grant)
    asked = attrs.evolve(asked, at=await _present(asked.path, under, services))
    standing = await services.rights.standing(asked.actor, admission.standing.vouched)
    again = Admission(asked=asked, standing=standing, grant=under, decision=decide(asked, standing, under))
    return again.decision.allowed and await _scope(again, services) == scope


def _named(header: str, prefix: str, what: str, text: str) -> UUID:
    try:
        return parse_id(prefix, text)
    except MalformedId as error:
        raise MalformedRequest(f"{header} is no id of {what}") from error
