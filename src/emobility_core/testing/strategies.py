"""Hypothesis strategies for the values that prices and sessions are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from emobility_core.charging import ActiveSession, AuthorizationStatus, Doubt, EndedSession
from emobility_core.energy import Energy
from emobility_core.instants import Instant, instant
from emobility_core.money import EXPONENTS, Money
from emobility_core.tariffs import Prices, Usage
from emobility_core.testing.builders import make_active, make_ended

currencies = st.sampled_from(sorted(EXPONENTS))
minor_units = st.integers(-(10**12), 10**12)
energies = st.integers(0, 10**12).map(Energy)
prices_per_unit = st.decimals(0, 100, places=6, allow_nan=False, allow_infinity=False)
percents = st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False)
durations = st.timedeltas(timedelta(0), timedelta(days=30))


def moneys(currency: str | None = None) -> st.SearchStrategy[Money]:
    """Amounts, of one currency if one is named."""
    return st.builds(Money, minor_units, currencies if currency is None else st.just(currency))


def instants() -> st.SearchStrategy[Instant]:
    """Times at which stations may have charged."""
    first, last = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2015, 2100))
    return st.datetimes(first, last, timezones=st.just(UTC)).map(instant)


def prices() -> st.SearchStrategy[Prices]:
    """Prices of any currency and basis; each may be zero."""
    unit = st.one_of(st.just(Decimal(0)), prices_per_unit)
    return st.builds(
        Prices,
        currency=currencies,
        include_vat=st.booleans(),
        vat_percent=percents,
        per_kwh=unit,
        per_session=unit,
        per_minute=unit,
    )


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """A use of up to a gigawatt-hour and thirty days."""
    started_at = draw(instants())
    ended_at = Instant(started_at + draw(durations))
    return Usage(energy=draw(energies), started_at=started_at, ended_at=ended_at)


@st.composite
def active_sessions(draw: st.DrawFn) -> ActiveSession:
    """A session under way, its registers known or not."""
    started_at = draw(instants())
    meter_start = draw(st.none() | energies)
    last = draw(st.none() | energies)
    meter_last = last if meter_start is None or last is None else meter_start + last
    return make_active(
        connector=draw(st.integers(1, 20)),
        authorization=draw(st.sampled_from(AuthorizationStatus)),
        started_at=started_at,
        started_reported=started_at.isoformat(),
        started_received=started_at,
        meter_start=meter_start,
        meter_last=meter_last,
        meter_last_at=None if meter_last is None else Instant(started_at + draw(durations)),
    )


@st.composite
def ended_sessions(draw: st.DrawFn) -> EndedSession:
    """A session that is over, plausible or not."""
    begun = draw(active_sessions())
    ended_at = Instant(begun.started_at + draw(durations))
    return make_ended(
        connector=begun.connector,
        authorization=begun.authorization,
        started_at=begun.started_at,
        started_reported=begun.started_reported,
        started_received=begun.started_received,
        meter_start=begun.meter_start,
        meter_last=begun.meter_last,
        meter_last_at=begun.meter_last_at,
        meter_stop=draw(st.none() | st.just(begun.meter_last) | energies),
        ended_at=ended_at,
        ended_reported=ended_at.isoformat(),
        ended_received=ended_at,
        doubts=draw(st.frozensets(st.sampled_from(Doubt), max_size=3)),
        stop_identity=draw(st.none() | st.just(f"{ended_at.isoformat()}|")),
    )
