"""The station clock hurries through the past and never runs ahead of real time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from emobility_adapters.ocpp.simulation import StationClock, SteppedClock

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


class Hand:
    """Real time moved by sleeping."""

    def __init__(self) -> None:
        self.real = NOW

    def now(self) -> datetime:
        return self.real

    async def sleep(self, seconds: float) -> None:
        self.real += timedelta(seconds=seconds)


async def test_runs_faster_until_it_has_caught_up_then_with_real_time() -> None:
    hand = Hand()
    clock = StationClock(start=NOW - timedelta(hours=1), speed=60, now=hand.now, sleep=hand.sleep)
    await hand.sleep(30)
    assert clock.now() == NOW - timedelta(minutes=30)
    await hand.sleep(3600)
    assert clock.now() == hand.real


async def test_sleeping_across_the_moment_of_catching_up_ends_at_the_right_time() -> None:
    hand = Hand()
    clock = StationClock(start=NOW - timedelta(minutes=59), speed=60, now=hand.now, sleep=hand.sleep)
    await clock.sleep(2 * 3600)
    assert abs(clock.now() - (NOW + timedelta(minutes=61))) < timedelta(milliseconds=1)


async def test_waiting_for_the_line_takes_real_seconds() -> None:
    hand = Hand()
    clock = StationClock(start=NOW - timedelta(days=1), speed=600, now=hand.now, sleep=hand.sleep)
    await clock.wait(30)
    assert hand.real == NOW + timedelta(seconds=30)


async def test_a_stepped_clock_moves_by_what_was_slept_and_stops_at_real_time() -> None:
    hand = Hand()
    clock = SteppedClock(start=NOW - timedelta(seconds=90), speed=60, now=hand.now, sleep=hand.sleep)
    await hand.sleep(1)
    assert clock.now() == NOW - timedelta(seconds=90)
    await clock.sleep(60)
    assert clock.now() == NOW - timedelta(seconds=30)
    await clock.sleep(600)
    assert clock.now() == hand.real


def test_a_start_in_the_future_or_a_slow_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="future"):
        StationClock(start=NOW + timedelta(seconds=1), now=lambda: NOW)
    with pytest.raises(ValueError, match="speed"):
        StationClock(speed=0.5)
