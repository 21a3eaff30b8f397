"""A station's own schedule is read as stations write it, and held against ours."""

from decimal import Decimal

import pytest

from emobility_core.commands import RateUnit
from emobility_core.smart_charging import (
    CompositePeriod,
    CompositeSchedule,
    ScheduleDifference,
    differences,
    read_answer,
)
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON


def schedule(steps: dict[int, str | None], *, begins: int = 0, lasts: int = 600) -> CompositeSchedule:
    periods = tuple(
        CompositePeriod(start_s=start, limit=None if limit is None else Decimal(limit))
        for start, limit in steps.items()
    )
    return CompositeSchedule(
        unit=RateUnit.A, starts_at=later(seconds=begins), duration_s=lasts, periods=periods
    )


def difference(start: int, end: int, ours: str | None, stations: str | None) -> ScheduleDifference:
    ours_, theirs = (None if text is None else Decimal(text) for text in (ours, stations))
    return ScheduleDifference(start_s=start, end_s=end, ours=ours_, stations=theirs)


def test_schedules_that_allow_the_same_do_not_differ() -> None:
    assert differences(schedule({0: "16", 60: None}), schedule({0: "15.9", 60: None})) == ()


def test_it_says_where_and_how_much() -> None:
    ours, stations = schedule({0: "16", 60: "6"}), schedule({0: "16", 90: None, 300: "6"})
    assert differences(ours, stations) == (
        difference(60, 90, "6", "16"),
        difference(90, 300, "6", None),
    )


def test_only_the_time_of_which_both_speak_is_compared() -> None:
    ours, stations = schedule({0: "16", 60: "6"}), schedule({0: "6"}, begins=30, lasts=60)
    assert differences(ours, stations) == (difference(30, 60, "16", "6"),)


@pytest.mark.parametrize("begins", [-7200, 600, 7200])
def test_schedules_of_which_none_speaks_of_the_others_time_do_not_differ(begins: int) -> None:
    """A station whose clock is hours off tells a schedule of another time."""
    assert differences(schedule({0: "16"}), schedule({0: "6"}, begins=begins)) == ()


def test_neighbours_of_the_same_difference_are_one() -> None:
    assert differences(schedule({0: "16"}), schedule({0: "6", 60: "6"})) == (difference(0, 600, "16", "6"),)


def test_a_station_writes_minus_one_for_none() -> None:
    answer = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-06-10T12:00:05Z",
        "chargingSchedule": {
            "duration": 600,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 11040.0, "numberPhases": 3},
                {"startPeriod": 60, "limit": -1, "numberPhases": -1},
            ],
        },
    }
    read = read_answer(answer, at=NOON, unit=RateUnit.A)
    assert read is not None
    assert (read.unit, read.duration_s) == (RateUnit.W, 600)
    assert [(one.limit, one.phases) for one in read.periods] == [(Decimal(11040), 3), (None, None)]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "Rejected"},
        {"status": "Accepted", "chargingSchedule": {}},
        {"status": "Accepted", "chargingSchedule": {"chargingSchedulePeriod": [{"limit": 6}, 3]}},
        {"chargingSchedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": "none"}]}},
    ],
)
def test_an_answer_without_a_schedule_is_none(answer: dict[str, object]) -> None:
    assert read_answer(answer, at=NOON, unit=RateUnit.A) is None


def test_what_a_station_leaves_out_is_what_was_asked() -> None:
    answer = {
        "scheduleStart": "yesterday",
        "chargingSchedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]},
    }
    read = read_answer(answer, at=NOON, unit=RateUnit.W)
    assert read is not None
    assert (read.unit, read.starts_at, read.duration_s) == (RateUnit.W, NOON, 86_400)


@pytest.mark.parametrize(
    ("limit", "start", "duration"), [("1e9999999", 0, 600), (6, 2**70, 2**70), (6, -1, 600)]
)
def test_numbers_beyond_any_station_are_none(limit: object, start: int, duration: int) -> None:
    periods = [{"startPeriod": 0, "limit": limit}, {"startPeriod": start or 60, "limit": 8}]
    answer = {"chargingSchedule": {"duration": duration, "chargingSchedulePeriod": periods}}
    read = read_answer(answer, at=NOON, unit=RateUnit.A)
    assert read is not None
    assert all(0 <= one.start_s < 2**31 and (one.limit or 0) < 2**31 for one in read.periods)
    assert read.duration_s in (600, 86_400)
    differences(schedule({0: "16"}), read)
