"""What the feed and the marks of reactions promise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emobility_core.reactions import AlreadyReacted
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import make_event
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import Event, Feed, FeedEntry

WITHIN_S = 5.0


def _feed(store: Seeded) -> Feed:
    if store.feed is None:
        pytest.skip("the adapter has no feed")
    return store.feed


async def _publish(store: Seeded, tenant: Tenant, *events: Event) -> None:
    async with store.unit(tenant) as work:
        work.outbox.publish(*events)


async def _arrived(feed: Feed, position: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (seen := await feed.last()) < position:
            await feed.wait(seen, timeout_s=WITHIN_S)


async def _all(store: Seeded, tenant: Tenant, position: int = 0, **choice: Any) -> list[FeedEntry]:
    wide: dict[str, Any] = {"limit": 1000, **choice}
    return await _feed(store).after(position, scope=store.scope(tenant), **wide)


class FeedContract:
    """The event log as its readers see it."""

    async def test_events_come_back_equal_in_order_and_counted_without_gaps(self, store: Seeded) -> None:
        feed, events = _feed(store), [make_event(tenant=store.a.id) for _ in range(5)]
        before = await feed.last()
        await _publish(store, store.a, *events[:2])
        await _publish(store, store.a, *events[2:])
        await _arrived(feed, before + 5)
        entries = await _all(store, store.a)
        assert [entry.event for entry in entries] == events
        assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
        positions = [entry.position for entry in entries]
        assert positions == sorted(set(positions))

    async def test_each_tenant_has_its_own_gap_free_count(self, store: Seeded) -> None:
        feed = _feed(store)
        before = await feed.last()
        for tenant in (store.a, store.c, store.b, store.a, store.c):
            await _publish(store, tenant, make_event(tenant=tenant.id))
        await _arrived(feed, before + 5)
        for tenant, count in ((store.a, 2), (store.b, 1), (store.c, 2)):
            entries = await _all(store, tenant, descendants=False)
            assert [entry.seq for entry in entries] == list(range(1, count + 1))

    async def test_events_of_concurrent_units_are_all_counted_once(self, store: Seeded) -> None:
        feed = _feed(store)
        before = await feed.last()
        events = [make_event(tenant=store.a.id) for _ in range(40)]
        await asyncio.gather(*(_publish(store, store.a, event) for event in events))
        await _arrived(feed, before + 40)
        entries = await _all(store, store.a)
        assert [entry.seq for entry in entries] == list(range(1, 41))
        assert {entry.event.id for entry in entries} == {event.id for event in events}

    async def test_a_unit_that_failed_publishes_nothing(self, store: Seeded) -> None:
        feed, kept = _feed(store), make_event(tenant=store.a.id)
        before = await feed.last()
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                work.outbox.publish(make_event(tenant=store.a.id))
                raise RuntimeError
        await _publish(store, store.a, kept)
        await _arrived(feed, before + 1)
        assert [entry.event for entry in await _all(store, store.a)] == [kept]

    async def test_a_reader_goes_on_behind_its_position(self, store: Seeded) -> None:
        feed, events = _feed(store), [make_event(tenant=store.a.id) for _ in range(5)]
        before = await feed.last()
        await _publish(store, store.a, *events)
        await _arrived(feed, before + 5)
        seen: list[Event] = []
        position = 0
        while entries := await _all(store, store.a, position, limit=2):
            assert len(entries) <= 2
            seen += [entry.event for entry in entries]
            position = entries[-1].position
        assert seen == events

    async def test_a_reader_hears_only_the_types_it_names(self, store: Seeded) -> None:
        feed = _feed(store)
        wanted = [make_event(tenant=store.a.id, type=kind) for kind in ("session.ended", "session.rated")]
        before = await feed.last()
        await _publish(store, store.a, wanted[0], make_event(tenant=store.a.id), wanted[1])
        await _arrived(feed, before + 3)
        entries = await _all(store, store.a, types=["session.ended", "session.rated"], limit=2)
        assert [entry.event for entry in entries] == wanted

    async def test_a_reader_sees_its_part_of_the_tree_alone(self, store: Seeded) -> None:
        feed = _feed(store)
        own, below = make_event(tenant=store.a.id), make_event(tenant=store.b.id)
        before = await feed.last()
        for tenant, event in (
            (store.root, make_event(tenant=store.root.id)),
            (store.c, make_event(tenant=store.c.id)),
            (store.a, own),
            (store.b, below),
        ):
            await _publish(store, tenant, event)
        await _arrived(feed, before + 4)
        assert [entry.event for entry in await _all(store, store.a)] == [own, below]
        assert [entry.event for entry in await _all(store, store.a, descendants=False)] == [own]
        assert len(await _all(store, store.root)) == 4

    async def test_waiting_ends_when_something_arrives(self, store: Seeded) -> None:
        feed = _feed(store)
        before = await feed.last()
        async with asyncio.timeout(WITHIN_S):
            waiting = asyncio.create_task(feed.wait(before, timeout_s=60))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            await _publish(store, store.a, make_event(tenant=store.a.id))
            await waiting
        assert await feed.last() > before

    async def test_waiting_ends_after_its_time(self, store: Seeded) -> None:
        feed = _feed(store)
        async with asyncio.timeout(WITHIN_S):
            await feed.wait(await feed.last(), timeout_s=0.01)


class ReactedEventsContract:
    """Which subscriber has dealt with which event."""

    async def test_a_subscriber_marks_an_event_once(self, store: Seeded) -> None:
        event = make_event().id
        async with store.unit() as work:
            await work.reacted.mark("rate", event)
        with pytest.raises(AlreadyReacted):
            async with store.unit() as work:
                await work.reacted.mark("rate", event)
        async with store.unit() as work:
            await work.reacted.mark("settle", event)
            await work.reacted.mark("rate", make_event().id)

    async def test_of_many_none_is_marked_where_one_was_before(self, store: Seeded) -> None:
        before, *fresh = (make_event().id for _ in range(3))
        async with store.unit() as work:
            await work.reacted.mark("rate", before)
        with pytest.raises(AlreadyReacted):
            async with store.unit() as work:
                await work.reacted.mark("rate", fresh[0], before)
        async with store.unit() as work:
            await work.reacted.mark("rate", *fresh)

    async def test_a_mark_goes_with_its_unit(self, store: Seeded) -> None:
        event = make_event().id
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                await work.reacted.mark("rate", event)
                raise RuntimeError
        async with store.unit() as work:
            await work.reacted.mark("rate", event)

    async def test_of_two_at_once_one_marks(self, store: Seeded) -> None:
        event = make_event().id

        async def mark() -> None:
            async with store.unit() as work:
                await work.reacted.mark("rate", event)
                await asyncio.sleep(0)

        outcomes = await asyncio.gather(mark(), mark(), return_exceptions=True)
        assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyReacted", "NoneType"]
