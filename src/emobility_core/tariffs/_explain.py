"""A sentence for a line of a bill, from the line and the prices that made it."""

from __future__ import annotations

from decimal import Decimal

from emobility_core.tariffs._fees import BlockingBasis, BlockingFee, GraceClock
from emobility_core.tariffs._lines import Component, Line, Unit
from emobility_core.tariffs._prices import Prices
from emobility_core.tariffs._words import (
    LANGUAGES,
    LanguageNotSpoken,
    between,
    hours,
    money,
    number,
    restricted,
)

_WHAT = {
    "de": {
        Component.ENERGY: "Energie",
        Component.SESSION: "Grundpreis je Ladevorgang",
        Component.CHARGING_TIME: "Ladezeit",
        Component.IDLE_TIME: "Standzeit ohne Laden",
        Component.TIME: "Verbindungszeit",
        Component.RESERVATION_TIME: "Reservierungszeit",
        Component.RESERVATION_FEE: "Reservierungsgebühr",
        Component.BLOCKING: "Blockiergebühr",
        Component.PERIODIC: "Grundgebühr",
        Component.MINIMUM: "Aufschlag bis zum Mindestpreis",
        Component.MAXIMUM: "Abschlag bis zum Höchstpreis",
    },
    "en": {
        Component.ENERGY: "Energy",
        Component.SESSION: "Fee of the session",
        Component.CHARGING_TIME: "Charging time",
        Component.IDLE_TIME: "Idle time",
        Component.TIME: "Connected time",
        Component.RESERVATION_TIME: "Time of reservation",
        Component.RESERVATION_FEE: "Fee of the reservation",
        Component.BLOCKING: "Blocking fee",
        Component.PERIODIC: "Periodic fee",
        Component.MINIMUM: "Raised to the least price",
        Component.MAXIMUM: "Lowered to the most",
    },
}
_UNITS = {
    "de": {Unit.MINUTE: "min", Unit.HOUR: "h", Unit.DAY: "Tage", Unit.MONTH: "Monate", Unit.YEAR: "Jahre"},
    "en": {Unit.MINUTE: "min", Unit.HOUR: "h", Unit.DAY: "days", Unit.MONTH: "months", Unit.YEAR: "years"},
}
_CAPS = {
    "blocking/max_per_day": {
        "de": "höchstens {} je Tag",
        "en": "at most {} a day",
    },
    "blocking/max_per_session": {
        "de": "höchstens {} je Ladevorgang",
        "en": "at most {} a session",
    },
}
_ONCE = (Unit.SESSION, Unit.RESERVATION)


def sentence(line: Line, prices: Prices, zone: str, language: str) -> str:
    """What a line charges, from when to when, at which price, why that price, and what it comes to."""
    if language not in LANGUAGES:
        raise LanguageNotSpoken(language)
    parts = [_counted(line, prices.currency, language)]
    if line.since is not None and line.until is not None:
        parts.append(between(line.since, line.until, zone, language))
    if why := _why(line, prices, language):
        parts.append(why)
    head = _WHAT[language][line.component]
    told = ", ".join(part for part in parts if part)
    return f"{head}{': ' if told else ''}{told} = {_amount(line, prices, language)}."


def _counted(line: Line, currency: str, language: str) -> str:
    """Quantity and price, where more than one thing is counted."""
    if line.unit in _ONCE:
        return ""
    unit = _UNITS[language].get(line.unit, line.unit.value)
    times = "zu je" if language == "de" else "at"
    return f"{number(line.quantity, language)} {unit} {times} {money(line.unit_price, currency, language)}"


def _amount(line: Line, prices: Prices, language: str) -> str:
    percent = number(prices.vat_percent if line.vat_percent is None else line.vat_percent, language)
    shown = money(line.amount, prices.currency, language)
    if language == "de":
        return f"{shown} {'einschließlich' if prices.include_vat else 'zuzüglich'} {percent} % USt"
    return f"{shown} {'including' if prices.include_vat else 'plus'} {percent} % VAT"


def _why(line: Line, prices: Prices, language: str) -> str:
    """What the price depends on: the restrictions of its element, or the terms of the blocking fee."""
    if line.rule in _CAPS and prices.blocking is not None:
        fee = prices.blocking
        bound = fee.max_per_day if line.rule.endswith("day") else fee.max_per_session
        return _CAPS[line.rule][language].format(money(bound or Decimal(0), prices.currency, language))
    if line.component is Component.BLOCKING and prices.blocking is not None:
        return _terms(prices.blocking, language)
    if line.component in (Component.MINIMUM, Component.MAXIMUM):
        return ""
    kind, _, place = line.rule.partition("/")
    if kind != "elements" or not prices.elements:
        return ""
    asked = restricted(prices.elements[int(place.split("/")[0])].restrictions, language)
    if not asked:
        return ""
    return f"gilt: {asked}" if language == "de" else f"which counts: {asked}"


def _terms(fee: BlockingFee, language: str) -> str:
    german, after = language == "de", fee.basis is BlockingBasis.AFTER_CHARGING
    if german:
        start = "dem Laden" if after else "dem Anstecken"
        terms = [f"je angefangene Minute ab {fee.grace_minutes} Minuten nach {start}"]
    else:
        start = "charging" if after else "plugging in"
        terms = [f"for each minute begun after {fee.grace_minutes} minutes from {start}"]
    if fee.exempt:
        spared = "; ".join(", ".join(hours(one, language)) for one in fee.exempt)
        pauses = fee.grace_clock is GraceClock.PAUSES
        if german:
            terms.append(f"frei {spared} (die Karenzzeit {'ruht' if pauses else 'läuft'} dabei)")
        else:
            terms.append(f"free {spared} (the time of grace {'pauses' if pauses else 'runs on'} then)")
    return ", ".join(terms)
