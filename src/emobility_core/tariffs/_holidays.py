"""Public holidays: dates that are given, or those of Germany and its states by rule."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class UnknownHolidayCalendar(Invalid):
    """A holiday calendar has no dates of its own, and none of this name is known by rule.

    Remedy: name DE or a state of Germany, such as DE-BY (ISO 3166-2), or give the dates.
    """

    code = "unknown-holiday-calendar"
    calendar: str


class HolidayRule(Enum):
    """Whether something counts on the holidays alone, or on all days but these."""

    ONLY = "only"
    EXCEPT = "except"


# The states in whose whole territory a day is a holiday, by their laws on Sundays and holidays.
_EPIPHANY = frozenset({"DE-BW", "DE-BY", "DE-ST"})
_WOMEN = {"DE-BE": 2019, "DE-MV": 2023}
_CORPUS_CHRISTI = frozenset({"DE-BW", "DE-BY", "DE-HE", "DE-NW", "DE-RP", "DE-SL"})
_ASSUMPTION = frozenset({"DE-SL"})
_CHILDREN = {"DE-TH": 2019}
_REFORMATION = {
    "DE-BB": 1991, "DE-MV": 1991, "DE-SN": 1991, "DE-ST": 1991, "DE-TH": 1991,
    "DE-HB": 2018, "DE-HH": 2018, "DE-NI": 2018, "DE-SH": 2018,
}  # fmt: skip
_ALL_SAINTS = frozenset({"DE-BW", "DE-BY", "DE-NW", "DE-RP", "DE-SL"})
_REPENTANCE = frozenset({"DE-SN"})
_SUNDAYS_OF_FEASTS = frozenset({"DE-BB"})
_STATES = frozenset(
    f"DE-{state}"
    for state in [
        "BB",
        "BE",
        "BW",
        "BY",
        "HB",
        "HE",
        "HH",
        "MV",
        "NI",
        "NW",
        "RP",
        "SH",
        "SL",
        "SN",
        "ST",
        "TH",
    ]
)
# 75 and 80 years after the liberation, 75 after the uprising.
_ONCE_IN_BERLIN = (date(2020, 5, 8), date(2025, 5, 8), date(2028, 6, 17))
BY_RULE = _STATES | {"DE"}


def easter(year: int) -> date:
    """Easter Sunday of a Gregorian year (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=512)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """The public holidays of a state of Germany, or those that all states share (`DE`).

    Days that are holidays in some municipalities alone (Assumption Day in Catholic ones of Bavaria, the
    Peace Feast of Augsburg) are not among them: give such dates. Raises `UnknownHolidayCalendar`.
    """
    if calendar not in BY_RULE:
        raise UnknownHolidayCalendar(calendar)
    sunday = easter(year)
    days = {date(year, 1, 1), date(year, 5, 1), date(year, 10, 3), date(year, 12, 25), date(year, 12, 26)}
    days |= {sunday + timedelta(days=after) for after in (-2, 1, 39, 50)}
    # The 500th year of the Reformation was kept everywhere.
    if year == 2017 or year >= _REFORMATION.get(calendar, 10_000):
        days.add(date(year, 10, 31))
    return frozenset(days | _of_state(calendar, year, sunday))


def _of_state(state: str, year: int, sunday: date) -> set[date]:
    days = set()
    if state in _EPIPHANY:
        days.add(date(year, 1, 6))
    if year >= _WOMEN.get(state, 10_000):
        days.add(date(year, 3, 8))
    if state in _CORPUS_CHRISTI:
        days.add(sunday + timedelta(days=60))
    if state in _ASSUMPTION:
        days.add(date(year, 8, 15))
    if year >= _CHILDREN.get(state, 10_000):
        days.add(date(year, 9, 20))
    if state in _ALL_SAINTS:
        days.add(date(year, 11, 1))
    if state in _REPENTANCE:
        # The Wednesday before the 23rd of November.
        last = date(year, 11, 22)
        days.add(last - timedelta(days=(last.weekday() - 2) % 7))
    if state in _SUNDAYS_OF_FEASTS:
        days |= {sunday, sunday + timedelta(days=49)}
    if state == "DE-BE":
        days |= {day for day in _ONCE_IN_BERLIN if day.year == year}
    return days


@attrs.frozen(kw_only=True)
class Holidays:
    """A named calendar: its `dates`, or where none are given those that are known by rule for its name."""

    calendar: str = attrs.field(validator=attrs.validators.min_len(1))
    dates: tuple[date, ...] = attrs.field(default=(), validator=attrs.validators.max_len(400))
    count: HolidayRule = HolidayRule.ONLY

    def __attrs_post_init__(self) -> None:
        if not self.dates and self.calendar not in BY_RULE:
            raise UnknownHolidayCalendar(self.calendar)

    def admits(self, day: date) -> bool:
        """Whether what is restricted by this counts on a day."""
        known = self.dates or public_holidays(self.calendar, day.year)
        return (day in known) is (self.count is HolidayRule.ONLY)
