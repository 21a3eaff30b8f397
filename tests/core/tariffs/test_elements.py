"""How a price is found: the first element that has the dimension and fits, asked anew at each moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobility_core.energy import Energy
from emobility_core.instants import TICK, Instant
from emobility_core.network import PowerClass
from emobility_core.tariffs import (
    Bill,
    BlockingFee,
    Component,
    Dimension,
    HolidayRule,
    Holidays,
    LocalHours,
    Phase,
    PhaseKind,
    PhasesDoNotFit,
    PriceLimit,
    PriceNotFixed,
    Prices,
    ReservationKind,
    Switching,
    TariffElement,
    Usage,
    Weekday,
    rate,
)
from emobility_core.tenancy import UnknownTimeZone
from emobility_core.testing.strategies import ZONES, local_hours, phased_usages
from tests.core.tariffs.parts import NIGHT, NIGHTLY, element, usage

TEN, ELEVEN, NOON = (f"2026-06-10T{hour}:00:00+02:00" for hour in (10, 11, 12))


def _told(bill: Bill) -> list[tuple[str, str, str]]:
    return [
        (line.rule, str(line.quantity.normalize()), f"{line.amount.normalize():f}") for line in bill.lines
    ]


def _phases(*rows: tuple[str, str, str, Any]) -> tuple[Phase, ...]:
    """Phases of since, until, kWh, and what else is known of them."""
    return tuple(
        Phase(since=part.started_at, until=part.ended_at, energy=part.energy, **more)
        for since, until, kwh, more in rows
        for part in [usage(since, until, kwh)]
    )


def test_the_first_kilowatt_hours_are_free() -> None:
    prices = Prices(elements=(element(amount="0", max_kwh=Decimal(5)),), per_kwh=Decimal("0.50"))
    assert _told(rate(usage(TEN, NOON, "12.345"), prices)) == [
        ("elements/0/prices/0", "5", "0"),
        ("per_kwh", "7.345", "3.6725"),
    ]
    assert rate(usage(TEN, NOON, "5"), prices).total == 0


def test_a_price_is_stepped_by_energy() -> None:
    """0.40 up to 20 kWh, then 0.60: by energy alone, also where prices are fixed at start."""
    prices = Prices(elements=(element(amount="0.40", max_kwh=Decimal(20)),), per_kwh=Decimal("0.60"))
    assert prices.switching is Switching.AT_START
    for kwh, total in (("19.999", "7.9996"), ("20", "8"), ("20.001", "8.0006"), ("50", "26")):
        assert rate(usage(TEN, NOON, kwh), prices).total == Decimal(total)


def test_a_night_and_a_day_price_share_the_energy_of_a_session() -> None:
    bill = rate(usage("2026-06-10T20:00:00+02:00", "2026-06-11T08:00:00+02:00", "24"), NIGHTLY)
    assert _told(bill) == [
        ("elements/1/prices/0", "4", "2.4"),
        ("elements/0/prices/0", "16", "4.8"),
        ("elements/1/prices/0", "4", "2.4"),
    ]
    assert all(one.until == other.since for one, other in pairwise(bill.lines))


def test_a_price_fixed_at_start_counts_for_the_whole_session() -> None:
    at_start = attrs.evolve(NIGHTLY, switching=Switching.AT_START)
    bill = rate(usage("2026-06-10T20:00:00+02:00", "2026-06-11T08:00:00+02:00", "24"), at_start)
    assert _told(bill) == [("elements/1/prices/0", "24", "14.4")]


def test_between_signed_values_the_price_of_the_first_counts() -> None:
    """Half of the phase lies in the night; nobody has measured where its energy changed hands."""
    signed = attrs.evolve(NIGHTLY, switching=Switching.SIGNED_VALUES)
    marks = [f"2026-06-10T{at}:00+02:00" for at in ("21:00", "21:45", "22:15", "23:00")]
    phases = _phases(*((since, until, "3", {}) for since, until in pairwise(marks)))
    bill = rate(usage(marks[0], marks[-1], "9", phases=phases), signed)
    assert _told(bill) == [("elements/1/prices/0", "6", "3.6"), ("elements/0/prices/0", "3", "0.9")]


def test_each_dimension_is_looked_up_for_itself() -> None:
    first = element(Dimension.CHARGING_TIME, "6", hours=LocalHours(since="10:00", until="11:00"))
    prices = Prices(elements=(first, element(amount="0.40")), per_session=Decimal("0.50"))
    assert _told(rate(usage(TEN, NOON, "10"), prices)) == [
        ("elements/1/prices/0", "1E+1", "4"),
        ("per_session", "1", "0.5"),
        ("elements/0/prices/0", "6E+1", "6"),
    ]


def test_charging_idle_and_connected_time_are_told_apart() -> None:
    dimensions = (Dimension.CHARGING_TIME, Dimension.IDLE_TIME, Dimension.CONNECTED_TIME)
    prices = Prices(elements=tuple(element(one, "60") for one in dimensions))
    phases = _phases((TEN, ELEVEN, "10", {}), (ELEVEN, NOON, "0", {"kind": PhaseKind.IDLE}))
    bill = rate(usage(TEN, NOON, "10", phases=phases), prices)
    assert [(line.component, str(line.quantity)) for line in bill.lines] == [
        (Component.CHARGING_TIME, "60"),
        (Component.IDLE_TIME, "60"),
        (Component.TIME, "120"),
    ]


def test_a_price_by_duration_begins_when_the_session_has_lasted() -> None:
    prices = Prices(elements=(element(Dimension.CONNECTED_TIME, "6", min_duration_s=5400),))
    (line,) = rate(usage(TEN, NOON), prices).lines
    assert (str(line.quantity), str(line.amount)) == ("30", "3")
    assert line.since == usage("2026-06-10T11:30:00+02:00", NOON).started_at


def test_power_and_current_are_those_of_the_moment() -> None:
    elements = (
        element(amount="0.70", min_power_kw=Decimal(50)),
        element(amount="0.50", max_current_a=Decimal(32)),
        element(amount="0.40"),
    )
    prices = Prices(elements=elements, switching=Switching.INTERPOLATED)
    assert prices.needs_momentary_power
    assert not NIGHTLY.needs_momentary_power
    powers: tuple[dict[str, Any], ...] = (
        {"power_w": Decimal(50_000)},
        {"current_a": Decimal(16)},
        {"current_a": Decimal(32)},
        {},
    )
    phases = _phases(*((TEN, TEN, "1", more) for more in powers))
    bill = rate(usage(TEN, TEN, "4", phases=phases), prices)
    assert [line.unit_price for line in bill.lines] == [Decimal("0.70"), Decimal("0.50"), Decimal("0.40")]
    assert bill.lines[-1].quantity == 2


@pytest.mark.parametrize(
    ("prices", "needs"),
    [
        (Prices(per_kwh=Decimal(1), per_session=Decimal(1)), (False, False)),
        (Prices(per_minute=Decimal(1)), (True, False)),
        (Prices(elements=(element(Dimension.IDLE_TIME),)), (True, False)),
        (Prices(elements=(element(Dimension.SESSION, min_duration_s=60),)), (True, False)),
        (Prices(elements=(element(hours=NIGHT),)), (False, True)),
        (Prices(blocking=BlockingFee(per_minute=Decimal(1))), (True, False)),
        (Prices(blocking=BlockingFee(per_minute=Decimal(1), exempt=(NIGHT,))), (True, True)),
    ],
)
def test_prices_say_what_a_clock_must_be_fit_for(prices: Prices, needs: tuple[bool, bool]) -> None:
    """A station without a time basis may not be given one that needs it (MessEG, section 33)."""
    assert (prices.needs_duration, prices.needs_time_of_day) == needs


def test_the_kind_of_connector_restricts_a_price() -> None:
    elements = (
        element(amount="0.79", power_classes=(PowerClass.HPC,)),
        element(amount="0.69", connector_types=("CCS", "CHAdeMO")),
    )
    prices = Prices(elements=elements, per_kwh=Decimal("0.49"))
    for known, price in (
        ({"power_class": PowerClass.HPC, "connector_type": "CCS"}, "0.79"),
        ({"power_class": PowerClass.DC, "connector_type": "CCS"}, "0.69"),
        ({"power_class": PowerClass.AC, "connector_type": "TYPE_2"}, "0.49"),
        ({}, "0.49"),
    ):
        assert rate(usage(TEN, NOON, "1", **known), prices).total == Decimal(price)


def test_reservations_cost_what_their_elements_say() -> None:
    reserved, expired = ReservationKind.RESERVED, ReservationKind.EXPIRED
    prices = Prices(
        per_session=Decimal("0.50"),
        elements=(
            element(Dimension.RESERVATION_FEE, "4", reservation=expired),
            element(Dimension.RESERVATION_TIME, "2", step=600, reservation=reserved),
        ),
    )
    phases = _phases((TEN, ELEVEN, "0", {"kind": PhaseKind.RESERVATION}))
    nobody = usage(ELEVEN, ELEVEN, phases=phases, reservation_expired=True)
    assert _told(rate(nobody, prices)) == [
        ("elements/0/prices/0", "1", "4"),
        ("elements/1/prices/0", "1", "2"),
    ]
    lifted = attrs.evolve(prices, minimum=PriceLimit(after_tax=Decimal(50)))
    assert rate(nobody, lifted).total == 6
    charged = usage(ELEVEN, NOON, phases=(*phases, *_phases((ELEVEN, NOON, "0", {}))))
    assert [rule for rule, _, _ in _told(rate(charged, prices))] == ["per_session", "elements/1/prices/0"]


def test_steps_round_up_once_by_the_last_price() -> None:
    """Of charging and idle time only the one that counted last is rounded (OCPI 2.3.0, mod_cdrs)."""
    prices = Prices(
        elements=(
            element(Dimension.CHARGING_TIME, "60", step=300),
            element(Dimension.IDLE_TIME, "60", step=300),
        )
    )
    middle, end = "2026-06-10T10:21:00+02:00", "2026-06-10T10:28:00+02:00"
    phases = _phases((TEN, middle, "3", {}), (middle, end, "0", {"kind": PhaseKind.IDLE}))
    assert [line.quantity for line in rate(usage(TEN, end, "3", phases=phases), prices).lines] == [21, 10]
    assert [line.quantity for line in rate(usage(TEN, middle, "3"), prices).lines] == [25]


def test_a_count_without_an_end_is_cut_and_still_adds_up() -> None:
    """A third and two thirds of a cent are a cent, and half a cent in thirds rounds up."""
    third = usage(TEN, "2026-06-10T10:00:20+02:00")
    prices = Prices(elements=(element(Dimension.CONNECTED_TIME, "1"),))
    assert str(rate(third, prices).total) == "0.005555555555555555"
    minute = attrs.evolve(
        prices, elements=(element(Dimension.CONNECTED_TIME, "0.3", hours=NIGHT), *prices.elements)
    )
    night = usage("2026-06-10T21:59:50+02:00", "2026-06-10T22:00:26.666667+02:00")
    assert rate(night, minute).total == sum(line.amount for line in rate(night, minute).lines)


def test_the_least_and_the_most_price_are_lines_of_their_own() -> None:
    prices = Prices(
        per_kwh=Decimal("0.50"),
        minimum=PriceLimit(after_tax=Decimal(2)),
        maximum=PriceLimit(before_tax=Decimal(10)),
    )
    lifted = rate(usage(TEN, NOON, "1"), prices)
    assert [(line.rule, line.amount) for line in lifted.lines][1] == ("minimum", Decimal("1.5"))
    lowered = rate(usage(TEN, NOON, "100"), prices)
    assert (lowered.net, lowered.gross) == (Decimal(10), Decimal("11.9"))
    assert lowered.lines[1].amount < 0
    between = rate(usage(TEN, NOON, "10"), prices)
    assert len(between.lines) == 1


def test_a_rebate_is_shared_by_the_vat_rates() -> None:
    """It lessens each supply: 10 at 7 % and 30 at 19 % for 20 are 5 and 15."""
    fee = attrs.evolve(element(Dimension.SESSION, "10").prices[0], vat_percent=Decimal(7))
    prices = Prices(
        include_vat=False,
        per_kwh=Decimal(1),
        elements=(TariffElement(prices=(fee,)),),
        maximum=PriceLimit(before_tax=Decimal(20)),
    )
    bill = rate(usage(TEN, NOON, "30"), prices)
    assert {part.vat_percent: (part.net, part.tax) for part in bill.by_rate} == {
        Decimal(19): (Decimal(15), Decimal("2.85")),
        Decimal(7): (Decimal(5), Decimal("0.35")),
    }
    assert bill.amounts.gross.minor == 2320


def test_without_tax_both_bounds_are_one() -> None:
    limit = PriceLimit(before_tax=Decimal(2), after_tax=Decimal(3))
    bill = rate(usage(TEN, NOON, "1"), Prices(per_kwh=Decimal(1), vat_percent=Decimal(0), minimum=limit))
    assert (bill.net, bill.tax, bill.gross) == (Decimal(3), Decimal(0), Decimal(3))


@given(phased_usages(), st.lists(local_hours(), max_size=4), st.sampled_from(ZONES))
@settings(max_examples=60)
def test_windows_partition_the_time_in_every_zone(usage: Usage, hours: list[LocalHours], zone: str) -> None:
    """The first of the hours that hold counts, the simple price for what is left: lines follow each other
    without gap and overlap, and each is right at its beginning and in its middle."""
    elements = (*(element(Dimension.CONNECTED_TIME, "60", hours=one) for one in hours),)
    prices = Prices(elements=elements, per_minute=Decimal(1))
    whole = attrs.evolve(usage, phases=(), zone=zone, ended_at=max(usage.ended_at, usage.started_at))
    lines = rate(whole, prices).lines
    marks = [mark for line in lines for mark in (line.since, line.until)]
    assert marks[1:-1:2] == marks[2::2]
    assert not lines or (marks[0], marks[-1]) == (whole.started_at, whole.ended_at)
    for line in lines:
        assert line.since is not None
        assert line.until is not None
        for at in (line.since, Instant(line.since + (line.until - line.since) / 2)):
            local = at.astimezone(ZoneInfo(zone))
            fitting = [f"elements/{place}/prices/0" for place, one in enumerate(hours) if one.holds(local)]
            assert line.rule == next(iter(fitting), "per_minute")


@pytest.mark.parametrize("zone", ZONES)
def test_day_and_night_are_all_of_a_year_on_both_nights_of_the_leap(zone: str) -> None:
    """Every day and hour of 2026 is either day or night, with the hours that the zone's clock leaves out or
    repeats."""
    prices = Prices(elements=(element(Dimension.CONNECTED_TIME, "60", hours=NIGHT),), per_minute=Decimal(1))
    year = usage("2026-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00", zone=zone)
    lines = rate(year, prices).lines
    assert sum(line.quantity for line in lines) == 365 * 24 * 60
    nights = {line.quantity for line in lines[1:-1] if line.rule.startswith("elements")}
    leaps = {"Europe/Berlin": {420, 480, 540}, "Australia/Lord_Howe": {450, 480, 510}}
    assert nights == leaps.get(zone, nights)
    assert 480 in nights


def _leaps(zone: ZoneInfo) -> list[datetime]:
    """The days of 2026 in which the clock of a zone leaps, and one in which none does."""
    days = [datetime(2026, 1, 15, tzinfo=UTC) + timedelta(days=after) for after in range(351)]
    leaps = [one for one, other in pairwise(days) if zone.utcoffset(one) != zone.utcoffset(other)]
    return [days[0], *leaps]


def test_windows_partition_the_days_of_every_zone_also_when_its_clock_leaps() -> None:
    """Day and night share three days around each leap to the minute, and each is right to its very ends."""
    prices = Prices(elements=(element(Dimension.CONNECTED_TIME, "60", hours=NIGHT),), per_minute=Decimal(1))
    leaps = 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for day in _leaps(zone):
            since, until = (Instant(day + timedelta(days=after)) for after in (-1, 2))
            lines = rate(Usage(energy=Energy(0), started_at=since, ended_at=until, zone=name), prices).lines
            assert sum(line.quantity for line in lines) == 3 * 24 * 60, (name, day)
            leaps += day.day != 15
            for line in lines:
                assert line.since is not None
                assert line.until is not None
                for at in (line.since, line.until - TICK):
                    assert NIGHT.holds(at.astimezone(zone)) is (line.rule != "per_minute"), (name, at)
    assert leaps > 100


def test_weekdays_dates_and_holidays_are_those_of_the_site() -> None:
    """1 May 2026 is a Friday and a holiday; at 23:30 UTC of the day before it has begun in Berlin."""
    holiday = Holidays(calendar="DE-BE")
    workday = LocalHours(holidays=attrs.evolve(holiday, count=HolidayRule.EXCEPT), weekdays=(Weekday.FRIDAY,))
    prices = Prices(
        elements=(
            element(amount="0.20", hours=LocalHours(holidays=holiday)),
            element(amount="0.30", hours=workday),
            element(amount="0.40", hours=LocalHours(first_day=date(2026, 5, 4), end_day=date(2026, 5, 5))),
        ),
        per_kwh=Decimal("0.50"),
    )
    for at, price in (
        ("2026-04-30T21:59:59+00:00", "0.50"),
        ("2026-04-30T22:00:00+00:00", "0.20"),
        ("2026-05-08T12:00:00+02:00", "0.30"),
        ("2026-05-04T00:00:00+02:00", "0.40"),
        ("2026-05-05T00:00:00+02:00", "0.50"),
    ):
        assert rate(usage(at, at, "1"), prices).total == Decimal(price)


def test_energy_by_duration_or_power_is_refused_where_prices_are_fixed_at_start() -> None:
    for asked in ({"max_duration_s": 1800}, {"min_power_kw": Decimal(50)}):
        with pytest.raises(PriceNotFixed) as refusal:
            Prices(elements=(element(amount="0.20"), element(amount="0.10", **asked)))
        assert refusal.value.field == "elements.1.restrictions"
        assert Prices(elements=(element(Dimension.IDLE_TIME, **asked),)).elements


def test_phases_that_do_not_fit_are_refused() -> None:
    whole = usage(TEN, NOON, "2", phases=_phases((TEN, ELEVEN, "1", {}), (ELEVEN, NOON, "1", {})))
    first, second = whole.phases
    for phases in (
        (first,),
        (second, first),
        (first, attrs.evolve(second, since=NOON_AT)),
        (first, second, second),
    ):
        with pytest.raises(PhasesDoNotFit):
            attrs.evolve(whole, energy=Energy(sum(one.energy.mwh for one in phases)), phases=phases)
    with pytest.raises(PhasesDoNotFit):
        attrs.evolve(whole, energy=Energy(1))


NOON_AT = usage(NOON, NOON).started_at


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownTimeZone):
        rate(usage(TEN, NOON, "1", zone="Europe/Nowhere"), NIGHTLY)
