"""The signing keys of the server, changed from the command line: a running server hears of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs

from emobility_app.auth.keys import NAME, new_signing_key, ring_of, ring_text
from emobility_app.auth.tokens import LIFETIME
from emobility_app.clients import Store
from emobility_app.store import commanded
from emobility_core.identity import KeyRing
from emobility_core.ids import EventId, TenantId
from emobility_core.instants import Instant
from emobility_core.work import Event, Page, Scope

# So much longer than tokens last: the clocks of others are not quite ours.
_LEEWAY = timedelta(minutes=5)


async def key_ring(*, everything: Scope, store: Store) -> KeyRing:
    """The keys as they are."""
    async with store.transactions(everything) as work:
        return ring_of(await work.server_keys.get_for_change(NAME))


async def rotate_keys(*, publish_for: timedelta, everything: Scope, store: Store) -> KeyRing:
    """Publish a new key, which signs after so long; raises `KeyRotationUnderWay`."""
    jwk = new_signing_key()
    kid = json.loads(jwk)["kid"]

    def rotated(ring: KeyRing, at: Instant) -> KeyRing:
        last = LIFETIME + _LEEWAY
        return ring.rotated(kid, jwk, at=at, publish_for=publish_for, tokens_last=last)

    return await _changed(rotated, "rotated", kid, everything, store)


async def retire_key(kid: str, *, everything: Scope, store: Store) -> KeyRing:
    """Have a key, and the tokens that it signed, count no more; raises `UnknownSigningKey` and
    `SigningKeyNeeded`."""
    return await _changed(lambda ring, at: ring.retired(kid, at=at), "retired", kid, everything, store)


async def _changed(
    change: Callable[[KeyRing, Instant], KeyRing], what: str, kid: str, everything: Scope, store: Store
) -> KeyRing:
    at = store.clock.now()
    async with store.transactions(everything) as work:
        home = await root_of(work)
    command = commanded(everything, f"keys {what.removesuffix('d')}", named=(kid,))
    async with store.transactions(attrs.evolve(command, tenant=home)) as work:
        ring = change(ring_of(await work.server_keys.get_for_change(NAME)), at)
        await work.server_keys.replace(NAME, ring_text(ring))
        event = Event(
            id=EventId(store.ids.uuid7(at)),
            tenant=home,
            type=f"signing_key.{what}",
            subject=kid,
            at=at,
            data={"kid": kid},
        )
        work.outbox.publish(event)
    return ring


async def root_of(work: Any) -> TenantId:
    """The tenant above all: the first that was made."""
    (root,) = await work.tenants.page(Page(limit=1, descendants=True))
    return TenantId(root.id)
