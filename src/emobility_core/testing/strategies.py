"""Hypothesis strategies for the values that prices and sessions are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import attrs
from hypothesis import strategies as st

from emobility_core.charging import ActiveSession, AuthorizationStatus, Doubt, EndedSession
from emobility_core.energy import Energy
from emobility_core.instants import Instant, instant
from emobility_core.money import EXPONENTS, Money
from emobility_core.network import PowerClass
from emobility_core.tariffs import (
    BlockingBasis,
    BlockingFee,
    Dimension,
    GraceClock,
    HolidayRule,
    Holidays,
    LocalHours,
    Phase,
    PhaseKind,
    Price,
    PriceLimit,
    Prices,
    ReservationKind,
    Restrictions,
    Switching,
    TariffElement,
    Usage,
    Weekday,
)
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


_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "UTC", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata")


@st.composite
def local_hours(draw: st.DrawFn) -> LocalHours:
    """Hours that can hold: over midnight or not, on some weekdays, before or after a date, with holidays."""
    times = st.none() | st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
    since, until = draw(times), draw(times)
    end = draw(st.none() | st.dates(date(2026, 2, 1), date(2027, 12, 31)))
    return LocalHours(
        since=since,
        until=None if until == since else until,
        weekdays=tuple(draw(st.lists(st.sampled_from(Weekday), unique=True, max_size=5))),
        first_day=draw(st.none() | st.just(date(2026, 1, 1))),
        end_day=end,
        holidays=draw(
            st.none() | st.builds(Holidays, calendar=st.just("DE-BY"), count=st.sampled_from(HolidayRule))
        ),
    )


_MAYBE_HOURS = st.none() | local_hours()


def _bounds(most: int) -> st.SearchStrategy[tuple[int | None, int | None]]:
    pairs = st.lists(st.integers(1, most), min_size=2, max_size=2, unique=True).map(sorted)
    return st.one_of(
        st.just((None, None)),
        pairs.map(lambda pair: (pair[0], pair[1])),
        pairs.map(lambda pair: (pair[0], None)),
    )


@st.composite
def restrictions(draw: st.DrawFn, *, fixed: bool = False, reserved: bool = False) -> Restrictions:
    """What can hold; `fixed` without duration, power and current, which a price fixed at start refuses."""
    kwh = draw(_bounds(100))
    lasting = (None, None) if fixed else draw(_bounds(100_000))
    power = (None, None) if fixed else draw(_bounds(300))
    decimals = [None if one is None else Decimal(one) for one in (*kwh, *power)]
    return Restrictions(
        hours=draw(_MAYBE_HOURS),
        min_kwh=decimals[0],
        max_kwh=decimals[1],
        min_power_kw=decimals[2],
        max_power_kw=decimals[3],
        min_duration_s=lasting[0],
        max_duration_s=lasting[1],
        power_classes=tuple(draw(st.lists(st.sampled_from(PowerClass), unique=True, max_size=2))),
        reservation=draw(st.sampled_from(ReservationKind)) if reserved else None,
    )


@st.composite
def tariff_elements(draw: st.DrawFn, *, fixed: bool = False, percents: bool = True) -> TariffElement:
    """An element of a session or of a reservation."""
    reserved = draw(st.booleans())
    mine = [one for one in Dimension if one.value.startswith("reservation") is reserved]
    price = st.builds(
        Price,
        dimension=st.sampled_from(mine),
        amount=prices_per_unit,
        step=st.sampled_from((0, 1, 60, 300, 500)),
        vat_percent=st.sampled_from((None, Decimal(7), Decimal(19))) if percents else st.none(),
    )
    several = st.lists(price, min_size=1, max_size=3, unique_by=lambda one: one.dimension)
    return TariffElement(
        prices=tuple(draw(several)), restrictions=draw(restrictions(fixed=fixed, reserved=reserved))
    )


@st.composite
def full_prices(draw: st.DrawFn) -> Prices:
    """Prices with all that they may have beside the simple three."""
    switching = draw(st.sampled_from(Switching))
    elements = tariff_elements(fixed=switching is Switching.AT_START)
    minimum = draw(st.none() | prices_per_unit)
    blocking = st.builds(
        BlockingFee,
        per_minute=prices_per_unit,
        grace_minutes=st.integers(0, 300),
        basis=st.sampled_from(BlockingBasis),
        max_per_session=st.none() | prices_per_unit,
        max_per_day=st.none() | prices_per_unit,
        exempt=st.lists(local_hours(), max_size=2).map(tuple),
        grace_clock=st.sampled_from(GraceClock),
    )
    return attrs.evolve(
        draw(prices()),
        elements=tuple(draw(st.lists(elements, max_size=4))),
        blocking=draw(st.none() | blocking),
        minimum=None if minimum is None else PriceLimit(after_tax=minimum),
        maximum=draw(st.none() | st.just(PriceLimit(before_tax=Decimal(500)))),
        switching=switching,
    )


@st.composite
def phased_usages(draw: st.DrawFn) -> Usage:
    """A use in phases of minutes to days, in 2026, in a zone with leaps of the clock."""
    started_at = at = draw(
        st.timedeltas(timedelta(days=1), timedelta(days=330)).map(lambda after: Instant(_NEW_YEAR + after))
    )
    phases: list[Phase] = []
    if draw(st.booleans()):
        since = Instant(at - timedelta(minutes=draw(st.integers(1, 90))))
        phases.append(Phase(since=since, until=at, kind=PhaseKind.RESERVATION))
    for _ in range(draw(st.integers(1, 4))):
        until = Instant(at + draw(st.timedeltas(timedelta(0), timedelta(days=2))))
        kind = draw(st.sampled_from((PhaseKind.CHARGING, PhaseKind.IDLE)))
        energy = Energy(draw(st.integers(0, 10**8))) if kind is PhaseKind.CHARGING else Energy(0)
        power = draw(st.none() | st.integers(0, 350_000).map(Decimal))
        phases.append(Phase(since=at, until=until, kind=kind, energy=energy, power_w=power))
        at = until
    return Usage(
        energy=Energy(sum(phase.energy.mwh for phase in phases)),
        started_at=started_at,
        ended_at=at,
        zone=draw(st.sampled_from(ZONES)),
        phases=tuple(phases),
        power_class=draw(st.none() | st.sampled_from(PowerClass)),
        reservation_expired=draw(st.booleans()),
    )


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
