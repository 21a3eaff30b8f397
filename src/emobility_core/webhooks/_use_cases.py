"""Deliveries queued from the feed, settled after each try, and begun again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from emobility_core.errors import NotFound
from emobility_core.ids import EventId, Ids, WebhookDeliveryId, WebhookEndpointId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.webhooks._delivery import DeliveryState, WebhookAttempt, WebhookDelivery
from emobility_core.webhooks._endpoint import (
    TESTED,
    DisabledReason,
    WebhookEndpoint,
    WebhookEndpointDisabled,
)
from emobility_core.webhooks._ports import WebhookWork
from emobility_core.webhooks._schedule import told_to_wait
from emobility_core.work import Event, FeedEntry, Scope, StaleWrite, Transactions

_STALE_TRIES = 5


def delivery_of(entry: FeedEntry, endpoint: WebhookEndpoint, *, at: Instant, ids: Ids) -> WebhookDelivery:
    """A new delivery of an event, due at once."""
    return WebhookDelivery(
        id=WebhookDeliveryId(ids.uuid7(at)),
        tenant=endpoint.tenant,
        created_at=at,
        updated_at=at,
        endpoint=endpoint.id,
        event=entry.event.id,
        event_type=entry.event.type,
        next_attempt_at=at,
    )


async def queue_deliveries(
    wanted: Iterable[tuple[FeedEntry, WebhookEndpoint]],
    *,
    scope: Scope,
    transactions: Transactions[WebhookWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Queue each event for its endpoint, in this order; what was queued before stays as it is."""
    now = clock.now()
    async with transactions(scope) as work:
        deliveries = [delivery_of(entry, endpoint, at=now, ids=ids) for entry, endpoint in wanted]
        await work.webhook_deliveries.queue(deliveries)


async def settle_attempt(
    id: WebhookDeliveryId,
    attempt: WebhookAttempt,
    *,
    retry_after: str | None,
    scope: Scope,
    transactions: Transactions[WebhookWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Note what a try came to; a receiver that is gone, or took nothing for `FAILING_FOR` while one delivery
    ran through all its tries, is sent nothing more.

    It is a report: if the delivery was changed meanwhile, the try is noted on its new state.
    """
    for left in reversed(range(_STALE_TRIES)):
        try:
            async with transactions(scope) as work:
                await _settle(id, attempt, retry_after, work=work, at=clock.now(), ids=ids)
            return
        except NotFound:
            return
        except StaleWrite:
            if not left:
                raise


async def _settle(
    id: WebhookDeliveryId,
    attempt: WebhookAttempt,
    retry_after: str | None,
    *,
    work: WebhookWork,
    at: Instant,
    ids: Ids,
) -> None:
    before = await work.webhook_deliveries.get(id)
    tried = await work.webhook_deliveries.replace(before.attempted(attempt, ended=at))
    endpoint = await work.webhook_endpoints.get(before.endpoint)
    if attempt.gone:
        await _switch_off(endpoint, DisabledReason.GONE, work=work, at=at, ids=ids)
    elif tried.state is DeliveryState.FAILED and endpoint.gives_up(at):
        await _switch_off(endpoint, DisabledReason.FAILING, work=work, at=at, ids=ids)
    else:
        failed = endpoint.failed(at, paused_until=told_to_wait(retry_after, at))
        now = endpoint.answered() if attempt.delivered else failed
        if now != endpoint:
            await work.webhook_endpoints.replace(now)


async def _switch_off(
    endpoint: WebhookEndpoint, reason: DisabledReason, *, work: WebhookWork, at: Instant, ids: Ids
) -> None:
    if endpoint.enabled:
        gone = await work.webhook_endpoints.replace(endpoint.off(reason, at))
        work.outbox.publish(endpoint_event(gone, "disabled", at=at, ids=ids))
    await work.webhook_deliveries.discard(endpoint.id, at=at)


async def change_endpoint(
    endpoint: WebhookEndpoint, *, work: WebhookWork, at: Instant, ids: Ids
) -> WebhookEndpoint:
    """Store a new state; one that is switched off gives up what it was not sent yet."""
    changed = await work.webhook_endpoints.replace(endpoint)
    if not changed.enabled:
        await work.webhook_deliveries.discard(changed.id, at=at)
    work.outbox.publish(endpoint_event(changed, "changed", at=at, ids=ids))
    return changed


async def remove_endpoint(
    id: WebhookEndpointId, *, work: WebhookWork, at: Instant, ids: Ids
) -> WebhookEndpoint:
    """Drop an endpoint with its deliveries; raise `UnknownWebhookEndpoint`."""
    endpoint = await work.webhook_endpoints.get(id)
    await work.webhook_endpoints.remove(id)
    work.outbox.publish(endpoint_event(endpoint, "removed", at=at, ids=ids))
    return endpoint


async def rotate_secret(
    id: WebhookEndpointId,
    sealed: str,
    *,
    previous_for: timedelta,
    work: WebhookWork,
    at: Instant,
    ids: Ids,
) -> WebhookEndpoint:
    """Give an endpoint a new secret; the old one counts beside it for so long."""
    before = await work.webhook_endpoints.get(id)
    until = Instant(at + previous_for)
    changed = await work.webhook_endpoints.replace(before.rotated(sealed, previous_until=until, at=at))
    work.outbox.publish(endpoint_event(changed, "secret_rotated", at=at, ids=ids))
    return changed


async def try_endpoint(id: WebhookEndpointId, *, work: WebhookWork, at: Instant, ids: Ids) -> Event:
    """Publish an event that goes to this endpoint alone; raise `WebhookEndpointDisabled`."""
    endpoint = await work.webhook_endpoints.get(id)
    _require_enabled(endpoint)
    event = endpoint_event(endpoint, TESTED.partition(".")[2], at=at, ids=ids)
    work.outbox.publish(event)
    return event


async def redeliver(id: WebhookDeliveryId, *, work: WebhookWork, at: Instant) -> WebhookDelivery:
    """Begin a delivery again; raise `WebhookEndpointDisabled`."""
    delivery = await work.webhook_deliveries.get(id)
    _require_enabled(await work.webhook_endpoints.get(delivery.endpoint))
    return await work.webhook_deliveries.replace(delivery.again(at))


async def replay(
    endpoint: WebhookEndpoint, entries: Sequence[FeedEntry], *, work: WebhookWork, at: Instant, ids: Ids
) -> None:
    """Deliver past events anew, also those that were delivered; raise `WebhookEndpointDisabled`."""
    _require_enabled(endpoint)
    await work.webhook_deliveries.replay([delivery_of(one, endpoint, at=at, ids=ids) for one in entries])


def _require_enabled(endpoint: WebhookEndpoint) -> None:
    if not endpoint.enabled:
        raise WebhookEndpointDisabled(endpoint.id)


def endpoint_event(endpoint: WebhookEndpoint, what: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("whe", endpoint.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=endpoint.tenant,
        type=f"webhook_endpoint.{what}",
        subject=id,
        at=at,
        data={"webhook_endpoint": id, "version": endpoint.version},
    )
