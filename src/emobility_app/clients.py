"""Making API clients: a random secret that only its holder ever has."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import attrs

from emobility_core.identity import ApiClient
from emobility_core.ids import ClientId, EventId, Ids, TenantId, shown
from emobility_core.instants import Clock
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.work import Event, Transactions

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


async def create_client(name: str, scopes: Sequence[str], *, tenant: Tenant, store: Store) -> NewClient:
    """Store a client of a tenant and return its secret; raises `UnknownScope`."""
    now = store.clock.now()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    client = ApiClient(
        id=ClientId(store.ids.uuid7(now)),
        tenant=TenantId(tenant.id),
        created_at=now,
        updated_at=now,
        name=name,
        scopes=tuple(scopes),
        secret_digest=store.digest(secret.encode()),
    )
    made = shown("cli", client.id)
    event = Event(
        id=EventId(store.ids.uuid7(now)),
        tenant=TenantId(tenant.id),
        type="api_client.created",
        subject=made,
        at=now,
        data={"client": made, "name": name, "scopes": list(scopes)},
    )
    async with store.transactions(scope_of(tenant, "command line")) as work:
        await work.api_clients.add(client)
        work.outbox.publish(event)
    return NewClient(made, secret)
