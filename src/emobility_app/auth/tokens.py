"""Access tokens: JWTs of RFC 9068 that say client, tenant and scopes; short-lived, verified once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
from joserfc import jwt
from joserfc.errors import JoseError

from emobility_app.auth.keys import ALGORITHM, SigningKeys
from emobility_core.identity import ApiClient, MissingScope, actors_of
from emobility_core.ids import Ids, MalformedId, TenantId, parse_id, shown
from emobility_core.instants import Clock

LIFETIME = timedelta(minutes=10)
_REMEMBERED = 10_000
# RFC 9068, 2.1.
_TYPE = "at+jwt"


@attrs.frozen
class TokenRefused(Exception):
    """An access token is missing, malformed, forged, for somebody else or expired."""

    reason: str


@attrs.frozen
class Caller:
    """Who calls: the `actor` (`client:cli_…`, `user:usr_…`, `subject:…` of a trusted issuer), the client that
    it calls through, its tenant, and the scopes of the token.

    `roles` are those that a trusted issuer vouches for, `acting` the clients that act for the actor, the one
    that calls first, `sign_in` that of a person who signed in here.
    """

    actor: str
    client: str
    tenant: TenantId
    scopes: frozenset[str]
    expires: float
    roles: tuple[str, ...] = ()
    acting: tuple[str, ...] = ()
    sign_in: str | None = None

    @property
    def subject(self) -> str:
        return self.actor.partition(":")[2]

    @property
    def party(self) -> str:
        """Whose requests are counted and whose keys are told apart: the client's, and of one that acts for
        people each person's."""
        own = self.actor == f"client:{self.client}"
        return self.client if own else f"{self.client} {self.actor}"

    @property
    def is_external(self) -> bool:
        """Whether a trusted issuer vouches for the caller, by a token of its own."""
        return self.client.startswith("iss_")

    def require(self, scope: str) -> None:
        """Raise `MissingScope` unless the token carries the scope."""
        if scope not in self.scopes:
            raise MissingScope(scope)


def bearer(headers: Mapping[str, str]) -> str:
    """The access token of a request; raises `TokenRefused`. Source: RFC 6750, 2.1."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise TokenRefused("an access token is needed")
    return token.strip()


class AccessTokens:
    """Makes and verifies access tokens of one issuer; `clock` is the real one, whatever stations think."""

    def __init__(self, keys: SigningKeys, *, issuer: str, clock: Clock, ids: Ids) -> None:
        self.keys = keys
        self._issuer = issuer
        self._clock = clock
        self._ids = ids
        # With the key that signed it: one that is retired takes its tokens along.
        self._verified: OrderedDict[bytes, tuple[str, Caller]] = OrderedDict()

    @property
    def issuer(self) -> str:
        return self._issuer

    def issue(
        self,
        client: ApiClient,
        scopes: tuple[str, ...],
        *,
        subject: str | None = None,
        tenant: TenantId | None = None,
        further: Mapping[str, object] | None = None,
        lifetime_s: int = int(LIFETIME.total_seconds()),
    ) -> str:
        """Make a token of a client, or of whoever it acts for (`subject`, of `tenant`), with `further`
        claims."""
        now = self._clock.now()
        issued = int(now.timestamp())
        name = shown("cli", client.id)
        claims = {
            **(further or {}),
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": subject or name,
            "client_id": name,
            "tenant": shown("ten", tenant or client.tenant),
            "scope": " ".join(scopes),
            "iat": issued,
            "exp": issued + lifetime_s,
            "jti": self._ids.uuid7(now).hex,
        }
        kid, key = self.keys.signing()
        header = {"alg": ALGORITHM, "typ": _TYPE, "kid": kid}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Caller:
        """Return the token's caller; raise `TokenRefused`. A verified token is remembered by its hash."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None:
            known = self._verified[digest] = self._read(token)
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)
        kid, caller = known
        if not self.keys.counts(kid):
            raise TokenRefused("the access token is signed by a key that counts no more")
        if caller.expires <= self._clock.now().timestamp():
            raise TokenRefused("the access token has expired")
        return caller

    def remembers(self, token: str) -> bool:
        """Whether the token was verified before."""
        return hashlib.sha256(token.encode()).digest() in self._verified

    def _read(self, token: str) -> tuple[str, Caller]:
        try:
            decoded = jwt.decode(token, self.keys.verifying(), algorithms=[ALGORITHM])
        # A header that is no text or list where it must be one raises TypeError.
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused("the access token is malformed or not ours") from error
        claims = decoded.claims
        if str(decoded.header.get("typ", "")).lower() not in (_TYPE, f"application/{_TYPE}"):
            raise TokenRefused("the token is no access token")
        if claims.get("iss") != self._issuer or not _is_for(claims.get("aud"), self._issuer):
            raise TokenRefused("the access token is for somebody else")
        return str(decoded.header.get("kid", "")), _caller(claims)


def _is_for(audience: Any, issuer: str) -> bool:
    return issuer in audience if isinstance(audience, list) else audience == issuer


def _actor(subject: str) -> str:
    kinds = {"cli": "client", "usr": "user"}
    return f"{kinds.get(subject.partition('_')[0], 'subject')}:{subject}"


def _caller(claims: dict[str, Any]) -> Caller:
    try:
        tenant: UUID = parse_id("ten", str(claims["tenant"]))
        return Caller(
            actor=_actor(str(claims["sub"])),
            client=str(claims["client_id"]),
            tenant=TenantId(tenant),
            scopes=frozenset(str(claims["scope"]).split()),
            expires=float(claims["exp"]),
            roles=tuple(map(str, claims.get("roles", ()))),
            acting=actors_of(claims),
            sign_in=None if "sid" not in claims else str(claims["sid"]),
        )
    except (KeyError, TypeError, ValueError, MalformedId) as error:
        raise TokenRefused("the access token lacks what it must say") from error
