"""Holidays by rule, and local hours that make sense."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from emobility_core.tariffs import (
    EmptyRange,
    Holidays,
    LocalHours,
    MalformedTimeOfDay,
    Restrictions,
    UnknownHolidayCalendar,
    public_holidays,
)

_EASTER_MONDAYS = [(2024, 4, 1), (2025, 4, 21), (2026, 4, 6), (2027, 3, 29), (2038, 4, 26), (2285, 3, 23)]


@pytest.mark.parametrize("monday", _EASTER_MONDAYS)
def test_easter_is_found(monday: tuple[int, int, int]) -> None:
    """Among them the latest and the earliest there can be."""
    assert date(*monday) in public_holidays("DE", monday[0])


# How many holidays 2026 has by law in the whole of each state.
_NUMBERS = {
    "DE": 9, "DE-BB": 12, "DE-BE": 10, "DE-BW": 12, "DE-BY": 12, "DE-HB": 10, "DE-HE": 10, "DE-HH": 10,
    "DE-MV": 11, "DE-NI": 10, "DE-NW": 11, "DE-RP": 11, "DE-SH": 10, "DE-SL": 12, "DE-SN": 11, "DE-ST": 11,
    "DE-TH": 11,
}  # fmt: skip


@pytest.mark.parametrize("state", _NUMBERS)
def test_each_state_has_its_holidays(state: str) -> None:
    assert len(public_holidays(state, 2026)) == _NUMBERS[state]
    assert public_holidays("DE", 2026) <= public_holidays(state, 2026)


@pytest.mark.parametrize(
    ("state", "day"),
    [
        ("DE-BY", "2026-01-06"), ("DE-BE", "2026-03-08"), ("DE-NW", "2026-06-04"), ("DE-SL", "2026-08-15"),
        ("DE-TH", "2026-09-20"), ("DE-NI", "2026-10-31"), ("DE-RP", "2026-11-01"), ("DE-SN", "2026-11-18"),
        ("DE-BB", "2026-04-05"), ("DE-BE", "2025-05-08"), ("DE-BW", "2017-10-31"),
    ],
)  # fmt: skip
def test_holidays_of_some_states(state: str, day: str) -> None:
    on = date.fromisoformat(day)
    assert on in public_holidays(state, on.year)
    assert on not in public_holidays("DE", on.year) or on.year == 2017


def test_dates_that_are_given_are_the_calendar() -> None:
    own = Holidays(calendar="works", dates=(date(2026, 7, 1),))
    assert own.admits(date(2026, 7, 1))
    assert not own.admits(date(2026, 12, 25))
    with pytest.raises(UnknownHolidayCalendar):
        Holidays(calendar="works")


@pytest.mark.parametrize("text", ["24:00", "7:00", "07:60", "", "07:00:00", "0７:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(MalformedTimeOfDay):
        LocalHours(since=text)


def test_what_can_never_hold_is_refused() -> None:
    day = date(2026, 1, 2)
    hours: list[dict[str, Any]] = [{"since": "08:00", "until": "08:00"}, {"first_day": day, "end_day": day}]
    for asked in hours:
        with pytest.raises(EmptyRange):
            LocalHours(**asked)
    bounds = (
        {"max_kwh": 0},
        {"min_duration_s": 60, "max_duration_s": 60},
        {"min_current_a": 9, "max_current_a": 8},
    )
    for bound in bounds:
        with pytest.raises(EmptyRange) as refusal:
            Restrictions(**bound)  # type: ignore[arg-type]
        assert refusal.value.field.startswith("max")


@pytest.mark.parametrize(
    ("since", "until", "inside", "outside"),
    [
        ("22:00", "06:00", "22:00 23:59 00:00 05:59", "06:00 21:59"),
        ("08:00", "18:00", "08:00 17:59", "07:59 18:00"),
        ("17:00", "00:00", "17:00 23:59", "00:00 16:59"),
        ("00:00", "00:00", "00:00 12:00 23:59", ""),
        (None, "07:00", "00:00 06:59", "07:00"),
        ("20:00", None, "20:00 23:59", "00:00 19:59"),
    ],
)
def test_hours_include_their_beginning_and_not_their_end(
    since: str | None, until: str | None, inside: str, outside: str
) -> None:
    hours = LocalHours(since=since, until=until)
    for times, holds in ((inside, True), (outside, False)):
        for text in times.split():
            assert hours.holds(datetime.fromisoformat(f"2026-06-10T{text}")) is holds
