"""Fees for blocking a point, and for a day, a month or a year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import attrs
import pytest

from emobility_core.tariffs import (
    Bearer,
    BlockingBasis,
    BlockingFee,
    Cycle,
    GraceClock,
    HolidayRule,
    Holidays,
    LocalHours,
    NegativeBound,
    NegativePrice,
    PeriodicFee,
    Phase,
    PhaseKind,
    Prices,
    ProRata,
    Weekday,
    exact_sum,
    periodic_lines,
    rate,
)
from tests.core.tariffs.parts import ZONE, usage

FEE = BlockingFee(per_minute=Decimal("0.10"), grace_minutes=240)
EXEMPT = attrs.evolve(FEE, exempt=(LocalHours(since="22:00", until="06:00"),))


def _costs(fee: BlockingFee, since: str, until: str) -> list[tuple[str, str]]:
    bill = rate(usage(since, until), Prices(blocking=fee))
    return [(line.rule, str(line.amount)) for line in bill.lines]


def test_a_night_in_an_exempt_window_costs_by_what_the_clock_does() -> None:
    """Connected from 19:00 to 07:30, free from 22 to 6: 9.00 where the time of grace runs on, 3.00 where it
    pauses."""
    night = ("2026-06-10T19:00:00+02:00", "2026-06-11T07:30:00+02:00")
    assert _costs(EXEMPT, *night) == [("blocking", "9.00")]
    assert _costs(attrs.evolve(EXEMPT, grace_clock=GraceClock.PAUSES), *night) == [("blocking", "3.00")]


def test_started_minutes_count_once_a_session() -> None:
    fee = attrs.evolve(EXEMPT, grace_minutes=0)
    assert _costs(fee, "2026-06-10T21:59:30+02:00", "2026-06-11T06:00:30+02:00") == [("blocking", "0.10")]
    assert _costs(fee, "2026-06-10T21:59:30+02:00", "2026-06-11T06:00:31+02:00") == [("blocking", "0.20")]


def test_what_a_bound_takes_off_is_a_line_of_its_own() -> None:
    fee = attrs.evolve(FEE, grace_minutes=0, max_per_day=Decimal(12), max_per_session=Decimal(20))
    assert _costs(fee, "2026-06-10T23:00:00+02:00", "2026-06-12T12:00:00+02:00") == [
        ("blocking", "222.00"),
        ("blocking/max_per_day", "-192.00"),
        ("blocking/max_per_session", "-10.00"),
    ]


def test_a_local_day_of_the_leap_has_its_own_length() -> None:
    """The 29th of March 2026 has 23 hours in Berlin: 6.00 of the evening before, then all of the bound."""
    fee = attrs.evolve(FEE, grace_minutes=0, max_per_day=Decimal("138.00"))
    told = _costs(fee, "2026-03-28T23:00:00+01:00", "2026-03-30T01:00:00+02:00")
    assert told == [("blocking", "150.00")]
    less = attrs.evolve(fee, max_per_day=Decimal("137.90"))
    assert _costs(less, "2026-03-28T23:00:00+01:00", "2026-03-30T01:00:00+02:00")[1:] == [
        ("blocking/max_per_day", "-0.10")
    ]


def test_a_fee_after_charging_begins_with_its_end() -> None:
    fee = attrs.evolve(FEE, basis=BlockingBasis.AFTER_CHARGING, grace_minutes=15)
    whole = usage("2026-06-10T10:00:00+02:00", "2026-06-10T12:00:00+02:00")
    middle = usage("2026-06-10T11:30:00+02:00", "2026-06-10T12:00:00+02:00").started_at
    phases = (
        Phase(since=whole.started_at, until=middle),
        Phase(since=middle, until=whole.ended_at, kind=PhaseKind.IDLE),
    )
    (line,) = rate(attrs.evolve(whole, phases=phases), Prices(blocking=fee)).lines
    assert (str(line.quantity), str(line.amount)) == ("15", "1.50")
    assert rate(whole, Prices(blocking=fee)).lines == ()


def test_weekends_and_holidays_are_exempt_where_the_fee_says_so() -> None:
    weekend = LocalHours(weekdays=(Weekday.SATURDAY, Weekday.SUNDAY))
    fee = attrs.evolve(FEE, grace_minutes=0, exempt=(weekend, LocalHours(holidays=Holidays(calendar="DE"))))
    for day, cost in (("01-01", "0"), ("01-02", "6.00"), ("01-03", "0"), ("01-04", "0"), ("01-05", "6.00")):
        use = usage(f"2026-{day}T10:00:00+01:00", f"2026-{day}T11:00:00+01:00")
        assert rate(use, Prices(blocking=fee)).total == Decimal(cost)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(NegativeBound):
        attrs.evolve(FEE, grace_minutes=-1)
    with pytest.raises(NegativePrice):
        attrs.evolve(FEE, max_per_day=Decimal(-1))


def _periodic(fee: PeriodicFee, first: date, end: date) -> list[str]:
    lines = periodic_lines(Prices(periodic=(fee,)), per=fee.per, first=first, end=end, zone=ZONE)
    return [str(line.amount) for line in lines]


def test_a_month_that_is_not_whole_costs_by_the_policy() -> None:
    """From the 17th of March to the 10th of May: 15 of 31 days, all of April, 9 of 31 days."""
    fee = PeriodicFee(amount=Decimal("9.30"))
    span = date(2026, 3, 17), date(2026, 5, 10)
    assert _periodic(fee, *span) == ["4.50", "9.30", "2.70"]
    assert _periodic(attrs.evolve(fee, pro_rata=ProRata.FULL), *span) == ["9.30", "9.30", "9.30"]
    assert _periodic(attrs.evolve(fee, pro_rata=ProRata.NONE), *span) == ["9.30"]


def test_days_and_years_are_those_of_the_calendar() -> None:
    day = PeriodicFee(amount=Decimal("0.25"), cycle=Cycle.DAY, per=Bearer.TOKEN)
    assert _periodic(day, date(2026, 2, 27), date(2026, 3, 2)) == ["0.25"] * 3
    year = PeriodicFee(amount=Decimal(365), cycle=Cycle.YEAR, per=Bearer.STATION, pro_rata=ProRata.NONE)
    assert _periodic(year, date(2025, 12, 31), date(2027, 1, 1)) == ["365"]
    assert _periodic(attrs.evolve(year, pro_rata=ProRata.DAYS), date(2026, 12, 1), date(2027, 1, 1)) == ["31"]


def test_days_of_a_period_add_up_to_it_wherever_it_is_cut() -> None:
    """To the last digit that is kept, and a fee of another bearer is not told."""
    prices = Prices(periodic=(PeriodicFee(amount=Decimal("9.99")),))
    days = [date(2026, 3, 1), date(2026, 3, 11), date(2026, 4, 1)]
    parts = [
        line.amount
        for first, end in pairwise(days)
        for line in periodic_lines(prices, per=Bearer.CONTRACT, first=first, end=end, zone=ZONE)
    ]
    assert abs(exact_sum(parts) - Decimal("9.99")) <= Decimal("1e-17")
    (line,) = periodic_lines(prices, per=Bearer.CONTRACT, first=days[0], end=days[2], zone=ZONE)
    # March ends an hour early.
    assert (line.since, line.until) == (
        usage("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00").started_at,
        usage("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00").ended_at,
    )
    assert periodic_lines(prices, per=Bearer.STATION, first=days[0], end=days[2], zone=ZONE) == ()


def test_holidays_that_are_not_meant_are_exempt_the_other_way_round() -> None:
    workdays = LocalHours(holidays=Holidays(calendar="DE", count=HolidayRule.EXCEPT))
    fee = attrs.evolve(FEE, grace_minutes=0, exempt=(workdays,))
    assert _costs(fee, "2026-12-25T10:00:00+01:00", "2026-12-25T10:10:00+01:00") == [("blocking", "1.00")]
    assert _costs(fee, "2026-12-24T10:00:00+01:00", "2026-12-24T10:10:00+01:00") == []
