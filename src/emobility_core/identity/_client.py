"""An API client: a machine that acts for a tenant within its OAuth 2.0 scopes."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import attrs

from emobility_core.errors import Denied, Invalid, NotFound
from emobility_core.ids import ClientId
from emobility_core.work import Record

RESOURCES = (
    "tenants", "sites", "stations", "station-groups", "customers", "user-groups", "contracts", "tokens",
    "tariffs", "sessions", "reservations", "local-lists", "doubts", "operations", "events", "api-clients",
    "load", "certificates", "security-events", "station-messages", "attachments",
    "webhooks", "roles", "grants", "trusted-issuers",
)  # fmt: skip
# Dangerous rights stand apart from reading and writing. A right may be granted before the operation that
# will ask for it exists, so that clients need not be changed for it.
SCOPES: frozenset[str] = frozenset(
    [f"{resource}:{right}" for resource in RESOURCES for right in ("read", "write")]
    + ["stations:command", "tariffs:publish", "tenants:admin"]
)


@attrs.frozen
class UnknownClient(NotFound):
    """There is no such API client within the caller's scope.

    Remedy: list the clients, or create one with `emobility client create`.
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


@attrs.frozen(kw_only=True)
class ApiClient(Record):
    """A machine identity. Only a keyed digest of its secret is kept."""

    id: ClientId
    name: str
    scopes: tuple[str, ...]
    secret_digest: str = attrs.field(repr=False)
    enabled: bool = True

    def __attrs_post_init__(self) -> None:
        for scope in self.scopes:
            if scope not in SCOPES:
                raise UnknownScope(scope)


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
