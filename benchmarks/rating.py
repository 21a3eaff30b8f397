"""How many sessions the pure core prices in a second on one core: by three simple prices, and by a tariff of
six components with day windows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import UUID

import attrs

from emobility_core.charging import AuthorizationStatus, EndedSession
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import RatingId, SessionId, StationId, TariffId, TariffVersionId, TenantId
from emobility_core.instants import Instant, instant
from emobility_core.rating import rate_session
from emobility_core.tariffs import (
    BlockingFee,
    Dimension,
    LocalHours,
    Price,
    Prices,
    Restrictions,
    Switching,
    TariffElement,
    TariffVersion,
    Usage,
    Weekday,
    rate,
)

_BATCH = 20_000
# As many as a year of a company's points has.
_MANY = 100_000
_YEAR_S = 365 * 86_400
_SOME_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
_SINCE = instant(datetime(2026, 1, 1, tzinfo=UTC))
_DAY = LocalHours(since="06:00", until="22:00", weekdays=tuple(Weekday)[:5])
_NIGHT = LocalHours(since="22:00", until="06:00")


def _element(dimension: Dimension, amount: str, **restrictions: Any) -> TariffElement:
    price = Price(dimension=dimension, amount=Decimal(amount), step=1)
    return TariffElement(prices=(price,), restrictions=Restrictions(**restrictions))


# Energy by day, at night and at the weekend, the session, charging time by day, and a blocking fee.
_SIX = Prices(
    elements=(
        _element(Dimension.ENERGY, "0.59", hours=_DAY),
        _element(Dimension.ENERGY, "0.39", hours=_NIGHT),
        _element(Dimension.CHARGING_TIME, "1.20", hours=_DAY),
    ),
    per_kwh=Decimal("0.49"),
    per_session=Decimal("0.35"),
    blocking=BlockingFee(
        per_minute=Decimal("0.10"), grace_minutes=45, max_per_session=Decimal(12), exempt=(_NIGHT,)
    ),
    switching=Switching.INTERPOLATED,
)
_VERSION = TariffVersion(
    id=TariffVersionId(_SOME_ID),
    tenant=TenantId(_SOME_ID),
    tariff=TariffId(_SOME_ID),
    number=1,
    prices=Prices(per_kwh=Decimal("0.49"), per_session=Decimal("0.35"), per_minute=Decimal("0.02")),
    since=_SINCE,
)


def rating_per_s(rounds: int) -> float:
    """The median of some rounds, by CPU seconds; each session differs in energy and duration.

    Reading the session and storing the price are not part of it.
    """
    sessions = [_session(number) for number in range(_BATCH)]
    _round(sessions[:1_000])
    return median(_round(sessions) for _ in range(rounds))


def windows_us(rounds: int) -> float:
    """The median of some rounds: CPU microseconds for a session by a tariff of six components, of 100,000
    sessions over a year, each up to eight hours long at a site in Berlin; lines built and summed."""
    return median(_windows_round() for _ in range(rounds))


def _windows_round() -> float:
    # A tariff of its own each time: making its windows ready belongs to the cost.
    prices = attrs.evolve(_SIX)
    uses = [_use(number) for number in range(_MANY)]
    began, lines = time.process_time(), 0
    for use in uses:
        bill = rate(use, prices)
        lines += len(bill.lines) if bill.total else 0
    took = time.process_time() - began
    if lines < 3 * _MANY:
        raise AssertionError("lines are missing")
    return took / _MANY * 1e6


def _use(number: int) -> Usage:
    since = Instant(_SINCE + timedelta(seconds=number * _YEAR_S // _MANY))
    until = Instant(since + timedelta(seconds=600 + number * 7_919 % 28_200))
    energy = Energy(1_000_000 + 1_237 * (number % 50_000))
    return Usage(energy=energy, started_at=since, ended_at=until, zone="Europe/Berlin")


def _round(sessions: Sequence[EndedSession]) -> float:
    began = time.process_time()
    for session in sessions:
        rating = rate_session(session, _VERSION, id=RatingId(_SOME_ID), at=_SINCE)
        if len(rating.lines) != 3:
            raise AssertionError("a line is missing")
    return len(sessions) / (time.process_time() - began)


def _session(number: int) -> EndedSession:
    began = Instant(_SINCE + timedelta(seconds=number))
    ended = Instant(began + timedelta(seconds=600 + number % 3_600))
    return EndedSession(
        id=SessionId(_SOME_ID),
        tenant=TenantId(_SOME_ID),
        station=StationId(_SOME_ID),
        connector=1,
        transaction_id=number,
        start_identity=str(number),
        id_tag=IdTag("BENCH"),
        authorization=AuthorizationStatus.ACCEPTED,
        tariff=_VERSION.id,
        started_at=began,
        started_reported=None,
        started_received=began,
        meter_start=Energy(5_000_000),
        meter_last=None,
        meter_last_at=None,
        ended_at=ended,
        ended_reported=None,
        ended_received=ended,
        meter_stop=Energy(6_000_000 + 1_237 * number),
        stop_reason="Local",
        stop_identity=str(number),
        updated_at=ended,
    )
