"""Recurring local times: hours, weekdays, dates and holidays, as the clock at the site shows them."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum

import attrs

from emobility_core.errors import Invalid
from emobility_core.tariffs._holidays import Holidays


@attrs.frozen
class MalformedTimeOfDay(Invalid):
    """A time of the day is not written as hours and minutes.

    Remedy: write it as HH:MM from 00:00 to 23:59; 00:00 as an end is the end of the day.
    """

    code = "malformed-time-of-day"
    field: str
    text: str


@attrs.frozen
class EmptyRange(Invalid):
    """A restriction can never hold: it ends before or where it begins.

    Remedy: give an upper bound above the lower one (bounds below are included, those above are not), or
    leave one out.
    """

    code = "empty-range"
    field: str


class Weekday(Enum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WEEK = tuple(Weekday)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _time(_: object, field: attrs.Attribute[str | None], text: str | None) -> None:
    if text is not None and _TIME.fullmatch(text) is None:
        raise MalformedTimeOfDay(field.name, text)


def minutes_of(text: str) -> int:
    """Minutes since midnight of `HH:MM`."""
    return int(text[:2]) * 60 + int(text[3:])


@attrs.frozen(kw_only=True)
class LocalHours:
    """When something counts, by the local clock and calendar of the site; all that is given must hold.

    From `since` (included) to `until` (excluded), over midnight where `until` is not later; `00:00` as an
    end is the end of the day. Each moment is judged by its own date: a window over midnight on a Friday
    ends with that day unless Saturday is among the weekdays, too. `first_day` is included, `end_day` not.
    """

    since: str | None = attrs.field(default=None, validator=_time, metadata={"pattern": _TIME.pattern})
    until: str | None = attrs.field(default=None, validator=_time, metadata={"pattern": _TIME.pattern})
    weekdays: tuple[Weekday, ...] = ()
    first_day: date | None = None
    end_day: date | None = None
    holidays: Holidays | None = None

    def __attrs_post_init__(self) -> None:
        since, until = self.since, self.until
        if since is not None and since == until and since != "00:00":
            raise EmptyRange("until")
        if self.first_day is not None and self.end_day is not None and self.end_day <= self.first_day:
            raise EmptyRange("end_day")

    @property
    def marks(self) -> tuple[int, ...]:
        """The minutes of the day at which this may begin or cease to hold."""
        return tuple(minutes_of(one) for one in (self.since, self.until) if one is not None)

    def holds(self, at: datetime) -> bool:
        """Whether it counts when the local clock shows this."""
        day = at.date()
        return (
            self._within(at.hour * 60 + at.minute)
            and (not self.weekdays or WEEK[day.weekday()] in self.weekdays)
            and (self.first_day is None or self.first_day <= day)
            and (self.end_day is None or day < self.end_day)
            and (self.holidays is None or self.holidays.admits(day))
        )

    def _within(self, minute: int) -> bool:
        since = 0 if self.since is None else minutes_of(self.since)
        until = 0 if self.until is None else minutes_of(self.until)
        if since < until or until == 0:
            return since <= minute and (until == 0 or minute < until)
        return minute >= since or minute < until
