"""What webhook endpoints, deliveries, event cursors and the past of the feed promise beyond all records."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import attrs
import pytest

from emobility_core.ids import EventId, WebhookDeliveryId
from emobility_core.testing.builders import (
    later,
    make_event,
    make_event_cursor,
    make_webhook_delivery,
    make_webhook_endpoint,
)
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.webhooks import DeliveryState, PastEvents, WebhookDelivery, WebhookEndpoint
from emobility_core.work import AlreadyTaken, Page


async def _endpoint(store: Seeded, *deliveries: dict[str, Any], **changes: Any) -> WebhookEndpoint:
    endpoint = make_webhook_endpoint(tenant=store.a.id, **changes)
    async with store.unit() as work:
        await work.webhook_endpoints.add(endpoint)
        await work.webhook_deliveries.queue([_delivery(endpoint, **one) for one in deliveries])
    return endpoint


def _delivery(endpoint: WebhookEndpoint, **changes: Any) -> WebhookDelivery:
    return make_webhook_delivery(tenant=endpoint.tenant, endpoint=endpoint.id, **changes)


class WebhooksContract:
    """Deliveries queued once, claimed by one, and gone with their endpoint."""

    async def test_an_endpoint_is_due_while_it_is_on_not_paused_and_has_something_to_be_sent(
        self, store: Seeded
    ) -> None:
        due = await _endpoint(store, {}, {})
        paused_until_now = await _endpoint(store, {}, paused_until=NOON)
        await _endpoint(store, {}, paused_until=later(seconds=1))
        await _endpoint(store, {}, enabled=False)
        await _endpoint(store, {"next_attempt_at": later(seconds=1)})
        await _endpoint(store, {"state": DeliveryState.DELIVERED, "next_attempt_at": None})
        await _endpoint(store)
        async with store.unit() as work:
            assert await work.webhook_endpoints.due(NOON, limit=9) == [due.id, paused_until_now.id]
            assert await work.webhook_endpoints.due(NOON, limit=1) == [due.id]
            behind = await work.webhook_endpoints.due(NOON, limit=9, behind=due.id)
            assert behind == [paused_until_now.id, due.id], "each has its turn"
        async with store.unit(store.c) as work:
            assert await work.webhook_endpoints.due(NOON, limit=9) == []

    async def test_an_event_is_queued_once_for_an_endpoint(self, store: Seeded) -> None:
        endpoint, other = await _endpoint(store), await _endpoint(store)
        first = _delivery(endpoint)
        again = attrs.evolve(_delivery(endpoint, event=first.event), tries=3)
        beside = _delivery(other, event=first.event)
        async with store.unit() as work:
            await work.webhook_deliveries.queue([first])
        async with store.unit() as work:
            await work.webhook_deliveries.queue([again, beside])
            await work.webhook_deliveries.queue([])
        async with store.unit() as work:
            assert await work.webhook_deliveries.get(first.id) == first
            assert await work.webhook_deliveries.get(beside.id) == beside
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.webhook_deliveries.add(again)
        assert refusal.value.field == "event"

    async def test_what_is_replayed_begins_again_and_what_is_new_is_kept(self, store: Seeded) -> None:
        endpoint = await _endpoint(store)
        done = _delivery(endpoint, state=DeliveryState.DELIVERED, tries=4, next_attempt_at=None)
        new = _delivery(endpoint, next_attempt_at=later(), created_at=later(), updated_at=later())
        same = attrs.evolve(new, id=make_webhook_delivery().id, event=done.event)
        async with store.unit() as work:
            await work.webhook_deliveries.queue([done])
        async with store.unit() as work:
            await work.webhook_deliveries.replay([same, new])
        async with store.unit() as work:
            begun = await work.webhook_deliveries.get(done.id)
            assert begun == attrs.evolve(done.again(later()), version=1)
            assert await work.webhook_deliveries.get(new.id) == new

    async def test_what_is_claimed_is_due_for_nobody_else_until_then(self, store: Seeded) -> None:
        endpoint = await _endpoint(
            store, {"next_attempt_at": later(seconds=2)}, {"next_attempt_at": later(seconds=1)}, {}
        )
        at, until = later(seconds=2), later(minutes=1)

        async def claim(limit: int) -> list[WebhookDelivery]:
            async with store.unit() as work:
                found: list[WebhookDelivery] = await work.webhook_deliveries.claim(
                    endpoint.id, at=at, until=until, limit=limit
                )
            return found

        first = await claim(2)
        assert [one.next_attempt_at for one in first] == [until, until]
        assert [one.version for one in first] == [1, 1]
        assert first[0].id > first[1].id, "the longest waiting is first"
        (rest,) = await claim(2)
        assert rest.id not in {one.id for one in first}
        assert await claim(2) == []
        async with store.unit() as work:
            assert await work.webhook_deliveries.get(rest.id) == rest

    async def test_two_that_claim_at_once_share_what_is_due(self, store: Seeded) -> None:
        endpoint = await _endpoint(store, *[{}] * 4)

        async def claim() -> list[WebhookDelivery]:
            async with store.unit() as work:
                found: list[WebhookDelivery] = await work.webhook_deliveries.claim(
                    endpoint.id, at=NOON, until=later(minutes=1), limit=3
                )
            return found

        one, other = await asyncio.gather(claim(), claim())
        taken = [delivery.id for delivery in (*one, *other)]
        assert len(set(taken)) == len(taken)

    async def test_what_is_discarded_is_what_was_still_to_be_sent(self, store: Seeded) -> None:
        sent = {"state": DeliveryState.DELIVERED, "next_attempt_at": None}
        endpoint, other = await _endpoint(store, {}, sent), await _endpoint(store, {})
        async with store.unit() as work:
            await work.webhook_deliveries.discard(endpoint.id, at=later())
        states = [DeliveryState.DISCARDED, DeliveryState.DELIVERED]
        assert [one.state for one in await self._of(store, endpoint)] == states
        assert [one.state for one in await self._of(store, other)] == [DeliveryState.PENDING]

    async def test_deliveries_go_with_their_endpoint(self, store: Seeded) -> None:
        endpoint, other = await _endpoint(store, {}, {}), await _endpoint(store, {})
        async with store.unit(store.c) as work:
            await work.webhook_endpoints.remove(endpoint.id)
        assert len(await self._of(store, endpoint)) == 2
        async with store.unit() as work:
            await work.webhook_endpoints.remove(endpoint.id)
            await work.webhook_endpoints.remove(endpoint.id)
        assert await self._of(store, endpoint) == []
        assert len(await self._of(store, other)) == 1

    async def test_old_deliveries_are_forgotten_but_not_those_that_are_pending(self, store: Seeded) -> None:
        over = {"state": DeliveryState.FAILED, "next_attempt_at": None}
        endpoint = await _endpoint(store, over, over, {}, over)
        kept = make_webhook_delivery(tenant=store.a.id, **over)
        young = attrs.evolve(
            kept,
            id=WebhookDeliveryId(ids.uuid7(later(days=1))),
            endpoint=endpoint.id,
            created_at=later(days=1),
        )
        async with store.unit() as work:
            await work.webhook_deliveries.queue([young])
        async with store.unit() as work:
            assert await work.webhook_deliveries.forget(later(hours=1), limit=2) == 2
            assert await work.webhook_deliveries.forget(later(hours=1), limit=2) == 1
        left = await self._of(store, endpoint)
        assert [one.state for one in left] == [DeliveryState.PENDING, DeliveryState.FAILED]

    async def _of(self, store: Seeded, endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
        async with store.unit() as work:
            found: list[WebhookDelivery] = await work.webhook_deliveries.page(
                Page(filters={"endpoint": [endpoint.id]})
            )
        return found


class EventCursorsContract:
    """One of a name for each client."""

    async def test_a_cursor_is_found_by_its_name(self, store: Seeded) -> None:
        one = make_event_cursor(tenant=store.a.id)
        others = [
            attrs.evolve(one, id=make_event_cursor().id, **change)
            for change in ({"name": "bi"}, {"client": "cli_2"}, {"tenant": store.b.id})
        ]
        async with store.unit() as work:
            for cursor in (one, *others):
                await work.event_cursors.add(cursor)
        async with store.unit() as work:
            assert await work.event_cursors.find(store.a.id, one.client, one.name) == one
            assert await work.event_cursors.find(store.a.id, "cli_3", one.name) is None
        async with store.unit(store.c) as work:
            assert await work.event_cursors.find(store.a.id, one.client, one.name) is None
            await work.event_cursors.remove(one.id)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.event_cursors.add(attrs.evolve(one, id=make_event_cursor().id))
        assert refusal.value.field == "name"
        async with store.unit() as work:
            await work.event_cursors.remove(one.id)
        async with store.unit() as work:
            assert await work.event_cursors.find(store.a.id, one.client, one.name) is None


class PastEventsContract:
    """The log by the time at which events came about."""

    async def test_events_between_two_instants_come_in_their_order(self, store: Seeded) -> None:
        assert store.feed is not None
        past = cast("PastEvents", store.feed)
        times = [NOON, later(seconds=1), later(seconds=2), later(seconds=3)]
        made = [make_event(tenant=store.a.id, id=EventId(ids.uuid7(at)), at=at) for at in times]
        below = make_event(tenant=store.b.id, id=EventId(ids.uuid7(times[1])), at=times[1])
        beside = make_event(tenant=store.c.id, id=EventId(ids.uuid7(times[1])), at=times[1])
        async with store.unit(store.root) as work:
            work.outbox.publish(*made, below, beside)
        await store.feed.wait(5, timeout_s=20)
        scope = store.scope(store.a)
        since, until = later(seconds=0.5), later(seconds=2.5)

        async def between(limit: int, *, descendants: bool) -> list[EventId]:
            found = await past.between(since, until, scope=scope, limit=limit, descendants=descendants)
            return [one.event.id for one in found]

        assert await between(9, descendants=False) == [made[1].id, made[2].id]
        assert await between(9, descendants=True) == [made[1].id, below.id, made[2].id]
        assert await between(1, descendants=False) == [made[1].id]
        rest = await past.between(since, until, after=made[1].id, scope=scope, limit=9, descendants=False)
        assert [one.event.id for one in rest] == [made[2].id]

    async def test_an_event_is_found_with_its_place_where_it_is_seen(self, store: Seeded) -> None:
        assert store.feed is not None
        past, event = cast("PastEvents", store.feed), make_event(tenant=store.a.id)
        async with store.unit() as work:
            work.outbox.publish(event)
        await store.feed.wait(0, timeout_s=20)
        (entry,) = await store.feed.after(0, scope=store.scope(store.root), limit=9)
        assert await past.entry(event.id, scope=store.scope(store.root)) == entry
        assert await past.entry(event.id, scope=store.scope(store.c)) is None
        assert await past.entry(make_event().id, scope=store.scope(store.root)) is None
