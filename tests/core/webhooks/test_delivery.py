"""A delivery is tried by its schedule, and each try is on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from emobility_core.instants import Instant
from emobility_core.testing.builders import later, make_webhook_delivery
from emobility_core.testing.clock import NOON
from emobility_core.webhooks import PAUSES, DeliveryState, WebhookAttempt, WebhookDelivery, told_to_wait

SCHEDULE = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]


def _tried(delivery: WebhookDelivery, at: Instant, **result: Any) -> WebhookDelivery:
    return delivery.attempted(WebhookAttempt(at=at, duration_ms=100, **result), ended=at)


def test_ten_tries_by_the_schedule_then_it_has_failed() -> None:
    delivery, at = make_webhook_delivery(), NOON
    pauses = []
    for _ in SCHEDULE:
        assert delivery.next_attempt_at is not None
        pauses.append((delivery.next_attempt_at - at).total_seconds())
        at = delivery.next_attempt_at
        delivery = _tried(delivery, at, status=500)
    assert delivery.state is DeliveryState.FAILED
    assert delivery.next_attempt_at is None
    assert len(delivery.attempts) == delivery.tries == len(SCHEDULE)
    assert [one.total_seconds() for one in PAUSES] == SCHEDULE
    assert all(least <= pause <= 1.2 * least for least, pause in zip(SCHEDULE, pauses, strict=True))


def test_what_fails_together_does_not_return_together() -> None:
    failed = [_tried(make_webhook_delivery(), NOON, error="refused") for _ in range(50)]
    times = {one.next_attempt_at for one in failed}
    assert len(times) > 45
    assert _tried(failed[0], later(), status=500) == _tried(failed[0], later(), status=500)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert _tried(make_webhook_delivery(), NOON, status=status).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("status", [100, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_any_other_answer_is_a_failure_that_is_tried_again(status: int) -> None:
    failed = _tried(make_webhook_delivery(), NOON, status=status)
    assert failed.state is DeliveryState.PENDING
    assert failed.next_attempt_at is not None


def test_what_is_gone_is_not_tried_again() -> None:
    assert _tried(make_webhook_delivery(), NOON, status=410).state is DeliveryState.FAILED


def test_a_late_success_counts_after_it_was_discarded_but_a_late_failure_changes_nothing() -> None:
    discarded = make_webhook_delivery().discarded(NOON)
    assert _tried(discarded, NOON, status=500).state is DeliveryState.DISCARDED
    assert _tried(discarded, NOON, status=200).state is DeliveryState.DELIVERED
    delivered = _tried(make_webhook_delivery(), NOON, status=200)
    assert _tried(delivered, NOON, status=500).state is DeliveryState.DELIVERED


def test_a_delivery_begun_again_keeps_its_tries_on_record_but_not_without_end() -> None:
    delivery = make_webhook_delivery()
    for _ in range(50):
        delivery = _tried(delivery, NOON, status=500).again(NOON)
    assert (delivery.tries, delivery.next_attempt_at) == (0, NOON)
    assert len(delivery.attempts) == 30


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("999999999999", timedelta(days=1)),
        ("Wed, 10 Jun 2026 12:05:00 GMT", timedelta(minutes=5) - timedelta(microseconds=123456)),
        ("Fri, 10 Jul 2026 12:05:00 GMT", timedelta(days=1)),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("Wed, 99 Jun 2026 12:05:00 GMT", None),
    ],
)
def test_a_receiver_says_when_to_come_again(said: str | None, wait: timedelta | None) -> None:
    assert told_to_wait(said, NOON) == (None if wait is None else NOON + wait)
