"""The composite schedule is what a station that keeps to OCPP 1.6 will allow."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emobility_core.commands import (
    ChargingProfile,
    ChargingSchedule,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrence,
    SchedulePeriod,
)
from emobility_core.instants import Instant
from emobility_core.smart_charging import PlacedProfile, Supply, composite
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON

MAX, DEFAULT, SESSION = ProfilePurpose.STATION_MAX, ProfilePurpose.DEFAULT, ProfilePurpose.SESSION


def placed(
    limits: dict[int, str] | str,
    purpose: ProfilePurpose = DEFAULT,
    *,
    connector: int | None = None,
    level: int = 0,
    unit: RateUnit = RateUnit.A,
    starts_at: Instant | None = NOON,
    duration_s: int | None = None,
    phases: int | None = None,
    **changes: Any,
) -> PlacedProfile:
    steps = {0: limits} if isinstance(limits, str) else limits
    periods = tuple(
        SchedulePeriod(start_s=start, limit=Decimal(limit), phases=phases) for start, limit in steps.items()
    )
    schedule = ChargingSchedule(unit=unit, periods=periods, starts_at=starts_at, duration_s=duration_s)
    profile = ChargingProfile(id=1, purpose=purpose, stack_level=level, schedule=schedule, **changes)
    return PlacedProfile(
        connector=(0 if purpose is MAX else 1) if connector is None else connector, profile=profile
    )


def steps(*profiles: PlacedProfile, connector: int = 1, **how: Any) -> dict[int, str | None]:
    schedule = composite(profiles, connector, at=how.pop("at", NOON), duration_s=3600, **how)
    return {one.start_s: None if one.limit is None else format(one.limit, "f") for one in schedule.periods}


def test_without_a_profile_there_is_no_limit() -> None:
    assert steps() == {0: None}


def test_the_lowest_of_the_purposes_counts() -> None:
    profiles = [placed("20", MAX), placed("16", DEFAULT)]
    assert steps(*profiles) == {0: "16"}
    assert steps(*profiles, placed("10", SESSION)) == {0: "10"}


def test_a_profile_of_the_session_takes_the_place_of_the_default_but_not_of_the_stations() -> None:
    assert steps(placed("20", MAX), placed("6", DEFAULT), placed("32", SESSION)) == {0: "20"}


def test_the_highest_level_that_is_valid_wins_and_falls_back_when_its_duration_ends() -> None:
    base, top = placed("6"), placed("16", level=1, duration_s=600)
    assert steps(base, top) == {0: "16", 600: "6"}


def test_without_a_duration_the_top_level_never_falls_back() -> None:
    assert steps(placed("6"), placed({0: "16", 60: "10"}, level=1)) == {0: "16", 60: "10"}


def test_validity_begins_and_ends() -> None:
    top = placed("16", level=1, valid_from=later(minutes=5), valid_until=later(minutes=10))
    assert steps(placed("6"), top) == {0: "6", 300: "16", 600: "6"}


def test_a_default_of_the_station_counts_on_each_connector_unless_it_has_its_own() -> None:
    whole, own = placed("12", connector=0), placed("8", connector=2)
    assert steps(whole, own) == {0: "12"}
    assert steps(whole, own, connector=2) == {0: "8"}
    assert steps(placed("12", connector=0, level=3), own, connector=2) == {0: "12"}


def test_the_whole_station_knows_only_its_own_limit() -> None:
    assert steps(placed("40", MAX), placed("6", connector=0), connector=0) == {0: "40"}
    assert steps(placed("6", connector=0), connector=0) == {0: None}


def test_a_profile_of_another_connector_does_not_count() -> None:
    assert steps(placed("6", SESSION, connector=2)) == {0: None}


def test_a_relative_profile_counts_from_the_start_of_the_session() -> None:
    profile = placed({0: "32", 1800: "6"}, SESSION, starts_at=None, kind=ProfileKind.RELATIVE)
    assert steps(profile, session_started_at=later(minutes=-20)) == {0: "32", 600: "6"}
    assert steps(profile) == {0: "32", 1800: "6"}


def test_a_daily_profile_begins_anew_each_day() -> None:
    daily: dict[str, Any] = {"kind": ProfileKind.RECURRING, "recurrence": Recurrence.DAILY}
    profile = placed({0: "6", 1200: "16"}, starts_at=later(days=-30), duration_s=2400, **daily)
    assert steps(profile) == {0: "6", 1200: "16", 2400: None}
    assert steps(profile, at=later(hours=23, minutes=50)) == {0: None, 600: "6", 1800: "16", 3000: None}


def test_a_weekly_profile_does_not_count_before_its_first_week() -> None:
    weekly: dict[str, Any] = {"kind": ProfileKind.RECURRING, "recurrence": Recurrence.WEEKLY}
    profile = placed("6", starts_at=later(minutes=30), **weekly)
    assert steps(profile) == {0: None, 1800: "6"}
    assert steps(profile, at=later(days=7, minutes=29)) == {0: "6"}


def test_amperes_and_watts_are_converted_with_the_phases_that_are_meant() -> None:
    assert steps(placed("16"), unit=RateUnit.W) == {0: "11040"}
    assert steps(placed("16", phases=1), unit=RateUnit.W) == {0: "3680"}
    # Rounded down: 11,000 W on three phases are 15.94 A.
    assert steps(placed("11000", unit=RateUnit.W)) == {0: "15.9"}
    assert steps(placed("16"), placed("3680", MAX, unit=RateUnit.W)) == {0: "5.3"}
    supply = Supply(voltage=240, phases=1)
    assert steps(placed("16"), unit=RateUnit.W, supply=supply) == {0: "3840"}


offsets = st.integers(-7200, 7200)


@st.composite
def any_profiles(draw: st.DrawFn) -> PlacedProfile:
    purpose = draw(st.sampled_from(ProfilePurpose))
    kind = draw(st.sampled_from(ProfileKind))
    starts = {0, *draw(st.sets(st.integers(1, 5000), max_size=3))}
    recurring = kind is ProfileKind.RECURRING
    since = draw(st.none() | offsets)
    return placed(
        {start: str(draw(st.integers(0, 32))) for start in sorted(starts)},
        purpose,
        connector=0 if purpose is MAX else draw(st.integers(0 if purpose is DEFAULT else 1, 2)),
        level=draw(st.integers(0, 3)),
        starts_at=None if kind is ProfileKind.RELATIVE else later(seconds=draw(offsets)),
        duration_s=draw(st.none() | st.integers(1, 7200)),
        kind=kind,
        recurrence=draw(st.sampled_from(Recurrence)) if recurring else None,
        valid_from=None if since is None else later(seconds=since),
        valid_until=None if since is None else later(seconds=since + draw(st.integers(1, 7200))),
    )


@given(st.lists(any_profiles(), max_size=5), st.integers(0, 3599))
def test_at_every_second_it_allows_what_a_look_at_that_second_allows(
    profiles: list[PlacedProfile], second: int
) -> None:
    began = later(minutes=-7)
    whole = composite(profiles, 1, at=NOON, duration_s=3600, session_started_at=began)
    moment = Instant(NOON + timedelta(seconds=second))
    look = composite(profiles, 1, at=moment, duration_s=1, session_started_at=began)
    found = whole.at(second)
    assert found is not None
    assert found.limit == look.periods[0].limit
