"""What a blocking fee comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from emobility_core.tariffs._fees import BlockingBasis, BlockingFee, GraceClock
from emobility_core.tariffs._lines import EXACT, Component, Line, Unit, exact_sum
from emobility_core.tariffs._segments import Segment
from emobility_core.tariffs._timetable import instant_of, midnights, zone_named
from emobility_core.tariffs._usage import PhaseKind

_MINUTE = 60_000_000
_ONE = Decimal(1)


def blocking_lines(fee: BlockingFee, used: Sequence[Segment], exempt: int, zone: str) -> list[Line]:
    """The minutes, and a line for what each bound takes off again. `exempt`: the bits of the exempt hours."""
    segments = used if fee.basis is BlockingBasis.CONNECTED else _after_charging(used)
    billable = list(_billable(fee, segments, exempt))
    if not billable:
        return []
    minutes = [Decimal(one) for one in _minutes(billable, fee, zone)]
    counted = exact_sum(minutes)
    owed = EXACT.multiply(counted, fee.per_minute)
    since, until = instant_of(billable[0][0]), instant_of(billable[-1][1])
    rows = [(counted, Unit.MINUTE, fee.per_minute, owed, "blocking")]
    rows += [
        (_ONE, Unit.SESSION, off, off, f"blocking/{bound}") for bound, off in _bounded(fee, minutes, owed)
    ]
    return [Line(Component.BLOCKING, *row, since, until, fee.vat_percent) for row in rows]


def _bounded(fee: BlockingFee, minutes: Sequence[Decimal], owed: Decimal) -> Iterator[tuple[str, Decimal]]:
    """What each bound takes off; first the days, then the session."""
    if fee.max_per_day is not None:
        days = exact_sum(min(EXACT.multiply(one, fee.per_minute), fee.max_per_day) for one in minutes)
        if off := EXACT.subtract(days, owed):
            yield "max_per_day", off
        owed = days
    if fee.max_per_session is not None and owed > fee.max_per_session:
        yield "max_per_session", EXACT.subtract(fee.max_per_session, owed)


def _after_charging(used: Sequence[Segment]) -> Sequence[Segment]:
    last = max((place for place, one in enumerate(used) if one.phase.kind is PhaseKind.CHARGING), default=-1)
    return used[last + 1 :]


def _billable(fee: BlockingFee, segments: Iterable[Segment], exempt: int) -> Iterator[tuple[int, int]]:
    """The stretches that are charged for: after the time of grace, outside of exempt hours."""
    grace = fee.grace_minutes * _MINUTE
    for one in segments:
        spared = bool(one.mask & exempt)
        if spared and fee.grace_clock is GraceClock.PAUSES:
            continue
        used = min(grace, one.until - one.since)
        grace -= used
        if not spared and one.since + used < one.until:
            yield one.since + used, one.until


def _minutes(billable: Sequence[tuple[int, int]], fee: BlockingFee, zone: str) -> Iterator[int]:
    """Started minutes: of all together, or where days are bounded, of each local day such that the days add
    up to that."""
    if fee.max_per_day is None:
        yield -(-sum(until - since for since, until in billable) // _MINUTE)
        return
    ends = [*midnights(billable[0][0], billable[-1][1], zone_named(zone)), billable[-1][1]]
    begin, passed, given = billable[0][0], 0, 0
    for end in ends:
        passed += sum(max(0, min(until, end) - max(since, begin)) for since, until in billable)
        begin = end
        due = -(-passed // _MINUTE)
        yield due - given
        given = due
