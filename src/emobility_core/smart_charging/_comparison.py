"""A composite schedule of ours beside the station's: where the two differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from emobility_core.commands import RateUnit
from emobility_core.instants import Instant, NaiveDatetime, parse_instant
from emobility_core.smart_charging._composite import CompositePeriod, CompositeSchedule

_SECOND = timedelta(seconds=1)
# Stations compute in floats and round as they like.
_SAME_WITHIN = Decimal("0.1")
# Whole numbers of OCPP 1.6 are signed and of 32 bits; a limit as large is none.
_LARGEST = 2**31 - 1


@attrs.frozen(kw_only=True)
class ScheduleDifference:
    """From `start_s` until `end_s` the two allow different limits; None is no limit."""

    start_s: int
    end_s: int
    ours: Decimal | None
    stations: Decimal | None


def differences(ours: CompositeSchedule, stations: CompositeSchedule) -> tuple[ScheduleDifference, ...]:
    """Where both schedules speak of the same time and unit and do not allow the same."""
    shift = round((stations.starts_at - ours.starts_at) / _SECOND)
    end = min(ours.duration_s, stations.duration_s + shift)
    moments = {period.start_s for period in ours.periods}
    moments |= {period.start_s + shift for period in stations.periods}
    inside = sorted(second for second in moments if max(0, shift) <= second < end)
    if not inside:
        # The station's clock is far off: there is no second of which both speak.
        return ()
    found: list[ScheduleDifference] = []
    for second, until in zip(inside, [*inside[1:], end], strict=True):
        mine, other = ours.at(second), stations.at(second - shift)
        if mine is None or other is None or _alike(mine.limit, other.limit):
            continue
        last = found[-1] if found else None
        if last and (last.end_s, last.ours, last.stations) == (second, mine.limit, other.limit):
            found[-1] = attrs.evolve(last, end_s=until)
        else:
            found.append(
                ScheduleDifference(start_s=second, end_s=until, ours=mine.limit, stations=other.limit)
            )
    return tuple(found)


def _alike(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME_WITHIN


def read_answer(answer: Mapping[str, Any], *, at: Instant, unit: RateUnit) -> CompositeSchedule | None:
    """Read what a station answered to GetCompositeSchedule (OCPP 1.6, 6.22); None if it tells no schedule.

    Stations write -1 for no limit and for no number of phases, and leave the start out where it is now.
    """
    schedule = answer.get("chargingSchedule")
    if not isinstance(schedule, Mapping):
        return None
    periods = tuple(_periods(schedule.get("chargingSchedulePeriod")))
    if not periods:
        return None
    duration = _whole(schedule.get("duration"))
    stated = schedule.get("chargingRateUnit")
    return CompositeSchedule(
        unit=RateUnit(stated) if stated in ("A", "W") else unit,
        starts_at=_told(answer.get("scheduleStart")) or _told(schedule.get("startSchedule")) or at,
        duration_s=duration or 86_400,
        periods=periods,
    )


def _periods(told: object) -> Iterator[CompositePeriod]:
    for one in told if isinstance(told, list) else ():
        start = _whole(one.get("startPeriod")) if isinstance(one, Mapping) else None
        if start is None:
            continue
        try:
            limit = Decimal(str(one.get("limit")))
        except InvalidOperation:
            continue
        phases = one.get("numberPhases")
        yield CompositePeriod(
            start_s=start,
            limit=limit if limit.is_finite() and 0 <= limit <= _LARGEST else None,
            phases=phases if isinstance(phases, int) and 1 <= phases <= 3 else None,
        )


def _whole(told: object) -> int | None:
    """A number of seconds, as long as OCPP 1.6 allows any."""
    return told if type(told) is int and 0 <= told <= _LARGEST else None


def _told(text: object) -> Instant | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except (ValueError, NaiveDatetime):
        return None
