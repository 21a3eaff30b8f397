"""Tariffs, whom they are for, and what a session costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from emobility_core.charging import EndedSession
from emobility_core.ids import RatingId, TariffAssignmentId, TariffId, TariffVersionId
from emobility_core.network import PowerClass
from emobility_core.rating import Rating, rate_session
from emobility_core.tariffs import (
    Bearer,
    BlockingFee,
    Cycle,
    Dimension,
    GraceClock,
    HolidayRule,
    Holidays,
    LocalHours,
    PeriodicFee,
    Price,
    PriceLimit,
    Prices,
    ReservationKind,
    Restrictions,
    Switching,
    Tariff,
    TariffAssignment,
    TariffElement,
    TariffVersion,
    Weekday,
)
from emobility_core.testing.builders.basis import TENANT, ids, later, stored
from emobility_core.testing.builders.charging import make_ended
from emobility_core.testing.clock import NOON


def make_tariff(**changes: Any) -> Tariff:
    fields = {"id": TariffId(ids.uuid7(NOON)), "name": "Standard", "prices": Prices(per_kwh=Decimal("0.39"))}
    return Tariff(**stored({**fields, **changes}))


def make_tariff_version(**changes: Any) -> TariffVersion:
    fields = {
        "id": TariffVersionId(ids.uuid7(NOON)),
        "tenant": TENANT,
        "tariff": TariffId(ids.uuid7(NOON)),
        "number": 1,
        "prices": Prices(per_kwh=Decimal("0.39")),
        "since": NOON,
    }
    return TariffVersion(**{**fields, **changes})


def make_full_prices() -> Prices:
    """Prices that use all that there is, one of each."""
    hours = LocalHours(
        since="22:00",
        until="06:00",
        weekdays=(Weekday.MONDAY,),
        first_day=date(2026, 1, 1),
        end_day=date(2027, 1, 1),
        holidays=Holidays(calendar="works", dates=(date(2026, 7, 1),), count=HolidayRule.EXCEPT),
    )
    asked = Restrictions(
        hours=hours,
        min_kwh=Decimal("0.5"),
        max_duration_s=3_600,
        max_power_kw=Decimal(50),
        min_current_a=Decimal(6),
        power_classes=(PowerClass.AC, PowerClass.HPC),
        connector_types=("IEC_62196_T2",),
    )
    energy = Price(dimension=Dimension.ENERGY, amount=Decimal("0.29"), step=100, vat_percent=Decimal(7))
    fee = Price(dimension=Dimension.RESERVATION_FEE, amount=Decimal(4))
    return Prices(
        per_kwh=Decimal("0.49"),
        elements=(
            TariffElement(prices=(energy,), restrictions=asked),
            TariffElement(prices=(fee,), restrictions=Restrictions(reservation=ReservationKind.EXPIRED)),
        ),
        blocking=BlockingFee(per_minute=Decimal("0.1"), exempt=(hours,), grace_clock=GraceClock.PAUSES),
        periodic=(PeriodicFee(amount=Decimal("4.99"), cycle=Cycle.YEAR, per=Bearer.TOKEN),),
        minimum=PriceLimit(before_tax=Decimal(20), after_tax=Decimal(25)),
        maximum=PriceLimit(before_tax=Decimal(100)),
        switching=Switching.INTERPOLATED,
    )


def make_assignment(**changes: Any) -> TariffAssignment:
    fields = {"id": TariffAssignmentId(ids.uuid7(NOON)), "tariff": TariffId(ids.uuid7(NOON))}
    return TariffAssignment(**stored({**fields, **changes}))


def make_rating(session: EndedSession | None = None, version: TariffVersion | None = None) -> Rating:
    """The price of a session: without arguments, 12.345 kWh at 0.39."""
    priced = version or make_tariff_version()
    return rate_session(
        session or make_ended(tariff=priced.id), priced, id=RatingId(ids.uuid7(NOON)), at=later(hours=2)
    )
