"""A charging profile that a station could not carry out as it was meant cannot be written."""

from decimal import Decimal

import pytest

from emobility_core.commands import (
    ChargingProfile,
    ChargingSchedule,
    ImpossibleDuration,
    ImpossibleLimit,
    ImpossiblePhases,
    ImpossibleProfileNumber,
    MisplacedProfile,
    ProfileContradicts,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrence,
    SchedulePeriod,
    SchedulePeriodsOutOfOrder,
)
from emobility_core.instants import EmptyPeriod, Instant
from emobility_core.testing.builders import later


def period(start_s: int = 0, limit: str = "16") -> SchedulePeriod:
    return SchedulePeriod(start_s=start_s, limit=Decimal(limit))


def schedule(
    *starts: int, starts_at: Instant | None = None, duration_s: int | None = None
) -> ChargingSchedule:
    periods = tuple(period(start) for start in starts or (0,))
    return ChargingSchedule(unit=RateUnit.A, periods=periods, starts_at=starts_at, duration_s=duration_s)


def profile(
    purpose: ProfilePurpose = ProfilePurpose.DEFAULT,
    kind: ProfileKind = ProfileKind.ABSOLUTE,
    *,
    number: int = 7,
    recurrence: Recurrence | None = None,
    starts_at: Instant | None = None,
    transaction_id: int | None = None,
    valid: tuple[Instant | None, Instant | None] = (None, None),
) -> ChargingProfile:
    return ChargingProfile(
        id=number,
        purpose=purpose,
        kind=kind,
        recurrence=recurrence,
        schedule=schedule(starts_at=starts_at),
        transaction_id=transaction_id,
        valid_from=valid[0],
        valid_until=valid[1],
    )


@pytest.mark.parametrize("limit", ["0", "6", "6.5", "13.80", "32000", "1E+3"])
def test_tenths_of_amperes_and_watts_are_limits(limit: str) -> None:
    assert period(limit=limit).limit == Decimal(limit)


@pytest.mark.parametrize("limit", ["-0.1", "-1", "6.55", "NaN", "Infinity", "1E+40", "1E-40"])
def test_a_limit_that_ocpp_cannot_carry_is_refused(limit: str) -> None:
    with pytest.raises(ImpossibleLimit):
        period(limit=limit)


def test_a_number_of_phases_is_one_to_three() -> None:
    for phases in (1, 2, 3, None):
        assert SchedulePeriod(start_s=0, limit=Decimal(6), phases=phases).phases == phases
    for phases in (-1, 0, 4):
        with pytest.raises(ImpossiblePhases):
            SchedulePeriod(start_s=0, limit=Decimal(6), phases=phases)


@pytest.mark.parametrize("starts", [(), (1,), (0, 0), (0, 60, 30), (-1, 0), (0, 2**31)])
def test_periods_begin_at_zero_and_ascend(starts: tuple[int, ...]) -> None:
    with pytest.raises(SchedulePeriodsOutOfOrder):
        ChargingSchedule(unit=RateUnit.W, periods=tuple(period(start) for start in starts))
    assert len(schedule(0, 1, 60).periods) == 3


@pytest.mark.parametrize("duration_s", [0, -1, 2**31])
def test_a_schedule_lasts(duration_s: int) -> None:
    with pytest.raises(ImpossibleDuration):
        schedule(duration_s=duration_s)


def test_a_recurring_profile_says_how_often_and_from_when() -> None:
    daily = profile(kind=ProfileKind.RECURRING, recurrence=Recurrence.DAILY, starts_at=later())
    assert daily.recurrence is not None
    assert (daily.recurrence.seconds, Recurrence.WEEKLY.seconds) == (86_400, 604_800)
    with pytest.raises(ProfileContradicts, match=r"schedule\.starts_at"):
        profile(kind=ProfileKind.RECURRING, recurrence=Recurrence.DAILY)
    with pytest.raises(ProfileContradicts, match="recurrence"):
        profile(kind=ProfileKind.RECURRING, starts_at=later())
    with pytest.raises(ProfileContradicts, match="recurrence"):
        profile(recurrence=Recurrence.WEEKLY)


def test_a_relative_profile_has_no_instant_of_its_own() -> None:
    with pytest.raises(ProfileContradicts, match=r"schedule\.starts_at"):
        profile(kind=ProfileKind.RELATIVE, starts_at=later())


def test_only_a_profile_of_a_session_names_a_transaction() -> None:
    assert profile(ProfilePurpose.SESSION, transaction_id=5).transaction_id == 5
    for purpose in (ProfilePurpose.DEFAULT, ProfilePurpose.STATION_MAX):
        with pytest.raises(ProfileContradicts, match="transaction_id"):
            profile(purpose, transaction_id=5)


def test_a_profile_is_valid_for_some_time() -> None:
    with pytest.raises(EmptyPeriod):
        profile(valid=(later(seconds=1), later(seconds=1)))


@pytest.mark.parametrize("number", [-1, 2**31])
def test_numbers_fit_the_wire(number: int) -> None:
    with pytest.raises(ImpossibleProfileNumber):
        profile(number=number)


@pytest.mark.parametrize(
    ("purpose", "good", "bad"),
    [
        (ProfilePurpose.STATION_MAX, [0], [1, -1]),
        (ProfilePurpose.DEFAULT, [0, 1], [-1]),
        (ProfilePurpose.SESSION, [1, 2], [0, -1]),
    ],
)
def test_each_purpose_has_its_place(purpose: ProfilePurpose, good: list[int], bad: list[int]) -> None:
    for connector in good:
        profile(purpose).check_place(connector)
    for connector in bad:
        with pytest.raises(MisplacedProfile):
            profile(purpose).check_place(connector)
