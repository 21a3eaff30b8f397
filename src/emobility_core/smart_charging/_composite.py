"""What a station will allow, computed from the charging profiles that it holds (OCPP 1.6, 3.13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

import attrs

from emobility_core.commands import (
    ChargingProfile,
    ChargingSchedule,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from emobility_core.instants import Instant

_SECOND = timedelta(seconds=1)
_TENTH = Decimal("0.1")


@attrs.frozen(kw_only=True)
class PlacedProfile:
    """A profile and the connector that it was set on, 0 for the whole station."""

    connector: int
    profile: ChargingProfile


@attrs.frozen(kw_only=True)
class Supply:
    """What amperes and watts are converted with: volts between phase and neutral, and the number of
    phases wherever a period does not say it (OCPP 1.6, 7.14: three)."""

    voltage: int = 230
    phases: int = 3


@attrs.frozen(kw_only=True)
class CompositePeriod:
    """A limit from `start_s` on; None is no limit at all."""

    start_s: int
    limit: Decimal | None
    phases: int | None = None


@attrs.frozen(kw_only=True)
class CompositeSchedule:
    """What is allowed from an instant on, for `duration_s` seconds; neighbours differ."""

    unit: RateUnit
    starts_at: Instant
    duration_s: int
    periods: tuple[CompositePeriod, ...]

    def at(self, second: int) -> CompositePeriod | None:
        """The period of that second, None outside."""
        found = None
        for period in self.periods:
            if period.start_s <= second < self.duration_s:
                found = period
        return found


def composite(
    profiles: Iterable[PlacedProfile],
    connector: int,
    *,
    at: Instant,
    duration_s: int,
    unit: RateUnit = RateUnit.A,
    session_started_at: Instant | None = None,
    supply: Supply | None = None,
) -> CompositeSchedule:
    """Compute what is allowed on a connector, 0 for the whole station.

    What counts from a session's start counts from `at` where no session runs.
    """
    mine = [one for one in profiles if one.connector in (0, connector)]
    if connector == 0:
        mine = [one for one in mine if one.profile.purpose is ProfilePurpose.STATION_MAX]
    start = session_started_at or at
    moments = sorted({0, *_changes(mine, start, at, duration_s)})
    periods: list[CompositePeriod] = []
    for second in moments:
        moment = Instant(at + second * _SECOND)
        found = _allowed(mine, connector, moment, start, unit, supply or Supply())
        period = attrs.evolve(found, start_s=second)
        if not periods or attrs.evolve(period, start_s=periods[-1].start_s) != periods[-1]:
            periods.append(period)
    return CompositeSchedule(unit=unit, starts_at=at, duration_s=duration_s, periods=tuple(periods))


_UNLIMITED = CompositePeriod(start_s=0, limit=None)


def _allowed(
    profiles: Sequence[PlacedProfile], connector: int, at: Instant, session: Instant, unit: RateUnit,
    supply: Supply,
) -> CompositePeriod:  # fmt: skip
    """The lowest over the purposes; a session's own profile takes the place of the default."""
    stacks: dict[ProfilePurpose, list[tuple[tuple[int, bool], CompositePeriod]]] = {}
    for placed in profiles:
        period = _current(placed.profile, at, session)
        if period is not None:
            # Of equal levels the connector's own default counts, not that of the whole station.
            rank = (placed.profile.stack_level, placed.connector == connector)
            limited = _converted(period, placed.profile.schedule.unit, unit, supply)
            stacks.setdefault(placed.profile.purpose, []).append((rank, limited))
    if ProfilePurpose.SESSION in stacks:
        stacks.pop(ProfilePurpose.DEFAULT, None)
    winners = [max(stack, key=lambda one: one[0])[1] for stack in stacks.values()]
    return min(winners, key=lambda one: (one.limit or 0, one.phases or 3), default=_UNLIMITED)


def _current(profile: ChargingProfile, at: Instant, session: Instant) -> SchedulePeriod | None:
    """The period of a profile that counts at an instant; None where it is not valid or has run out."""
    if profile.valid_from is not None and at < profile.valid_from:
        return None
    if profile.valid_until is not None and at >= profile.valid_until:
        return None
    schedule = profile.schedule
    elapsed = (at - (schedule.starts_at or session)) // _SECOND
    if elapsed < 0:
        return None
    if profile.recurrence is not None:
        elapsed %= profile.recurrence.seconds
    if schedule.duration_s is not None and elapsed >= schedule.duration_s:
        # Only a duration lets the next level of the stack through again.
        return None
    return [period for period in schedule.periods if period.start_s <= elapsed][-1]


def _converted(period: SchedulePeriod, stated: RateUnit, wanted: RateUnit, supply: Supply) -> CompositePeriod:
    limit = period.limit
    volts = supply.voltage * (period.phases or supply.phases)
    if stated is RateUnit.A and wanted is RateUnit.W:
        limit = limit * volts
    elif stated is RateUnit.W and wanted is RateUnit.A:
        limit = (limit / volts).quantize(_TENTH, ROUND_FLOOR)
    return CompositePeriod(start_s=0, limit=limit, phases=period.phases)


def _changes(
    profiles: Sequence[PlacedProfile], session: Instant, at: Instant, duration_s: int
) -> Iterator[int]:
    """The whole seconds at which something may change within the time asked for."""
    for placed in profiles:
        for moment in _moments(placed.profile, session, at, duration_s):
            second = -((at - moment) // _SECOND)
            if 0 < second < duration_s:
                yield second


def _moments(profile: ChargingProfile, session: Instant, at: Instant, duration_s: int) -> Iterator[Instant]:
    yield from (moment for moment in (profile.valid_from, profile.valid_until) if moment is not None)
    start = profile.schedule.starts_at or session
    for begun in _beginnings(profile, start, at, duration_s):
        for second in _seconds(profile.schedule):
            yield Instant(begun + second * _SECOND)


def _beginnings(profile: ChargingProfile, start: Instant, at: Instant, duration_s: int) -> Iterator[Instant]:
    if profile.recurrence is None:
        yield start
        return
    length = profile.recurrence.seconds * _SECOND
    first = max(0, (at - start) // length)
    for turn in range(first, first + duration_s * _SECOND // length + 2):
        yield Instant(start + turn * length)


def _seconds(schedule: ChargingSchedule) -> Iterator[int]:
    yield from (period.start_s for period in schedule.periods)
    if schedule.duration_s is not None:
        yield schedule.duration_s
