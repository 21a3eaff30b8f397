"""What went on in a session, as its readings tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import attrs

from emobility_core.charging import EndedSession, MeterReading, Quality
from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.tariffs import BlockingBasis, Dimension, Phase, PhaseKind, Prices, Switching

_DOUBTFUL = frozenset({Quality.CLOCK_NOT_TRUSTED, Quality.REGISTER_FELL, Quality.UNIT_IMPLAUSIBLE})
_TOLD_APART = (Dimension.CHARGING_TIME, Dimension.IDLE_TIME)


def asks_for_phases(prices: Prices) -> bool:
    """Whether it matters when energy flowed. Between signed values only they may tell, not mere readings."""
    if prices.switching is Switching.SIGNED_VALUES:
        return False
    after = prices.blocking is not None and prices.blocking.basis is BlockingBasis.AFTER_CHARGING
    apart = any(price.dimension in _TOLD_APART for one in prices.elements for price in one.prices)
    spread = bool(prices.elements) and prices.switching is Switching.INTERPOLATED
    return after or apart or spread or prices.needs_momentary_power


@attrs.frozen
class _Mark:
    """A register at an instant, and the power then."""

    at: Instant
    energy: Energy
    power_w: int | None = None


def phases_of(session: EndedSession, readings: Sequence[MeterReading]) -> tuple[Phase, ...]:
    """Phases from reading to reading: charging where the register rose, idle where it did not.

    Readings that are doubtful, lie outside of the session or contradict the registers around them are passed
    over. None without both registers of the session.
    """
    if session.meter_start is None or session.meter_stop is None or session.ended_at <= session.started_at:
        return ()
    if session.delivered != session.meter_stop - session.meter_start:
        return ()
    end = _Mark(session.ended_at, session.meter_stop)
    marks = [_Mark(session.started_at, session.meter_start), *_between(session, end, readings), end]
    return tuple(
        Phase(
            since=one.at,
            until=other.at,
            kind=PhaseKind.CHARGING if other.energy > one.energy else PhaseKind.IDLE,
            energy=other.energy - one.energy,
            power_w=None if one.power_w is None else Decimal(one.power_w),
        )
        for one, other in pairwise(marks)
    )


def _between(session: EndedSession, end: _Mark, readings: Sequence[MeterReading]) -> Iterator[_Mark]:
    assert session.meter_start is not None
    last = _Mark(session.started_at, session.meter_start)
    for reading in sorted(readings, key=lambda one: one.at):
        if reading.energy is None or reading.qualities & _DOUBTFUL:
            continue
        if last.at < reading.at < end.at and last.energy <= reading.energy <= end.energy:
            last = _Mark(reading.at, reading.energy, reading.power_w)
            yield last
