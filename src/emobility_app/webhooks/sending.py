"""Sends what is queued, each endpoint at its own pace."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import attrs

from emobility_app.patience import patiently
from emobility_app.webhooks.message import message
from emobility_core.errors import EmobilityError
from emobility_core.ids import Ids, WebhookEndpointId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.webhooks import (
    PastEvents,
    ReceiverUnreachable,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecrets,
    WebhookSender,
    settle_attempt,
    signed_headers,
)
from emobility_core.work import Page, Scope, Transactions

_log = logging.getLogger("emobility.webhooks")

_LOOK_EVERY_S = 1.0
# Longer than a try can take; what a server that died had taken is taken by another after it.
TAKEN_FOR = timedelta(minutes=1)
_ENDPOINTS_AT_ONCE = 1_000
_ERROR_TEXT = 300


@attrs.frozen(kw_only=True)
class Bounds:
    """How many tries run at once: `of_all`, and `of_one` endpoint that has answered the last one.

    The others have a single try each and `of_silent` together: however many receivers are dead, some room is
    never theirs.
    """

    of_all: int = 64
    of_one: int = 4
    of_silent: int = 32


@attrs.define(kw_only=True)
class WebhookSending:
    """Takes deliveries when they are due and notes what each try came to."""

    reading: Callable[[Scope], AbstractAsyncContextManager[Any]]
    transactions: Transactions[Any]
    everything: Scope
    past: PastEvents
    sender: WebhookSender
    secrets: WebhookSecrets
    clock: Clock
    ids: Ids
    bounds: Bounds = attrs.field(factory=Bounds)
    _trying: dict[asyncio.Task[None], WebhookEndpointId] = attrs.field(factory=dict, init=False)
    _answering: set[WebhookEndpointId] = attrs.field(factory=set, init=False)
    _looked_at: WebhookEndpointId | None = attrs.field(default=None, init=False)
    # Of those that answer and of the others: each have their turns among themselves.
    _last: dict[bool, WebhookEndpointId] = attrs.field(factory=dict, init=False)
    _due: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """Say that something was queued."""
        self._due.set()

    async def run(self) -> None:
        """Send until cancelled; what is under way then is tried again by whoever comes after."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._due.clear()
                await patiently("webhooks", partial(self._round, group))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await self._due.wait()

    async def _round(self, group: asyncio.TaskGroup) -> None:
        """Take as much of what is due as there is room for."""
        now = self.clock.now()
        async with self.reading(self.everything) as work:
            due = await work.webhook_endpoints.due(now, limit=_ENDPOINTS_AT_ONCE, behind=self._looked_at)
        self._looked_at = due[-1] if len(due) == _ENDPOINTS_AT_ONCE else None
        room = self._room(due)
        if not room:
            return
        until, taken = Instant(now + TAKEN_FOR), []
        async with self.transactions(self.everything) as work:
            for endpoint in await work.webhook_endpoints.page(Page.of("id", list(room))):
                limit = room[endpoint.id]
                claimed = await work.webhook_deliveries.claim(endpoint.id, at=now, until=until, limit=limit)
                taken.append((endpoint, claimed))
        for endpoint, deliveries in taken:
            for delivery in deliveries:
                task = group.create_task(self._try(endpoint, delivery))
                self._trying[task] = endpoint.id
                task.add_done_callback(self._tried)

    def _tried(self, task: asyncio.Task[None]) -> None:
        del self._trying[task]
        self.wake()

    def _room(self, due: Sequence[WebhookEndpointId]) -> dict[WebhookEndpointId, int]:
        """How many deliveries of which endpoints may be taken: of silent ones first, which leave room to the
        others, and of either those behind the last one first."""
        at_work, room = Counter(self._trying.values()), {}
        free = self.bounds.of_all - at_work.total()
        for_silent = self.bounds.of_silent - sum(
            count for id, count in at_work.items() if id not in self._answering
        )
        for id in sorted(due, key=self._turn):
            answering = id in self._answering
            most = self.bounds.of_one if answering else 1
            limit = min(most - at_work[id], free if answering else min(free, for_silent))
            if limit > 0:
                room[id], free, self._last[answering] = limit, free - limit, id
                for_silent -= 0 if answering else limit
        return room

    def _turn(self, id: WebhookEndpointId) -> tuple[bool, bool, WebhookEndpointId]:
        answering = id in self._answering
        last = self._last.get(answering)
        return answering, last is not None and id <= last, id

    async def _try(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
        began, status, error, retry_after = self.clock.now(), None, None, None
        try:
            status, retry_after = await self._send(endpoint, delivery, began)
        except EmobilityError as refusal:
            error = getattr(refusal, "reason", "") or str(refusal)
        except Exception as bug:
            _log.exception("a message to %s could not be sent", shown("whe", endpoint.id))
            error = repr(bug)
        took = self.clock.now() - began
        attempt = WebhookAttempt(
            at=began,
            duration_ms=max(0, took // timedelta(milliseconds=1)),
            status=status,
            error=error and error[:_ERROR_TEXT],
        )
        if attempt.delivered:
            self._answering.add(endpoint.id)
        else:
            self._answering.discard(endpoint.id)
        try:
            await patiently("webhooks", partial(self._settle, delivery, attempt, retry_after))
        except EmobilityError as refusal:
            _log.warning("%s will be tried again: %s", shown("whd", delivery.id), refusal)

    async def _send(
        self, endpoint: WebhookEndpoint, delivery: WebhookDelivery, at: Instant
    ) -> tuple[int, str | None]:
        # Waiting for the database is no try of the receiver's.
        look_up = partial(self.past.entry, delivery.event, scope=self.everything)
        entry = await patiently("webhooks", look_up)
        if entry is None:
            raise ReceiverUnreachable("the event is not kept any more")
        secrets = [self.secrets.open(sealed) for sealed in endpoint.secrets_at(at)]
        body = message(entry)
        headers = signed_headers(shown("evt", delivery.event), body, at=at, secrets=secrets)
        answer = await self.sender.send(endpoint.url, body, headers)
        return answer.status, answer.retry_after

    async def _settle(
        self, delivery: WebhookDelivery, attempt: WebhookAttempt, retry_after: str | None
    ) -> None:
        await settle_attempt(
            delivery.id,
            attempt,
            retry_after=retry_after,
            scope=self.everything,
            transactions=self.transactions,
            clock=self.clock,
            ids=self.ids,
        )
