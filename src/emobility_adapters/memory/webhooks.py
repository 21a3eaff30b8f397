"""Webhook endpoints, deliveries and event cursors of the in-memory store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import attrs

from emobility_adapters.memory.records import Claim, MemoryRecords
from emobility_core.event_cursors import EventCursor
from emobility_core.ids import TenantId, WebhookEndpointId
from emobility_core.instants import Instant
from emobility_core.webhooks import DeliveryState, WebhookDelivery, WebhookEndpoint

DELIVERIES = "webhook deliveries"


class MemoryWebhookEndpoints(MemoryRecords[WebhookEndpoint]):
    """Implements the core's `WebhookEndpoints`."""

    async def due(
        self, at: Instant, *, limit: int, behind: WebhookEndpointId | None = None
    ) -> list[WebhookEndpointId]:
        waiting = {one.endpoint for one in self._unit.rows(DELIVERIES).values() if _is_due(one, at)}
        found = [
            one.id
            for one in self.visible()
            if one.enabled and (one.paused_until or at) <= at and one.id in waiting
        ]
        return sorted(found, key=lambda id: (behind is not None and id <= behind, id))[:limit]

    async def remove(self, id: UUID) -> None:
        await super().remove(id)
        theirs = MemoryWebhookDeliveries(self._unit, DELIVERIES, self._unknown, event_of)
        for delivery in [one for one in theirs.visible() if one.endpoint == id]:
            await theirs.remove(delivery.id)


class MemoryWebhookDeliveries(MemoryRecords[WebhookDelivery]):
    """Implements the core's `WebhookDeliveries`."""

    async def queue(self, deliveries: Sequence[WebhookDelivery]) -> None:
        for delivery in deliveries:
            if self._known(delivery) is None:
                await self.add(delivery)

    async def replay(self, deliveries: Sequence[WebhookDelivery]) -> None:
        for delivery in deliveries:
            known = self._known(delivery)
            if known is None:
                await self.add(delivery)
            else:
                await self.replace(known.again(delivery.created_at))

    async def claim(
        self, endpoint: WebhookEndpointId, *, at: Instant, until: Instant, limit: int
    ) -> list[WebhookDelivery]:
        due = [one for one in self.visible() if one.endpoint == endpoint and _is_due(one, at)]
        due.sort(key=lambda one: (one.next_attempt_at, one.id))
        return [await self.replace(attrs.evolve(one, next_attempt_at=until)) for one in due[:limit]]

    async def discard(self, endpoint: WebhookEndpointId, *, at: Instant) -> None:
        for one in list(self.visible()):
            if one.endpoint == endpoint and one.state is DeliveryState.PENDING:
                await self.replace(one.discarded(at))

    async def forget(self, before: Instant, *, limit: int) -> int:
        over = (one for one in self.visible() if one.state is not DeliveryState.PENDING)
        old = sorted((one for one in over if one.created_at < before), key=lambda one: one.id)[:limit]
        for one in old:
            await self.remove(one.id)
        return len(old)

    def _known(self, delivery: WebhookDelivery) -> WebhookDelivery | None:
        same = (delivery.endpoint, delivery.event)
        return next((one for one in self.visible() if (one.endpoint, one.event) == same), None)


class MemoryEventCursors(MemoryRecords[EventCursor]):
    """Implements the core's `EventCursors`."""

    async def find(self, tenant: TenantId, client: str, name: str) -> EventCursor | None:
        wanted = (tenant, client, name)
        return next((one for one in self.visible() if (one.tenant, one.client, one.name) == wanted), None)


def event_of(delivery: WebhookDelivery) -> Iterable[Claim]:
    """An endpoint has one delivery of an event."""
    return [("event", str(delivery.event), ("webhook delivery", delivery.endpoint, delivery.event))]


def name_of(cursor: EventCursor) -> Iterable[Claim]:
    """A client has one cursor of a name."""
    return [("name", cursor.name, ("event cursor", cursor.tenant, cursor.client, cursor.name))]


def _is_due(delivery: WebhookDelivery, at: Instant) -> bool:
    return delivery.next_attempt_at is not None and delivery.next_attempt_at <= at
