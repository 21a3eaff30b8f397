"""Whoever is asked about, as they would call: where they are at home, what their token carries at most, and
what a trusted issuer vouches for."""

from __future__ import annotations

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.problems import MalformedRequest
from emobility_core.access import is_client
from emobility_core.identity import SCOPES, TrustedIssuer, UnknownTrustedIssuer, UnknownUser, opened
from emobility_core.ids import ClientId, TenantId, TrustedIssuerId, UserId, parse_id
from emobility_core.tenancy import UnknownTenant


@attrs.frozen(kw_only=True)
class Supposed:
    """A caller without a token."""

    home: TenantId
    scopes: frozenset[str]
    vouched: tuple[str, ...] = ()


async def supposed(
    actor: str, call: Call, *, tenant: TenantId | None, vouched: tuple[str, ...] | None
) -> Supposed:
    """Who an actor would be that wants to act for `tenant`, with the roles `vouched` for.

    One who is at home neither here, nor above or below, does not exist, nor does a client from above. Who
    stands above acts here as if at home here: what it may elsewhere is not told. Raises `UnknownClient`,
    `UnknownUser`, `UnknownTrustedIssuer`, `MalformedRequest`, and `RolesUnmapped` where a token is refused.
    """
    if vouched and not _names_issuer(actor):
        raise MalformedRequest("vouched: roles are vouched for subjects of trusted issuers alone")
    name = actor.partition(":")[2]
    if is_client(actor):
        return await _client(ClientId(parse_id("cli", name)), call)
    if actor.startswith("user:"):
        return await _user(UserId(parse_id("usr", name)), call)
    if _names_issuer(actor):
        return await _subject(actor, call, tenant, vouched)
    return Supposed(home=call.scope.tenant, scopes=SCOPES)


def _names_issuer(actor: str) -> bool:
    return actor.startswith("subject:iss_")


async def _client(id: ClientId, call: Call) -> Supposed:
    async with call.services.reading(call.scope) as work:
        client = await work.api_clients.get(id)
    return Supposed(home=client.tenant, scopes=frozenset(client.scopes) if client.enabled else frozenset())


async def _user(id: UserId, call: Call) -> Supposed:
    user = await call.services.principals.user(id)
    home = None if user is None else await _here(user.tenant, call)
    if user is None or home is None:
        raise UnknownUser(id)
    return Supposed(home=home, scopes=SCOPES if user.enabled else frozenset())


async def _subject(
    actor: str, call: Call, tenant: TenantId | None, vouched: tuple[str, ...] | None
) -> Supposed:
    id = TrustedIssuerId(parse_id("iss", actor.split(":")[1]))
    issuer = await call.services.principals.trusted_issuer(id)
    home = None if issuer is None else await _here(await _home(issuer, tenant, call), call)
    if issuer is None or home is None:
        raise UnknownTrustedIssuer(id)
    roles = issuer.default_roles if vouched is None else vouched
    if unknown := sorted(set(roles) - issuer.granted_roles):
        raise MalformedRequest(f"vouched: the issuer vouches for no role {unknown[0][:80]}")
    if not issuer.enabled:
        return Supposed(home=home, scopes=frozenset(), vouched=roles)
    permitted = await call.services.trusts.roles(home)
    scopes = opened(
        issuer,
        roles,
        vouched=frozenset[str]().union(*(permitted.get(role, ()) for role in roles)),
        assigned=await call.services.trusts.assigned(actor),
    )
    return Supposed(home=home, scopes=scopes, vouched=roles)


async def _home(issuer: TrustedIssuer, tenant: TenantId | None, call: Call) -> TenantId:
    """Where the issuer's subjects are at home; where a claim says so, that is `tenant` if it may be."""
    if issuer.tenant_claim is None or tenant is None:
        return issuer.home or issuer.tenant
    trusting = await call.services.path_of(issuer.tenant)
    try:
        path = await call.services.path_of(tenant)
    except UnknownTenant:
        return issuer.tenant
    return tenant if path.startswith(trusting) and path.startswith(call.scope.path) else issuer.tenant


async def _here(home: TenantId, call: Call) -> TenantId | None:
    """The home of somebody in line with the caller, no higher than the caller's own tenant; else None."""
    path = await call.services.path_of(home)
    if path.startswith(call.scope.path):
        return home
    return call.scope.tenant if call.scope.path.startswith(path) else None
