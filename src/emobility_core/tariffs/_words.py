"""Numbers, times and restrictions in German and English."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import attrs

from emobility_core.errors import Invalid
from emobility_core.instants import Instant
from emobility_core.tariffs._holidays import HolidayRule, Holidays
from emobility_core.tariffs._hours import WEEK, LocalHours
from emobility_core.tariffs._restrictions import ReservationKind, Restrictions
from emobility_core.tariffs._timetable import zone_named


@attrs.frozen
class LanguageNotSpoken(Invalid):
    """Prices are not explained in this language.

    Remedy: ask for de or en.
    """

    code = "language-not-spoken"
    language: str


LANGUAGES = ("de", "en")
_MOST_DECIMALS = Decimal("0.000001")
_DAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def number(value: Decimal, language: str, *, least: int = 0) -> str:
    """A number with at least `least` and at most six decimals, with a comma in German."""
    text = format(value.quantize(_MOST_DECIMALS, ROUND_HALF_UP).normalize(), "f")
    whole, _, decimals = text.partition(".")
    decimals = decimals.ljust(least, "0")
    point = "," if language == "de" else "."
    return f"{whole}{point}{decimals}" if decimals else whole


def money(amount: Decimal, currency: str, language: str) -> str:
    return f"{number(amount, language, least=2)} {currency}"


def day(value: date, language: str) -> str:
    return f"{value:%d.%m.%Y}" if language == "de" else value.isoformat()


def between(since: Instant, until: Instant, zone: str, language: str) -> str:
    """From when to when, by the local clock; with the date of the end where it is another."""
    local = zone_named(zone)
    first, last = since.astimezone(local), until.astimezone(local)
    end = f"{last:%H:%M}" if last.date() == first.date() else _moment(last, language)
    return (
        f"von {_moment(first, language)} bis {end}"
        if language == "de"
        else (f"from {_moment(first, language)} to {end}")
    )


def _moment(at: datetime, language: str) -> str:
    return f"{day(at.date(), language)} {at:%H:%M}"


def restricted(asked: Restrictions, language: str) -> str:
    """What restricts a price, empty where nothing does."""
    german = language == "de"
    parts = [] if asked.hours is None else hours(asked.hours, language)
    of = "ab {} bis unter {} {}" if german else "from {} to below {} {}"
    least, below = ("ab {} {}", "unter {} {}") if german else ("from {} {}", "below {} {}")
    for low, high, unit in (
        (asked.min_kwh, asked.max_kwh, "kWh"),
        (_minutes(asked.min_duration_s), _minutes(asked.max_duration_s), "min"),
        (asked.min_power_kw, asked.max_power_kw, "kW"),
        (asked.min_current_a, asked.max_current_a, "A"),
    ):
        if low is not None and high is not None:
            parts.append(of.format(number(low, language), number(high, language), unit))
        elif low is not None:
            parts.append(least.format(number(low, language), unit))
        elif high is not None:
            parts.append(below.format(number(high, language), unit))
    if asked.power_classes:
        parts.append("/".join(one.value for one in asked.power_classes))
    if asked.connector_types:
        parts.append("/".join(asked.connector_types))
    if asked.reservation is ReservationKind.EXPIRED:
        parts.append("abgelaufene Reservierung" if german else "expired reservation")
    return ", ".join(parts)


def _minutes(seconds: int | None) -> Decimal | None:
    return None if seconds is None else Decimal(seconds) / 60


def hours(one: LocalHours, language: str) -> list[str]:
    """The parts of recurring local times."""
    german, parts = language == "de", []
    if one.since is not None or one.until is not None:
        end = "24:00" if one.until in (None, "00:00") else one.until
        parts.append(f"{one.since or '00:00'}-{end}" + (" Uhr" if german else ""))
    if one.weekdays:
        parts.append(
            ", ".join(_DAYS[language][WEEK.index(weekday)] for weekday in WEEK if weekday in one.weekdays)
        )
    if one.first_day is not None:
        parts.append(f"{'ab' if german else 'from'} {day(one.first_day, language)}")
    if one.end_day is not None:
        parts.append(f"{'vor dem' if german else 'before'} {day(one.end_day, language)}")
    if one.holidays is not None:
        parts.append(_holidays(one.holidays, language))
    return parts


def _holidays(holidays: Holidays, language: str) -> str:
    only = holidays.count is HolidayRule.ONLY
    if language == "de":
        return f"{'nur' if only else 'nicht'} an Feiertagen ({holidays.calendar})"
    return f"{'only' if only else 'not'} on holidays ({holidays.calendar})"
