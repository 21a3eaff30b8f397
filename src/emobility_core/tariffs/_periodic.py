"""What periodic fees come to for a period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from emobility_core.instants import Instant
from emobility_core.tariffs._fees import Bearer, Cycle, PeriodicFee, ProRata
from emobility_core.tariffs._lines import EXACT, Component, Line, Unit, quotient
from emobility_core.tariffs._prices import Prices
from emobility_core.tariffs._timetable import zone_named

_UNITS = {Cycle.DAY: Unit.DAY, Cycle.MONTH: Unit.MONTH, Cycle.YEAR: Unit.YEAR}
_ONE = Decimal(1)


def periodic_lines(prices: Prices, *, per: Bearer, first: date, end: date, zone: str) -> tuple[Line, ...]:
    """The fixed fees of one contract, customer, token or station for the local days from `first` to before
    `end`: a line for each calendar day, month or year. Raises `UnknownTimeZone`.

    Who counts which days as billed before sees to it that no day is told twice.
    """
    return tuple(
        line
        for number, fee in enumerate(prices.periodic)
        if fee.per is per
        for line in _lines(fee, f"periodic/{number}", first, end, zone_named(zone))
    )


def _lines(fee: PeriodicFee, rule: str, first: date, end: date, zone: ZoneInfo) -> Iterator[Line]:
    at = first
    while at < end:
        begin, after = _cycle(fee.cycle, at)
        until = min(after, end)
        days, whole = (until - at).days, (after - begin).days
        if days == whole or fee.pro_rata is not ProRata.NONE:
            share = fee.pro_rata is ProRata.DAYS
            quantity = quotient(Decimal(days), Decimal(whole)) if share else _ONE
            due = quotient(EXACT.multiply(fee.amount, Decimal(days)), Decimal(whole)) if share else fee.amount
            yield Line(
                Component.PERIODIC, quantity, _UNITS[fee.cycle], fee.amount, due, rule,
                _midnight(at, zone), _midnight(until, zone), fee.vat_percent,
            )  # fmt: skip
        at = until


def _cycle(cycle: Cycle, day: date) -> tuple[date, date]:
    """The calendar day, month or year of a day: its first day, and the day after its last."""
    if cycle is Cycle.DAY:
        return day, day + timedelta(days=1)
    if cycle is Cycle.YEAR:
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    begin = day.replace(day=1)
    return begin, (begin + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return Instant(datetime.combine(day, time(), zone).astimezone(UTC))
