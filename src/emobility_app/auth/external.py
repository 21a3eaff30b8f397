"""Access tokens of trusted issuers: whose they are, where they count, and for what."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import attrs

from emobility_app.auth.foreign_jwt import ForeignJwt
from emobility_app.auth.tokens import Caller, TokenRefused
from emobility_core.identity import (
    ExternalCaller,
    IssuerKeys,
    NamedTenant,
    Principals,
    TrustedIssuer,
    caller_of,
    named_tenant,
    opened,
    trusted_for,
)
from emobility_core.ids import TenantId, TrustedIssuerId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.tenancy import Tenant

# Roles and the tree change while a token lives: it is looked at anew so often.
REMEMBERED_FOR = timedelta(minutes=1)
_REMEMBERED = 10_000


class Trusts(Protocol):
    """What tenants trust, over the whole tree, as stored."""

    async def of(self, issuer: str) -> Sequence[TrustedIssuer]:
        """All trusts in the issuer with this URL, switched off ones included."""
        ...

    async def mapping(self, systems: Sequence[str], tenants: Sequence[TenantId]) -> Sequence[TrustedIssuer]:
        """The trusts of these tenants that map by external ids in one of these systems."""
        ...

    async def homes(self, issuer: TrustedIssuer, named: NamedTenant | None) -> tuple[Tenant, Tenant | None]:
        """The tenant that trusts the issuer, and the one below it (or itself) that the issuer or the claim
        names, None if there is none; raise `TenantAmbiguous`."""
        ...

    async def roles(self, tenant: TenantId) -> Mapping[str, frozenset[str]]:
        """What each role permits that may be assigned at a tenant."""
        ...

    async def assigned(self, actor: str) -> frozenset[str]:
        """What the roles that are assigned to an actor permit, wherever."""
        ...

    async def assigned_by(self, id: TrustedIssuerId) -> frozenset[str]:
        """What the roles permit, wherever, that are assigned to any subject of a trust."""
        ...


@attrs.frozen
class _Seen:
    """Whom a token stands for by a trust as it was at an instant, what the roles permit that are vouched for,
    and until when it counts."""

    trust: TrustedIssuer
    caller: ExternalCaller
    vouched: frozenset[str]
    expires: float
    at: Instant


class ExternalTokens:
    """Reads tokens of trusted issuers; `clock` is the real one. `principals` tell, from memory, whether a
    trust still is what it was when a token was read."""

    def __init__(self, trusts: Trusts, keys: IssuerKeys, clock: Clock, principals: Principals) -> None:
        self._trusts = trusts
        self._principals = principals
        self._keys = keys
        self._clock = clock
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()

    async def caller(self, token: ForeignJwt) -> Caller:
        """Return whom a token stands for.

        Raises `TokenRefused` for a token that is not genuine, not for us or not now, `IssuerUnreachable`, and
        what the rules refuse a genuine one for (`Denied`).
        """
        digest, now = hashlib.sha256(token.text.encode()).digest(), self._clock.now()
        seen = self._seen.get(digest)
        if seen is not None and seen.expires <= now.timestamp():
            raise TokenRefused("the access token has expired")
        if seen is None or not await self._is_current(seen, now):
            self._seen.pop(digest, None)
            seen = self._seen[digest] = await self._read(token, now)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        if seen.expires <= self._clock.now().timestamp():
            raise TokenRefused("the access token has expired")
        return await self._as_assigned(seen)

    def remembers(self, token: str) -> bool:
        """Whether the token was read before."""
        return hashlib.sha256(token.encode()).digest() in self._seen

    async def _is_current(self, seen: _Seen, now: Instant) -> bool:
        trust = await self._principals.trusted_issuer(seen.trust.id)
        unchanged = trust is not None and trust.version == seen.trust.version
        return unchanged and now - seen.at < REMEMBERED_FOR

    async def _read(self, token: ForeignJwt, now: Instant) -> _Seen:
        issuers = [one for one in await self._trusts.of(token.issuer) if one.enabled]
        if not issuers:
            raise TokenRefused("nobody here trusts the issuer of the token")
        issuers = [one for one in issuers if token.is_for(one.audiences)]
        if not issuers:
            raise TokenRefused("the access token is for somebody else")
        algorithm = token.algorithm({name for one in issuers for name in one.algorithms})
        token.require_access_token()
        token.require_time(now)
        token.require_signed(await self._keys.find(token.issuer, token.kid), algorithm)
        issuer = trusted_for(issuers, token.claims)
        token.algorithm(issuer.algorithms)
        return await self._mapped(issuer, token, now)

    async def _mapped(self, issuer: TrustedIssuer, token: ForeignJwt, now: Instant) -> _Seen:
        trusting, home = await self._trusts.homes(issuer, named_tenant(issuer, token.claims))
        found = caller_of(issuer, token.claims, trusting=trusting, home=home)
        permitted = await self._trusts.roles(found.tenant)
        vouched = frozenset[str]().union(*(permitted.get(role, ()) for role in found.roles))
        return _Seen(issuer, found, vouched, token.expires, now)

    async def _as_assigned(self, seen: _Seen) -> Caller:
        """The caller, with what is assigned to it at this moment."""
        found = seen.caller
        assigned = await self._trusts.assigned(found.actor)
        return Caller(
            actor=found.actor,
            client=shown("iss", seen.trust.id),
            tenant=found.tenant,
            scopes=opened(seen.trust, found.roles, vouched=seen.vouched, assigned=assigned),
            expires=seen.expires,
            roles=found.roles,
        )
