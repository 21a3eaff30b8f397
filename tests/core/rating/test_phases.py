"""What readings tell of a session, and prices that ask for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from emobility_core.charging import EndedSession, MeterReading, Quality
from emobility_core.energy import Energy
from emobility_core.ids import RatingId
from emobility_core.instants import Instant, instant
from emobility_core.network import PowerClass
from emobility_core.rating import HeldSession, Place, asks_for_phases, phases_of, rate_session
from emobility_core.tariffs import (
    BlockingBasis,
    BlockingFee,
    Dimension,
    LocalHours,
    Phase,
    Price,
    Prices,
    Restrictions,
    Switching,
    TariffElement,
)
from emobility_core.testing.builders import later, make_ended, make_reading, make_tariff_version
from emobility_core.testing.clock import NOON, SeededIds

ID = RatingId(SeededIds().uuid7(NOON))
AFTER = Prices(
    per_kwh=Decimal("0.50"),
    blocking=BlockingFee(per_minute=Decimal("0.10"), basis=BlockingBasis.AFTER_CHARGING, grace_minutes=10),
)


def _session(**changes: Any) -> EndedSession:
    """Three hours and 20 kWh."""
    known = {"meter_start": Energy.wh(1_000), "meter_stop": Energy.wh(21_000)}
    return make_ended(started_at=NOON, ended_at=later(NOON, hours=3), **known | changes)


def _reading(minutes: int, wh: int | None, **changes: Any) -> MeterReading:
    energy = None if wh is None else Energy.wh(wh)
    return make_reading(at=Instant(NOON + timedelta(minutes=minutes)), energy=energy, **changes)


def _told(phases: tuple[Phase, ...]) -> list[tuple[str, int, int]]:
    return [
        (phase.kind.value, (phase.until - phase.since) // timedelta(minutes=1), phase.energy.mwh // 1_000)
        for phase in phases
    ]


READINGS = [_reading(60, 12_000), _reading(120, 21_000, power_w=0), _reading(150, 21_000)]


def test_a_session_charges_where_its_register_rises() -> None:
    phases = phases_of(_session(), READINGS)
    assert _told(phases) == [
        ("charging", 60, 11_000),
        ("charging", 60, 9_000),
        ("idle", 30, 0),
        ("idle", 30, 0),
    ]
    assert [phase.power_w for phase in phases] == [None, Decimal(11_040), Decimal(0), Decimal(11_040)]


def test_readings_that_contradict_are_passed_over() -> None:
    """Doubtful ones, those without a register, outside of the session or of its registers."""
    strange = [
        _reading(30, 900),
        _reading(40, 22_000),
        _reading(-5, 1_500),
        _reading(181, 20_000),
        _reading(70, None),
        _reading(80, 15_000, qualities=frozenset({Quality.CLOCK_NOT_TRUSTED})),
    ]
    assert phases_of(_session(), [*strange, *READINGS]) == phases_of(_session(), READINGS)


def test_a_session_without_both_registers_has_no_phases() -> None:
    assert phases_of(_session(meter_start=None), READINGS) == ()
    assert phases_of(_session(meter_stop=Energy.wh(900)), READINGS) == ()


def test_a_fee_after_charging_counts_from_the_last_rise() -> None:
    """At 14:00 the register has stood still: of the hour that is left 50 minutes are beyond the grace."""
    version = make_tariff_version(prices=AFTER)
    phases = phases_of(_session(), READINGS)
    rating = rate_session(_session(), version, id=ID, at=later(NOON, hours=4), phases=phases)
    assert [(line.rule, str(line.amount)) for line in rating.lines] == [
        ("per_kwh", "10.00000"),
        ("blocking", "5.00"),
    ]


def test_hours_and_power_class_are_those_of_the_place() -> None:
    """It is two o'clock in Berlin, and evening in Tokyo."""
    hours = Restrictions(hours=LocalHours(since="14:00", until="15:00"), power_classes=(PowerClass.DC,))
    price = Price(dimension=Dimension.ENERGY, amount=Decimal("0.30"))
    version = make_tariff_version(
        prices=Prices(elements=(TariffElement(prices=(price,), restrictions=hours),), per_kwh=Decimal("0.50"))
    )
    for place, total in (
        (Place(zone="Europe/Berlin", power_class=PowerClass.DC), 6),
        (Place(zone="Europe/Berlin", power_class=PowerClass.AC), 10),
        (Place(zone="Asia/Tokyo", power_class=PowerClass.DC), 10),
    ):
        assert rate_session(_session(), version, id=ID, at=NOON, place=place).total == total


def test_a_session_that_lasts_longer_than_hours_are_looked_at_is_held() -> None:
    """Of one that began in 1970 or ends with the calendar 400 days are looked at and no more."""
    price = Price(dimension=Dimension.CONNECTED_TIME, amount=Decimal(1))
    hours = Restrictions(hours=LocalHours(since="22:00", until="06:00"))
    fee = BlockingFee(per_minute=Decimal(1), max_per_day=Decimal(1))
    element = TariffElement(prices=(price,), restrictions=hours)
    version = make_tariff_version(prices=Prices(elements=(element,), blocking=fee))
    year = ("2026-01-01", "2027-01-01")
    for since, until in (("1970-01-01", "2026-06-10"), ("9998-06-01", "9999-12-31"), year):
        first, last = (instant(datetime.fromisoformat(f"{day}T00:00:00+00:00")) for day in (since, until))
        session, place = make_ended(started_at=first, ended_at=last), Place(zone="Asia/Tokyo")
        rating = rate_session(session, version, id=ID, at=NOON, place=place)
        held = since != year[0]
        assert isinstance(rating, HeldSession) is held
        assert ("lasts-too-long" in rating.reasons) is held
        assert len(rating.lines) <= 404


@pytest.mark.parametrize(
    ("prices", "asks"),
    [
        (Prices(per_kwh=Decimal(1)), False),
        (AFTER, True),
        (
            Prices(
                elements=(TariffElement(prices=(Price(dimension=Dimension.IDLE_TIME, amount=Decimal(1)),)),)
            ),
            True,
        ),
        (
            Prices(
                elements=(TariffElement(prices=(Price(dimension=Dimension.IDLE_TIME, amount=Decimal(1)),)),),
                switching=Switching.SIGNED_VALUES,
            ),
            False,
        ),
    ],
)
def test_readings_are_read_where_the_price_asks_for_them(prices: Prices, asks: bool) -> None:
    assert asks_for_phases(prices) is asks
