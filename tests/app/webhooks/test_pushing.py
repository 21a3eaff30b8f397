"""Events reach their receivers, signed, again where they failed, and nobody waits for somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from emobility_adapters.webhooks import SealedSecrets
from emobility_app.http.events import event_view
from emobility_app.webhooks import LONGEST_BODY
from emobility_app.webhooks.sending import TAKEN_FOR, Bounds, WebhookSending
from emobility_core.ids import WebhookEndpointId, shown
from emobility_core.testing.builders import later
from emobility_core.testing.clock import SeededIds
from emobility_core.webhooks import PAUSES, DeliveryState, DisabledReason, WebhookEndpoint
from emobility_core.work import Event
from tests.adapters.webhooks.receiver import Message, answer, receiving

from .world import SECRET, World, signed_by, world


@pytest.fixture
async def there() -> AsyncIterator[World]:
    async with world() as made:
        yield made


def _ids(events: list[Event]) -> list[str]:
    return [shown("evt", one.id) for one in events]


async def test_an_event_arrives_as_the_feed_shows_it_signed_by_the_standard(there: World) -> None:
    async with receiving() as receiver, there.running():
        endpoint = await there.endpoint(receiver)
        events = await there.happen("ses_1")
        await there.delivered(endpoint, 1)
    (message,) = receiver.messages
    (entry,) = await there.memory.feed.after(1, scope=there.everything, limit=9)
    assert orjson.loads(message.body) == event_view(entry)
    assert [message.id] == _ids(events)
    assert signed_by(message, SECRET)
    assert not signed_by(message, b"t" * 32)
    (attempt,) = there.deliveries()[0].attempts
    assert (attempt.status, attempt.error, attempt.at) == (204, None, there.clock.now())


async def test_events_arrive_in_their_order_where_each_is_answered_before_the_next(there: World) -> None:
    async with receiving() as receiver:
        endpoint = await there.endpoint(receiver)
        events = await there.happen(*(f"ses_{number}" for number in range(20)))
        there.bounds = Bounds(of_one=1)
        async with there.running():
            await there.delivered(endpoint, 20)
    assert [message.id for message in receiver.messages] == _ids(events)


async def test_a_dead_and_a_slow_receiver_delay_nobody_else(there: World) -> None:
    async with receiving() as gone:
        dead_url = gone.url
    async with receiving(lambda _: None) as slow, receiving() as live, there.running():
        endpoints = [await there.endpoint(one) for one in (dead_url, slow, live)]
        events = await there.happen(*(f"ses_{number}" for number in range(50)))
        await there.delivered(endpoints[2], 50)
        assert {message.id for message in live.messages} == set(_ids(events))
        await slow.heard()
        assert slow.calls == 1, "one that has never answered is asked one thing at a time"
        assert all(not one.attempts for one in there.deliveries(endpoints[1]))


async def test_however_many_receivers_are_slow_some_room_is_never_theirs() -> None:
    async with (
        world(Bounds(of_all=3, of_one=2, of_silent=2)) as there,
        receiving(lambda _: None) as slow,
        receiving() as live,
        there.running(),
    ):
        proven = await there.endpoint(live)
        await there.happen("first")
        await there.delivered(proven, 1)
        for _ in range(9):
            await there.endpoint(slow)
        await there.happen("second")
        await slow.heard(2)
        await there.happen(*(f"ses_{number}" for number in range(30)))
        await there.delivered(proven, 32)
        assert slow.calls == 2


def test_silent_ones_have_their_turns_however_busy_another_one_is() -> None:
    nothing: Any = None
    sending = WebhookSending(
        reading=nothing, transactions=nothing, everything=nothing, past=nothing, sender=nothing,
        secrets=nothing, clock=nothing, ids=nothing, bounds=Bounds(of_silent=1),
    )  # fmt: skip
    *silent, busy = sorted(WebhookEndpointId(SeededIds(1).uuid7(later(seconds=n))) for n in range(6))
    sending._answering.add(busy)
    rooms = [sending._room([*silent, busy]) for _ in range(7)]
    assert all(room[busy] == 4 for room in rooms)
    turns = [id for room in rooms for id in room if id != busy]
    assert turns == [*silent, *silent[:2]]


async def test_what_failed_is_tried_again_under_the_same_id_with_a_new_time(there: World) -> None:
    told = iter([answer(500), answer(302, "Location: /there"), answer(200)])
    async with receiving(lambda _: next(told)) as receiver, there.running():
        endpoint = await there.endpoint(receiver)
        await there.happen("ses_1")
        await there.tried(endpoint)
        there.go_on(timedelta(seconds=7))
        await there.tried(endpoint, 2)
        there.go_on(timedelta(minutes=7))
        await there.delivered(endpoint, 1)
    first, *others = receiver.messages
    assert [(one.id, one.body) for one in others] == [(first.id, first.body)] * 2
    assert len({one.headers["webhook-timestamp"] for one in receiver.messages}) == 3
    assert all(signed_by(one, SECRET) for one in receiver.messages)
    assert [one.status for one in there.deliveries()[0].attempts] == [500, 302, 200]


async def test_before_its_time_nothing_is_tried_again(there: World) -> None:
    told = iter([answer(500), answer(200), answer(200)])
    async with receiving(lambda _: next(told)) as receiver, there.running():
        endpoint = await there.endpoint(receiver)
        await there.happen("ses_1")
        await there.tried(endpoint)
        there.go_on(timedelta(seconds=4))
        await there.happen("ses_2")
        await there.delivered(endpoint, 1)
        assert len(receiver.messages) == 2
        there.go_on(timedelta(seconds=3))
        await there.delivered(endpoint, 2)


async def test_a_receiver_that_wants_to_be_left_alone_is_left_alone(there: World) -> None:
    told = iter([answer(429, "Retry-After: 60"), answer(200), answer(200)])
    async with receiving(lambda _: next(told)) as receiver, receiving() as other, there.running():
        endpoint, beside = await there.endpoint(receiver), await there.endpoint(other)
        await there.happen("ses_1")
        await there.until(lambda: there.known(endpoint).paused_until is not None)
        assert there.known(endpoint).paused_until == later(there.clock.now(), seconds=60)
        there.go_on(timedelta(seconds=59))
        await there.happen("ses_2")
        await there.delivered(beside, 2)
        assert len(receiver.messages) == 1
        there.go_on(timedelta(seconds=1))
        await there.delivered(endpoint, 2)


async def test_a_receiver_that_is_gone_is_switched_off_and_told_of(there: World) -> None:
    async with receiving(lambda _: answer(410)) as receiver, receiving() as other, there.running():
        endpoint, beside = await there.endpoint(receiver), await there.endpoint(other)
        await there.happen("ses_1", "ses_2", "ses_3")
        await there.until(lambda: not there.known(endpoint).enabled)
        assert there.known(endpoint).disabled_reason is DisabledReason.GONE
        states = [one.state for one in there.deliveries(endpoint)]
        assert sorted(one.value for one in states) == ["discarded", "discarded", "failed"]
        told = await there.memory.feed.after(
            0, scope=there.everything, limit=9, types=["webhook_endpoint.disabled"]
        )
        assert [one.event.subject for one in told] == [shown("whe", endpoint.id)]
        await there.happen("ses_4")
        await there.delivered(beside, 4)
    assert len(there.deliveries(endpoint)) == 3
    assert len(receiver.messages) == 1


async def _tried_out(there: World, endpoint: WebhookEndpoint) -> None:
    """Its one delivery is tried ten times, with more than the longest pause between two of them."""

    def has(tries: int) -> Callable[[], bool]:
        return lambda: [one.tries for one in there.deliveries(endpoint)] == [tries]

    for tries in range(1, len(PAUSES) + 1):
        await there.until(has(tries))
        there.go_on(timedelta(hours=29))


async def test_a_receiver_that_takes_nothing_for_days_is_switched_off_and_told_of(there: World) -> None:
    async with receiving(lambda _: answer(500)) as receiver, there.running():
        endpoint = await there.endpoint(receiver)
        await there.happen("ses_1")
        await _tried_out(there, endpoint)
        await there.until(lambda: not there.known(endpoint).enabled)
    assert there.known(endpoint).disabled_reason is DisabledReason.FAILING
    assert there.known(endpoint).failing_since == there.deliveries(endpoint)[0].attempts[0].at
    assert [one.state for one in there.deliveries(endpoint)] == [DeliveryState.FAILED]
    told = await there.memory.feed.after(
        0, scope=there.everything, limit=9, types=["webhook_endpoint.disabled"]
    )
    assert [one.event.subject for one in told] == [shown("whe", endpoint.id)]


async def test_one_answer_in_all_that_time_keeps_a_receiver(there: World) -> None:
    told = iter([answer(500)] * 9 + [answer(204)] + [answer(500)] * 9)
    async with receiving(lambda _: next(told)) as receiver, there.running():
        endpoint = await there.endpoint(receiver)
        await there.happen("ses_1")
        await _tried_out(there, endpoint)
        await there.until(lambda: there.known(endpoint).failing_since is None)
        assert there.known(endpoint).enabled


async def test_what_was_delivered_but_not_noted_comes_again_under_the_same_id(there: World) -> None:
    def note_nothing(_: Message) -> bytes:
        there.held = True
        return answer(204)

    async with receiving(note_nothing) as receiver:
        async with there.running():
            endpoint = await there.endpoint(receiver)
            await there.happen("ses_1")
            await receiver.heard()
        assert [one.state for one in there.deliveries(endpoint)] == [DeliveryState.PENDING]
        there.held = False
        receiver.answers = lambda _: answer(204)
        there.clock.advance(TAKEN_FOR)
        async with there.running():
            await there.delivered(endpoint, 1)
    first, second = receiver.messages
    assert (first.id, first.body) == (second.id, second.body)


async def test_a_feed_that_is_read_again_queues_nothing_twice(there: World) -> None:
    async with receiving() as receiver:
        async with there.running():
            endpoint = await there.endpoint(receiver)
            await there.happen("ses_1")
            await there.delivered(endpoint, 1)
        there.places.kept.clear()
        async with there.running():
            await there.happen("ses_2")
            await there.delivered(endpoint, 2)
    assert len(receiver.messages) == len(there.deliveries()) == 2


async def test_what_happened_while_no_server_ran_is_delivered_by_the_next_one(there: World) -> None:
    async with receiving() as receiver:
        endpoint = await there.endpoint(receiver)
        async with there.running():
            await there.happen("ses_1")
            await there.delivered(endpoint, 1)
        await there.happen("ses_2")
        async with there.running():
            await there.delivered(endpoint, 2)


async def test_events_of_other_tenants_reach_nobody(there: World) -> None:
    async with receiving() as own, receiving() as deep, there.running():
        one = await there.endpoint(own, event_types=("*",))
        all_below = await there.endpoint(deep, event_types=("session.*",), include_descendants=True)
        for tenant in (there.c, there.root, there.b, there.a):
            await there.happen(tenant.name, tenant=tenant)
        await there.delivered(all_below, 2)
        await there.until(lambda: there.deliveries(one)[-1].state is DeliveryState.DELIVERED)
    assert [orjson.loads(message.body)["subject"] for message in deep.messages] == ["b", "a"]
    tenants = {orjson.loads(message.body)["tenant"] for message in own.messages}
    assert tenants == {shown("ten", there.a.id)}


async def test_during_a_rotation_a_message_is_signed_by_both_secrets(there: World) -> None:
    async with receiving() as receiver, there.running():
        old = {"previous_secret": there.secrets.seal(b"o" * 32)}
        until = later(there.clock.now(), hours=1)
        endpoint = await there.endpoint(receiver, **old, previous_secret_until=until)
        await there.happen("ses_1")
        await there.delivered(endpoint, 1)
        there.go_on(timedelta(hours=1))
        await there.happen("ses_2")
        await there.delivered(endpoint, 2)
    during, after = receiver.messages
    assert [signed_by(during, one) for one in (SECRET, b"o" * 32)] == [True, True]
    assert [signed_by(after, one) for one in (SECRET, b"o" * 32)] == [True, False]


@pytest.mark.parametrize(("size", "omitted"), [(LONGEST_BODY - 1_000, False), (LONGEST_BODY, True)])
async def test_of_an_event_that_is_too_large_the_reference_is_sent(
    there: World, size: int, omitted: bool
) -> None:
    data: dict[str, Any] = {"text": "x" * size}
    async with receiving() as receiver, there.running():
        endpoint = await there.endpoint(receiver)
        await there.happen("ses_1", data=data)
        await there.delivered(endpoint, 1)
    (message,) = receiver.messages
    body = orjson.loads(message.body)
    assert len(message.body) < LONGEST_BODY
    assert (body.get("data"), body.get("data_omitted", False)) == (None if omitted else data, omitted)
    assert body["cursor"]


async def test_why_a_message_could_not_be_sent_stands_on_its_delivery(there: World) -> None:
    sealed = SealedSecrets(b"other" + b"k" * 27).seal(SECRET)
    async with receiving() as receiver, there.running():
        locked = await there.endpoint(receiver, secret=sealed)
        inside = await there.endpoint("http://169.254.169.254/latest")
        await there.happen("ses_1")
        first, second = (await there.tried(locked)), (await there.tried(inside))
    assert receiver.calls == 0
    assert "sealed with a key" in (first.attempts[0].error or "")
    assert second.attempts[0].error == "the address is for special purposes"
