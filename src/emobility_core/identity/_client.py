"""An API client: a program that acts for a tenant, or for people, within its OAuth 2.0 scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import attrs

from emobility_core.errors import Denied, Invalid, NotFound
from emobility_core.identity._authentication import (
    ClientAuthentication,
    ClientIncomplete,
    NoClientSecret,
    require_public_keys,
)
from emobility_core.identity._redirect import require_redirect_uris
from emobility_core.ids import ClientId
from emobility_core.instants import Instant
from emobility_core.work import Record

RESOURCES = (
    "postings", "account-rules",
    "tenants", "sites", "stations", "station-groups", "customers", "user-groups", "contracts", "tokens",
    "tariffs", "sessions", "reservations", "local-lists", "doubts", "operations", "events", "api-clients",
    "load", "certificates", "security-events", "station-messages", "attachments",
    "webhooks", "roles", "grants", "trusted-issuers", "users", "audit-entries", "imports", "exports",
    "test-clocks",
)  # fmt: skip
# Dangerous rights stand apart from reading and writing.
DANGEROUS_SCOPES = frozenset({
    "stations:command", "tariffs:publish", "tenants:admin", "access-tokens:exchange", "personal-data:erase",
    "personal-data:export", "postings:close", "access-tokens:introspect",
})  # fmt: skip
# A right may be granted before the operation that will ask for it exists, so that clients need not be
# changed for it.
SCOPES: frozenset[str] = frozenset(
    [f"{resource}:{right}" for resource in RESOURCES for right in ("read", "write")]
    + sorted(DANGEROUS_SCOPES)
)


@attrs.frozen
class UnknownClient(NotFound):
    """There is no such API client within the caller's scope.

    Remedy: list the clients, or create one with `emobility client create` or `POST /v1/api-clients`.
    """

    code = "unknown-client"
    client: UUID


@attrs.frozen
class UnknownScope(Invalid):
    """A scope is not one that this server grants.

    Remedy: choose from the list of scopes in the reference, written `resource:right`.
    """

    code = "unknown-scope"
    scope: str


@attrs.frozen
class ClientRefused(Denied):
    """The API client is switched off.

    Remedy: have an administrator switch it on again, or create another one.
    """

    code = "client-refused"
    client: UUID


@attrs.frozen
class MissingScope(Denied):
    """The access token does not carry the scope that this operation needs.

    Remedy: ask for a token with the scope, after the client has been given it.
    """

    code = "missing-scope"
    scope: str


def _known(_: object, __: object, scopes: tuple[str, ...]) -> None:
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(scope[:100])


def _public(_: object, __: object, jwks: Mapping[str, object] | None) -> None:
    require_public_keys(jwks)


def _redirects(_: object, __: object, uris: tuple[str, ...]) -> None:
    require_redirect_uris(uris)


@attrs.frozen(kw_only=True)
class ApiClient(Record):
    """A program. Only keyed digests of its secrets are kept; after a rotation the previous one counts until
    `previous_secret_until`.

    With `redirect_uris` it may have people sign in; `first_party` is one of the operator's own, for which
    they are not asked for consent. `jwks` are its public keys (RFC 7517).
    """

    id: ClientId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    scopes: tuple[str, ...] = attrs.field(validator=_known)
    authentication: ClientAuthentication = ClientAuthentication.SECRET
    jwks: Mapping[str, object] | None = attrs.field(default=None, validator=_public)
    redirect_uris: tuple[str, ...] = attrs.field(default=(), validator=_redirects)
    first_party: bool = False
    enabled: bool = True
    secret_digest: str = attrs.field(repr=False)
    previous_secret_digest: str | None = attrs.field(default=None, repr=False)
    previous_secret_until: Instant | None = None

    def __attrs_post_init__(self) -> None:
        has_keys = self.authentication is ClientAuthentication.PRIVATE_KEY_JWT
        lacks = self.authentication is ClientAuthentication.NONE and not self.redirect_uris
        if has_keys is (self.jwks is None) or lacks:
            raise ClientIncomplete(self.authentication.value)

    @property
    def is_public(self) -> bool:
        """Whether anybody may pretend to be it (RFC 6749, 2.1)."""
        return self.authentication is ClientAuthentication.NONE

    def secrets_at(self, at: Instant) -> tuple[str, ...]:
        """The digests of the secrets that count, the newest first."""
        if self.authentication is not ClientAuthentication.SECRET:
            return ()
        if self.previous_secret_digest is None or (self.previous_secret_until or at) <= at:
            return (self.secret_digest,)
        return (self.secret_digest, self.previous_secret_digest)

    def rotated(self, digest: str, *, previous_until: Instant, at: Instant) -> ApiClient:
        """With a new secret; raise `NoClientSecret`."""
        if self.authentication is not ClientAuthentication.SECRET:
            raise NoClientSecret(self.id)
        return attrs.evolve(
            self,
            secret_digest=digest,
            previous_secret_digest=self.secret_digest,
            previous_secret_until=previous_until,
            updated_at=at,
        )


def granted(client: ApiClient, wanted: Iterable[str]) -> tuple[str, ...]:
    """The scopes a token gets: what was asked for and is held; everything held if nothing was asked.

    Raises `ClientRefused` for a client that is switched off and `MissingScope` for a scope not held.
    """
    if not client.enabled:
        raise ClientRefused(client.id)
    asked = tuple(dict.fromkeys(wanted)) or client.scopes
    for scope in asked:
        if scope not in client.scopes:
            raise MissingScope(scope)
    return asked
