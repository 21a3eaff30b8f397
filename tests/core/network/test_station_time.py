"""The time a station reports: late is fine, absurd is not trusted, none is ever refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.instants import Instant, instant
from emobility_core.network import judge_time
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON


def test_a_reported_time_counts_as_it_was_told() -> None:
    time = judge_time("2026-06-10T03:00:00+02:00", NOON)
    assert time.at == instant(datetime(2026, 6, 10, 1, tzinfo=UTC))
    assert (time.reported, time.received) == ("2026-06-10T03:00:00+02:00", NOON)
    assert time.trusted
    assert time.zoned


def test_a_time_without_an_offset_is_read_as_utc_and_said_so() -> None:
    time = judge_time("2026-06-10T03:00:00", NOON)
    assert time.at == instant(datetime(2026, 6, 10, 3, tzinfo=UTC))
    assert (time.trusted, time.zoned) == (True, False)


@pytest.mark.parametrize(
    "text",
    [None, "", "   ", "yesterday", "1970-01-01T00:00:40Z", "2000-01-01T00:00:00Z", "2014-12-31T23:59:59Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z"],
)  # fmt: skip
def test_a_missing_unreadable_or_absurd_time_is_replaced_by_the_receipt(text: str | None) -> None:
    time = judge_time(text, NOON)
    assert (time.at, time.reported, time.trusted) == (NOON, text, False)


def test_the_end_of_the_calendar_told_by_a_clock_that_is_behind_is_the_receipt() -> None:
    time = judge_time("9999-12-31T23:59:59Z", NOON, offset=timedelta(hours=-1))
    assert (time.at, time.corrected, time.trusted) == (NOON, NOON, False)


def test_five_minutes_ahead_are_tolerated_and_no_more() -> None:
    assert judge_time(later(minutes=5).isoformat(), NOON).trusted
    assert not judge_time(later(minutes=5, microseconds=1).isoformat(), NOON).trusted


def test_years_late_is_fine() -> None:
    assert judge_time("2015-01-01T00:00:00Z", NOON).trusted


@given(st.text() | st.datetimes().map(str), st.just(NOON))
def test_no_text_is_ever_refused(text: str, received: Instant) -> None:
    time = judge_time(text, received)
    assert time.received == received
    assert time.at == received or time.trusted
