"""API clients at the command line: a random secret that only its holder ever has."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol

import attrs

from emobility_app.store import by_command
from emobility_core.identity import SCOPES, ApiClient, change_client, register_client, rotate_client_secret
from emobility_core.ids import ClientId, Ids, TenantId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.tenancy import Tenant
from emobility_core.work import Scope, Transactions

_SECRET_BYTES = 32


@attrs.frozen
class NewClient:
    """A client's id as shown outside, and its secret: known here and now only."""

    id: str
    secret: str = attrs.field(repr=False)


class Store(Protocol):
    """What making a client needs; `digest` is keyed."""

    @property
    def transactions(self) -> Transactions[Any]: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...
    @property
    def digest(self) -> Callable[[bytes], str]: ...


def new_secret() -> str:
    """Make a secret of 256 bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)


async def create_client(name: str, scopes: Sequence[str], *, tenant: Tenant, store: Store) -> NewClient:
    """Store a client of a tenant and return its secret; raises `UnknownScope`."""
    now = store.clock.now()
    secret = new_secret()
    client = ApiClient(
        id=ClientId(store.ids.uuid7(now)),
        tenant=TenantId(tenant.id),
        created_at=now,
        updated_at=now,
        name=name,
        scopes=tuple(scopes),
        secret_digest=store.digest(secret.encode()),
    )
    async with store.transactions(by_command(tenant, "client create")) as work:
        # Who may open the database may do everything.
        await register_client(client, by=SCOPES, work=work, at=now, ids=store.ids)
    return NewClient(shown("cli", client.id), secret)


async def rotate_secret(
    id: ClientId, *, previous_for: timedelta, everything: Scope, store: Store
) -> NewClient:
    """Give a client a new secret and return it; raises `UnknownClient` and `NoClientSecret`."""
    secret, now = new_secret(), store.clock.now()
    home = await _home(id, everything=everything, store=store)
    async with store.transactions(by_command(home, "client rotate-secret")) as work:
        await rotate_client_secret(
            id,
            store.digest(secret.encode()),
            previous_until=Instant(now + previous_for),
            by=SCOPES,
            work=work,
            at=now,
            ids=store.ids,
        )
    return NewClient(shown("cli", id), secret)


async def switch_client(id: ClientId, enabled: bool, *, everything: Scope, store: Store) -> ApiClient:
    """Switch a client on or off; raises `UnknownClient`."""
    now = store.clock.now()
    home = await _home(id, everything=everything, store=store)
    async with store.transactions(by_command(home, "client switch")) as work:
        client = attrs.evolve(await work.api_clients.get(id), enabled=enabled, updated_at=now)
        return await change_client(client, by=SCOPES, work=work, at=now, ids=store.ids)


async def _home(id: ClientId, *, everything: Scope, store: Store) -> Tenant:
    """The tenant of a client, by whose time it is told what was done to it."""
    async with store.transactions(everything) as work:
        home: Tenant = await work.tenants.get((await work.api_clients.get(id)).tenant)
    return home
