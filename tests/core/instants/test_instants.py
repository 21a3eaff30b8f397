"""Instants and periods."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.instants import (
    LAST_INSTANT,
    TICK,
    EmptyPeriod,
    Instant,
    NaiveDatetime,
    Period,
    instant,
    later_by,
    parse_instant,
)
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON
from emobility_core.testing.strategies import instants


def test_a_time_without_an_offset_names_no_instant() -> None:
    with pytest.raises(NaiveDatetime):
        instant(NOON.replace(tzinfo=None))
    with pytest.raises(NaiveDatetime):
        parse_instant("2026-06-10T12:00:00")


@given(instants(), st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_in_any_offset(at: Instant, minutes: int) -> None:
    local = at.astimezone(timezone(timedelta(minutes=minutes)))
    assert instant(local) == at
    assert instant(local).utcoffset() == timedelta(0)
    assert parse_instant(local.isoformat()) == at


def test_other_text_is_a_plain_value_error() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        parse_instant("noon")


@pytest.mark.parametrize("by", [timedelta(0), TICK, timedelta(days=30), timedelta.max])
def test_what_is_later_than_the_calendar_is_its_last_instant(by: timedelta) -> None:
    assert later_by(by, LAST_INSTANT) == LAST_INSTANT
    assert later_by(TICK, Instant(LAST_INSTANT - TICK)) == LAST_INSTANT
    assert later_by(timedelta(days=1), NOON) == later(days=1)


def test_a_period_holds_its_first_instant_and_not_its_last() -> None:
    period = Period(since=NOON, until=later(hours=1))
    assert NOON in period
    assert later(hours=1) not in period
    assert later(hours=-1) not in period


def test_an_open_bound_holds_everything() -> None:
    assert NOON in Period()
    assert instant(datetime.min.replace(tzinfo=UTC)) in Period(until=NOON)
    assert instant(datetime.max.replace(tzinfo=UTC)) in Period(since=NOON)


@pytest.mark.parametrize("until", [NOON, later(seconds=-1)])
def test_a_period_ends_after_it_begins(until: Instant) -> None:
    with pytest.raises(EmptyPeriod):
        Period(since=NOON, until=until)
