"""Local hours as stretches of universal time: which of them hold from which instant on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from emobility_core.instants import TICK, Instant
from emobility_core.tariffs._hours import LocalHours
from emobility_core.tenancy import UnknownTimeZone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000
_HOUR = 3_600_000_000
_SECOND = 1_000_000
LONGEST_DAYS = 400
# In the last year of the calendar nobody can look at the day after.
_LAST_DATE = date(9999, 1, 1)
_LAST_DAY = (_LAST_DATE - date(1970, 1, 1)).days
# Ten years of days; a tariff that is asked for more begins anew.
_MOST_DAYS = 4_000
# From one microsecond on: a bit for each of the hours that hold.
Stretch = tuple[int, int]


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // TICK


def instant_of(at: int) -> Instant:
    return Instant(EPOCH + timedelta(microseconds=at))


@lru_cache(maxsize=1_000)
def zone_named(name: str) -> ZoneInfo:
    """The time zone; raise `UnknownTimeZone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(name) from None


@attrs.frozen
class Timetable:
    """Says of each moment which of some local hours hold in a zone.

    Days of universal time are worked out once each. A moment is judged by what the local clock shows: of an
    hour that comes twice in autumn both count, one that spring leaves out never comes.

    Of a use that lasts longer than `LONGEST_DAYS` the rest is as the last moment that was looked at, and so
    it is where the calendar ends: a clock that is decades off must not hold everybody up.
    """

    hours: Sequence[LocalHours]
    zone: ZoneInfo
    _days: dict[int, tuple[Stretch, ...]] = attrs.field(factory=dict, eq=False, repr=False)

    def stretches(self, since: int, until: int) -> list[Stretch]:
        """The bits that hold from `since` on, and each change of them before `until`."""
        found: list[Stretch] = []
        first, last = since // DAY, max(until - 1, since) // DAY
        for day in range(first, min(last, first + LONGEST_DAYS) + 1):
            for at, mask in self._days.get(day) or self._day(day):
                if at <= since:
                    found[:] = [(since, mask)]
                elif at < until and found[-1][1] != mask:
                    found.append((at, mask))
        return found

    def _day(self, day: int) -> tuple[Stretch, ...]:
        if day >= _LAST_DAY:
            return ((day * DAY, 0),)
        if len(self._days) >= _MOST_DAYS:
            self._days.clear()
        stretches: list[Stretch] = []
        for at in sorted(self._changes(day)):
            local = (EPOCH + timedelta(microseconds=at)).astimezone(self.zone)
            mask = sum(1 << bit for bit, hours in enumerate(self.hours) if hours.holds(local))
            if not stretches or stretches[-1][1] != mask:
                stretches.append((at, mask))
        self._days[day] = tuple(stretches)
        return self._days[day]

    def _changes(self, day: int) -> set[int]:
        """The instants of a day at which anything may change: midnights, marks, and leaps of the clock."""
        begin = day * DAY
        changes = {begin, *_leaps(begin, self.zone)}
        marks = {0} | {mark for hours in self.hours for mark in hours.marks}
        today = (EPOCH + timedelta(days=day)).date()
        for around in (-1, 0, 1):
            for mark in marks:
                changes.update(_instants(today + timedelta(days=around), mark, self.zone))
        return {at for at in changes if begin <= at < begin + DAY}


def _instants(on: date, minute: int, zone: ZoneInfo) -> Iterator[int]:
    """When the local clock shows a time: once, twice in autumn; in spring's gap something near."""
    local = datetime.combine(on, time(*divmod(minute, 60)), zone)
    for fold in (0, 1):
        yield micros(local.replace(fold=fold).astimezone(UTC))


def _leaps(begin: int, zone: ZoneInfo) -> Iterator[int]:
    """The instants of a day at which the offset of a zone changes."""
    for hour in range(24):
        low, high = begin + hour * _HOUR, begin + (hour + 1) * _HOUR
        before = _offset(low, zone)
        if before == _offset(high, zone):
            continue
        while high - low > _SECOND:
            middle = (low + high) // (2 * _SECOND) * _SECOND
            low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
        yield high


def _offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone).utcoffset()


def midnights(since: int, until: int, zone: ZoneInfo) -> list[int]:
    """The beginnings of local days between two instants, as many as are looked at."""
    day = (EPOCH + timedelta(microseconds=since)).astimezone(zone).date()
    found: list[int] = []
    while len(found) < LONGEST_DAYS and day < _LAST_DATE:
        day += timedelta(days=1)
        # Where spring leaves midnight out this is the leap, where it comes twice the first of the two.
        at = micros(datetime.combine(day, time(), zone).astimezone(UTC))
        if at >= until:
            break
        if at > since:
            found.append(at)
    return found
