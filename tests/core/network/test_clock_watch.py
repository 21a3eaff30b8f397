"""A station's clock is measured on what it sends live; what it kept in a queue tells nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emobility_core.instants import Instant
from emobility_core.network import ClockWatch, judge_time
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON


def _heard(watch: ClockWatch, told: Instant, received: Instant) -> None:
    watch.note(judge_time(told.isoformat(), received))


@pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=2), timedelta(hours=-2), timedelta(days=1)])
def test_the_offset_is_that_of_the_quickest_message(off: timedelta) -> None:
    watch = ClockWatch()
    for minute, delay_s in enumerate((9, 1, 2, 1.5, 4)):
        told = later(minutes=minute)
        _heard(watch, Instant(told + off), later(told, seconds=delay_s))
    assert watch.measure() == off - timedelta(seconds=1)
    assert watch.offset == watch.measure()


def test_what_was_queued_is_not_taken_for_a_clock_that_is_behind() -> None:
    watch = ClockWatch()
    for minute in range(30):
        _heard(watch, later(minutes=minute), later(hours=2, seconds=21 * minute))
    assert watch.measure() is None


def test_a_burst_of_one_moment_tells_nothing() -> None:
    watch = ClockWatch()
    for _ in range(5):
        _heard(watch, NOON, later(hours=2))
    assert watch.measure() is None


def test_queued_messages_do_not_spoil_what_live_ones_tell() -> None:
    watch = ClockWatch()
    for minute in range(10):
        _heard(watch, later(minutes=minute), later(hours=2, seconds=21 * minute))
    for minute in range(4):
        told = later(hours=2, minutes=10 + minute)
        _heard(watch, told, later(told, seconds=1))
    assert watch.measure() == -timedelta(seconds=1)


def test_a_boot_sets_the_clock_and_it_is_measured_anew() -> None:
    watch = ClockWatch(offset=timedelta(hours=1))
    for minute in range(5):
        _heard(watch, later(minutes=minute), later(minutes=minute))
    watch.reset()
    assert (watch.offset, watch.measure()) == (None, None)


def test_a_time_without_a_clock_is_not_noted() -> None:
    watch = ClockWatch()
    for minute in range(5):
        watch.note(judge_time("1970-01-01T00:00:40Z", later(minutes=minute)))
    assert watch.measure() is None


def test_the_three_times_stand_beside_each_other() -> None:
    slow = judge_time(later(hours=-2).isoformat(), later(seconds=2), offset=timedelta(hours=-2))
    assert slow.at == slow.told == later(hours=-2)
    assert (slow.corrected, slow.received, slow.drifted) == (NOON, later(seconds=2), True)
    plain = judge_time(NOON.isoformat(), later(seconds=2))
    assert (plain.corrected, plain.drifted) == (NOON, False)


def test_what_is_not_trusted_is_corrected_where_the_offset_is_known() -> None:
    ahead = judge_time(later(hours=2).isoformat(), later(seconds=9), offset=timedelta(hours=2))
    assert (ahead.trusted, ahead.at, ahead.corrected) == (False, NOON, NOON)
    unknown = judge_time(later(hours=2).isoformat(), later(seconds=9))
    assert (unknown.at, unknown.corrected) == (later(seconds=9), later(seconds=9))
    too_far = judge_time(later(hours=3).isoformat(), later(seconds=9), offset=timedelta(hours=2))
    assert too_far.at == later(seconds=9)
