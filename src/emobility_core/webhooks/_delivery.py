"""A webhook delivery: one event on its way to one endpoint, with every try."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import EventId, WebhookDeliveryId, WebhookEndpointId
from emobility_core.instants import Instant
from emobility_core.webhooks._schedule import next_try
from emobility_core.work import Record

# Each round of tries has ten; further rounds are asked for by hand.
_TRIES_KEPT = 30


@attrs.frozen
class UnknownWebhookDelivery(NotFound):
    """There is no such webhook delivery within the caller's scope.

    Remedy: list the webhook deliveries and use one of their ids; old ones are dropped.
    """

    code = "unknown-webhook-delivery"
    webhook_delivery: UUID


class DeliveryState(Enum):
    """How far a delivery has come; DISCARDED says that its endpoint was switched off before."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISCARDED = "discarded"


@attrs.frozen(kw_only=True)
class WebhookAttempt:
    """One try: when it began, how long it took, and the answer's `status`, or the `error` without one."""

    at: Instant
    duration_ms: int
    status: int | None = None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        return self.status == 410


@attrs.frozen(kw_only=True)
class WebhookDelivery(Record):
    """An endpoint has one for each event. `tries` counts those of the present round; who is at work on it
    has it until `next_attempt_at`."""

    id: WebhookDeliveryId
    endpoint: WebhookEndpointId
    event: EventId
    event_type: str
    state: DeliveryState = DeliveryState.PENDING
    tries: int = 0
    next_attempt_at: Instant | None
    attempts: tuple[WebhookAttempt, ...] = ()

    def attempted(self, attempt: WebhookAttempt, *, ended: Instant) -> WebhookDelivery:
        """What a try came to. What was discarded meanwhile stays so, unless it was delivered after all."""
        kept = (*self.attempts, attempt)[-_TRIES_KEPT:]
        tried = attrs.evolve(self, attempts=kept, tries=self.tries + 1, updated_at=ended)
        if attempt.delivered:
            return attrs.evolve(tried, state=DeliveryState.DELIVERED, next_attempt_at=None)
        if self.state is not DeliveryState.PENDING:
            return tried
        again = None if attempt.gone else next_try(self.id, tried.tries, ended)
        state = DeliveryState.FAILED if again is None else DeliveryState.PENDING
        return attrs.evolve(tried, state=state, next_attempt_at=again)

    def again(self, at: Instant) -> WebhookDelivery:
        """From the beginning, at once; the tries so far are kept."""
        return attrs.evolve(self, state=DeliveryState.PENDING, tries=0, next_attempt_at=at, updated_at=at)

    def discarded(self, at: Instant) -> WebhookDelivery:
        return attrs.evolve(self, state=DeliveryState.DISCARDED, next_attempt_at=None, updated_at=at)
