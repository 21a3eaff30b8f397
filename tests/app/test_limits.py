"""The buckets of clients: exact, even, bounded, and each client's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emobility_app.limits import Allowance, Quota, RateLimits
from emobility_app.operating import ImpossiblePace
from emobility_core.testing.clock import FrozenClock


def _limits(requests: int, window_s: int, most: int = 9) -> tuple[RateLimits, FrozenClock]:
    clock = FrozenClock()
    return RateLimits(Quota(requests=requests, window=timedelta(seconds=window_s)), clock, most=most), clock


def test_a_client_uses_its_bucket_up_and_gets_it_back_evenly() -> None:
    limits, clock = _limits(3, 60)
    assert [limits.take("a").remaining for _ in range(3)] == [2, 1, 0]
    assert limits.take("a") == Allowance(remaining=0, full_in_s=60, wait_s=20)
    clock.advance(timedelta(seconds=19))
    assert limits.take("a").wait_s == 1
    clock.advance(timedelta(seconds=1))
    assert limits.take("a") == Allowance(remaining=0, full_in_s=60)
    clock.advance(timedelta(seconds=45))
    assert limits.left("a") == Allowance(remaining=2, full_in_s=15)
    clock.advance(timedelta(days=400))
    assert limits.left("a") == Allowance(remaining=3, full_in_s=0)


def test_in_the_long_run_no_request_is_given_or_lost_by_rounding() -> None:
    limits, clock = _limits(7, 3)
    taken = 0
    for _ in range(10_000):
        clock.advance(timedelta(microseconds=333))
        taken += limits.take("a").wait_s == 0
    # Seven at once, and seven in each three seconds of the 3.33.
    assert taken == 7 + 7


def test_who_waits_is_not_put_off_by_asking() -> None:
    limits, clock = _limits(1, 10)
    limits.take("a")
    for _ in range(9):
        clock.advance(timedelta(seconds=1))
        assert limits.take("a").wait_s > 0
    clock.advance(timedelta(seconds=1))
    assert limits.take("a").wait_s == 0


def test_each_client_has_its_own() -> None:
    limits, _ = _limits(1, 10)
    assert limits.take("a").wait_s == 0
    assert limits.take("a").wait_s == 10
    assert limits.take("b").wait_s == 0


def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_longer_than_a_window() -> None:
    limits, clock = _limits(2, 10)
    limits.take("a")
    clock.advance(timedelta(days=-1))
    assert limits.take("a").wait_s == 5
    clock.advance(timedelta(seconds=5))
    assert limits.take("a").wait_s == 5
    clock.advance(timedelta(days=2))
    assert limits.take("a").wait_s == 0


def test_no_more_clients_are_remembered_than_bear_it() -> None:
    limits, _ = _limits(2, 10, most=9)
    for number in range(1_000):
        limits.take(str(number))
        limits.take("always there")
    assert limits.clients == 9
    assert limits.left("always there").remaining == 0


@pytest.mark.parametrize(
    ("requests", "window"),
    [(0, timedelta(seconds=1)), (1, timedelta(0)), (1, timedelta(seconds=1.5)), (1, -timedelta(days=1))],
)
def test_a_quota_that_lets_nobody_in_is_refused(requests: int, window: timedelta) -> None:
    with pytest.raises(ImpossiblePace):
        Quota(requests=requests, window=window)
