"""API clients registered, changed, and given new secrets, by the API and by the command line alike."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from emobility_core.errors import Denied
from emobility_core.identity._client import ApiClient
from emobility_core.identity._ports import IdentityWork
from emobility_core.ids import ClientId, EventId, Ids, shown
from emobility_core.instants import Instant
from emobility_core.work import Event


@attrs.frozen
class ScopeBeyondCaller(Denied):
    """An API client holds, or would hold, a scope that whoever changes it does not hold.

    Remedy: have it done by somebody who holds all scopes of the client, or leave the scope out.
    """

    code = "scope-beyond-caller"
    scope: str


async def register_client(
    client: ApiClient, *, by: Collection[str], work: IdentityWork, at: Instant, ids: Ids
) -> ApiClient:
    """Store a new client; raise `ScopeBeyondCaller` unless whoever does it holds its scopes (`by`)."""
    _require_all(client, by)
    await work.api_clients.add(client)
    work.outbox.publish(_event(client, "created", at=at, ids=ids))
    return client


async def change_client(
    client: ApiClient, *, by: Collection[str], work: IdentityWork, at: Instant, ids: Ids
) -> ApiClient:
    """Store a new state of a client. Whoever says how a client proves itself could act as it, and so must
    hold its scopes, before and after; to switch it off is allowed to all who may change clients."""
    before = await work.api_clients.get(client.id)
    if not _only_switched_off(before, client):
        _require_all(before, by)
        _require_all(client, by)
    changed = await work.api_clients.replace(client)
    work.outbox.publish(_event(changed, "changed", at=at, ids=ids))
    return changed


async def rotate_client_secret(
    id: ClientId,
    digest: str,
    *,
    previous_until: Instant,
    by: Collection[str],
    work: IdentityWork,
    at: Instant,
    ids: Ids,
) -> ApiClient:
    """Give a client a new secret; the one so far counts beside it until then, in real time. Raises
    `NoClientSecret` and `ScopeBeyondCaller`."""
    before = await work.api_clients.get(id)
    _require_all(before, by)
    changed = await work.api_clients.replace(before.rotated(digest, previous_until=previous_until, at=at))
    work.outbox.publish(_event(changed, "secret_rotated", at=at, ids=ids))
    return changed


def _only_switched_off(before: ApiClient, after: ApiClient) -> bool:
    off = attrs.evolve(before, enabled=False, updated_at=after.updated_at)
    return after == off


def _require_all(client: ApiClient, held: Collection[str]) -> None:
    for scope in client.scopes:
        if scope not in held:
            raise ScopeBeyondCaller(scope)


def _event(client: ApiClient, what: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("cli", client.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=client.tenant,
        type=f"api_client.{what}",
        subject=id,
        at=at,
        data={"client": id, "name": client.name, "scopes": list(client.scopes), "version": client.version},
    )
