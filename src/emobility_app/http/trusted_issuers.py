"""Trusted issuers over HTTP: whose access tokens a tenant accepts, and what they count for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from emobility_app.http import records
from emobility_app.http.endpoint import Call, Endpoint
from emobility_app.http.idempotency import Idempotency
from emobility_app.http.records import Resource
from emobility_app.wire import Flaw, MalformedBody, step
from emobility_core.access import require_held
from emobility_core.identity import IssuerUrlRefused, TrustedIssuer, require_apart
from emobility_core.ids import EventId, shown
from emobility_core.tenancy import UnknownTenant
from emobility_core.work import Event

SCOPE = "trusted-issuers"


def _reachable(issuer: TrustedIssuer, before: Any, _: Mapping[str, Any], call: Call) -> TrustedIssuer:
    if why := call.services.issuer_reach.flaw_of_url(issuer.issuer):
        raise MalformedBody((Flaw("/issuer", IssuerUrlRefused.code, why),))
    return issuer


async def _added(issuer: TrustedIssuer, call: Call, work: Any) -> TrustedIssuer:
    await _allowed(issuer, call, work)
    await work.trusted_issuers.add(issuer)
    work.outbox.publish(_event(issuer, "created", call))
    return issuer


async def _changed(issuer: TrustedIssuer, call: Call, work: Any) -> TrustedIssuer:
    await _allowed(issuer, call, work)
    # Whoever says who somebody is says who has what is assigned to them.
    require_held(await call.services.trusts.assigned_by(issuer.id), call.held)
    stored: TrustedIssuer = await work.trusted_issuers.replace(issuer)
    work.outbox.publish(_event(stored, "changed", call))
    return stored


async def _allowed(issuer: TrustedIssuer, call: Call, work: Any) -> None:
    """Raise `MalformedBody`, `IssuersIndistinct`, `NotHeld` where a role permits what the caller may not."""
    trusts = call.services.trusts
    roles = await trusts.roles(issuer.tenant)
    if flaws := [*await _flaws_of_home(issuer, call, work), *_flaws_of_roles(issuer, roles)]:
        raise MalformedBody(tuple(flaws))
    # Whoever maps strangers to a role hands it out.
    require_held(frozenset().union(*(roles[role] for role in issuer.granted_roles)), call.held)
    # Nobody writes another one between this look and the writing.
    await work.trusted_issuers.hold()
    require_apart(issuer, await trusts.of(issuer.issuer))


async def _flaws_of_home(issuer: TrustedIssuer, call: Call, work: Any) -> list[Flaw]:
    if issuer.home is None:
        return []
    try:
        await work.tenants.get(issuer.home)
        there = await call.services.path_of(issuer.home)
    except UnknownTenant:
        return [Flaw("/home", UnknownTenant.code, "there is no such tenant")]
    if there.startswith(await call.services.path_of(issuer.tenant)):
        return []
    return [Flaw("/home", "foreign-reference", "does not lie below the tenant that trusts the issuer")]


def _flaws_of_roles(issuer: TrustedIssuer, known: Collection[str]) -> list[Flaw]:
    """A role misspelt must not look like one that permits nothing."""
    named = [("/default_roles", role) for role in issuer.default_roles]
    named += [(f"/roles{step(value)}", role) for value, roles in issuer.roles.items() for role in roles]
    return [
        Flaw(place, "unknown-role", f"{role} is no role of this tenant")
        for place, role in named
        if role not in known
    ]


def _event(issuer: TrustedIssuer, verb: str, call: Call) -> Event:
    id = shown("iss", issuer.id)
    return Event(
        id=EventId(call.services.ids.uuid7(issuer.updated_at)),
        tenant=issuer.tenant,
        type=f"trusted_issuer.{verb}",
        subject=id,
        at=issuer.updated_at,
        data={"trusted_issuer": id, "version": issuer.version},
    )


ISSUERS = Resource(
    path="trusted-issuers",
    name="trusted_issuer",
    prefix="iss",
    kind=TrustedIssuer,
    port="trusted_issuers",
    filters={"issuer": str, "enabled": bool},
    apply=_reachable,
    add=_added,
    change=_changed,
)


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    return records.endpoints(ISSUERS, idempotency, SCOPE)
