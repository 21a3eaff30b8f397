"""Follows the feed and queues each event for the endpoints that subscribe to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import attrs

from emobility_app.patience import patiently
from emobility_app.relay import Positions, Tail
from emobility_core.ids import Ids, TenantId
from emobility_core.instants import Clock
from emobility_core.webhooks import WebhookEndpoint, queue_deliveries
from emobility_core.work import FeedEntry, Page, Scope, Transactions

SUBSCRIBER = "webhooks"
_AT_ONCE = 500


@attrs.define(kw_only=True)
class WebhookQueueing:
    """One place in the feed for all endpoints: what is queued is sent at each endpoint's own pace.

    After a crash it may read events again; an endpoint has one delivery of an event all the same.
    `queued` hears that there is something to send.
    """

    tail: Tail
    positions: Positions
    reading: Callable[[Scope], AbstractAsyncContextManager[Any]]
    transactions: Transactions[Any]
    everything: Scope
    path_of: Callable[[TenantId], Awaitable[str]]
    clock: Clock
    ids: Ids
    queued: Callable[[], None]
    _subscribed: list[tuple[WebhookEndpoint, str]] = attrs.field(factory=list, init=False)
    _saved: int = attrs.field(default=0, init=False)

    async def run(self) -> None:
        """Follow the feed until cancelled."""
        at = self._saved = await patiently(SUBSCRIBER, partial(self.positions.load, SUBSCRIBER))
        await patiently(SUBSCRIBER, self._look_up)
        while True:
            entries = await patiently(SUBSCRIBER, partial(self.tail.next_after, at, _AT_ONCE))
            if not entries:
                await self.tail.wait(at, timeout_s=1.0)
                continue
            some = await patiently(SUBSCRIBER, partial(self._queue, entries))
            at = entries[-1].position
            # What nobody wants is soon read again; that saves a write for each look.
            if some or at - self._saved >= _AT_ONCE:
                await self._save(at)

    async def _save(self, at: int) -> None:
        await patiently(SUBSCRIBER, partial(self.positions.save, SUBSCRIBER, at))
        self._saved = at

    async def _look_up(self) -> None:
        """Who subscribes to what, as it is now."""
        async with self.reading(self.everything) as work:
            endpoints = await _all(work)
        self._subscribed = [(one, await self.path_of(one.tenant)) for one in endpoints]

    async def _queue(self, entries: Sequence[FeedEntry]) -> bool:
        wanted: list[tuple[FeedEntry, WebhookEndpoint]] = []
        for entry in entries:
            # Which events an endpoint hears depends on where its tenant stands.
            if entry.event.type.startswith("webhook_endpoint.") or entry.event.type == "tenant.moved":
                await self._look_up()
            if self._subscribed:
                path = await self.path_of(entry.event.tenant)
                for endpoint, own_path in self._subscribed:
                    if endpoint.hears(entry.event, path=path, own_path=own_path):
                        wanted.append((entry, endpoint))
        if wanted:
            await queue_deliveries(
                wanted, scope=self.everything, transactions=self.transactions, clock=self.clock, ids=self.ids
            )
            self.queued()
        return bool(wanted)


async def _all(work: Any) -> list[WebhookEndpoint]:
    found: list[WebhookEndpoint] = []
    page = Page(limit=_AT_ONCE, filters={"enabled": [True]}, descendants=True)
    while more := await work.webhook_endpoints.page(page):
        found += more
        page = attrs.evolve(page, after=more[-1].id)
    return found
