"""Prices made ready for rating: what would be the same for each session is worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from emobility_core.energy import Energy
from emobility_core.tariffs._element import Dimension, Price, TariffElement
from emobility_core.tariffs._hours import LocalHours
from emobility_core.tariffs._lines import Component, Unit, quotient
from emobility_core.tariffs._restrictions import ReservationKind, Restrictions
from emobility_core.tariffs._timetable import Timetable, zone_named
from emobility_core.tariffs._usage import Usage

_SECOND = 1_000_000
HOUR = Decimal(3_600 * _SECOND)
_MINUTE = Decimal(60 * _SECOND)
_ENDLESS = 2**63
_COMPONENTS = {
    dimension: Component(dimension.value) for dimension in Dimension if dimension.value != "connected_time"
}
_COMPONENTS[Dimension.CONNECTED_TIME] = Component.TIME


@attrs.frozen(kw_only=True, eq=False)
class Rule:
    """One price with what restricts it, in the integers in which rating counts: microseconds and mWh.

    `bit` is that of its hours in the timetable, 0 without any.
    """

    id: str
    component: Component
    amount: Decimal
    step: int
    vat_percent: Decimal | None
    unit: Unit
    unit_price: Decimal
    per_unit: Decimal
    restrictions: Restrictions
    bit: int
    min_mwh: int
    max_mwh: int
    min_lasted: int
    max_lasted: int

    def fits(self, mask: int, lasted: int, mwh: int) -> bool:
        """Whether it counts at a moment, power and current aside."""
        return (
            mask & self.bit == self.bit
            and self.min_lasted <= lasted < self.max_lasted
            and self.min_mwh <= mwh < self.max_mwh
        )

    def fits_use(self, usage: Usage) -> bool:
        """Whether it can count in a use at all."""
        asked = self.restrictions
        return (
            (not asked.power_classes or usage.power_class in asked.power_classes)
            and (not asked.connector_types or usage.connector_type in asked.connector_types)
            and (asked.reservation is not ReservationKind.EXPIRED or usage.reservation_expired)
        )

    def fits_power(self, power_w: Decimal | None, current_a: Decimal | None) -> bool:
        """Whether it counts at a momentary power and current; what is not known fits no bound."""
        asked = self.restrictions
        kw = None if power_w is None else power_w / 1000
        return _between(kw, asked.min_power_kw, asked.max_power_kw) and _between(
            current_a, asked.min_current_a, asked.max_current_a
        )


def _between(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or low <= value) and (high is None or value < high)


@attrs.frozen(kw_only=True, eq=False)
class Compiled:
    """The rules of each dimension in order, the hours that any of them asks for, and where a use is to be
    cut: durations, and for prices of other things than energy amounts of energy."""

    rules: dict[Dimension, tuple[Rule, ...]]
    hours: tuple[LocalHours, ...]
    exempt: int
    asks_use: bool
    asks_power: bool
    durations: tuple[int, ...]
    energies: tuple[int, ...]
    thresholds: tuple[int, ...]
    _timetables: dict[str, Timetable] = attrs.field(factory=dict)

    def timetable(self, zone: str) -> Timetable:
        found = self._timetables.get(zone)
        if found is None:
            found = self._timetables[zone] = Timetable(self.hours, zone_named(zone))
        return found

    def rules_for(self, usage: Usage) -> dict[Dimension, tuple[Rule, ...]]:
        """Those that can count in a use."""
        if not self.asks_use:
            return self.rules
        return {
            dimension: tuple(rule for rule in rules if rule.fits_use(usage))
            for dimension, rules in self.rules.items()
        }


def compiled(
    elements: Iterable[TariffElement], simple: Iterable[tuple[str, Price]], exempt: Iterable[LocalHours]
) -> Compiled:
    """Elements first, the simple prices behind them, without restrictions; and the hours that are exempt from
    a blocking fee."""
    hours = _Hours()
    every = [*_of_elements(elements, hours)]
    every += [(price.dimension, _rule(price, id, _ALWAYS, hours)) for id, price in simple]
    rules: dict[Dimension, list[Rule]] = {}
    for dimension, rule in every:
        rules.setdefault(dimension, []).append(rule)
    energy = rules.get(Dimension.ENERGY, [])
    others = [rule for dimension, rule in every if dimension is not Dimension.ENERGY]
    spared = sum({hours.bit(one) for one in exempt})
    return Compiled(
        rules={dimension: tuple(of) for dimension, of in rules.items()},
        hours=tuple(hours.known),
        exempt=spared,
        asks_use=any(_asks_use(rule.restrictions) for _, rule in every),
        asks_power=any(rule.restrictions.momentary for _, rule in every),
        durations=_marks((rule.min_lasted, rule.max_lasted) for _, rule in every),
        energies=_marks((rule.min_mwh, rule.max_mwh) for rule in others),
        thresholds=_marks((rule.min_mwh, rule.max_mwh) for rule in energy),
    )


_ALWAYS = Restrictions()


def _of_elements(elements: Iterable[TariffElement], hours: _Hours) -> Iterator[tuple[Dimension, Rule]]:
    for place, element in enumerate(elements):
        for number, price in enumerate(element.prices):
            id = f"elements/{place}/prices/{number}"
            yield price.dimension, _rule(price, id, element.restrictions, hours)


def _asks_use(asked: Restrictions) -> bool:
    expired = asked.reservation is ReservationKind.EXPIRED
    return bool(asked.power_classes or asked.connector_types) or expired


def _marks(bounds: Iterator[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(sorted({one for pair in bounds for one in pair if 0 < one < _ENDLESS}))


class _Hours:
    """The distinct hours of a tariff, a bit each."""

    def __init__(self) -> None:
        self.known: list[LocalHours] = []

    def bit(self, hours: LocalHours | None) -> int:
        if hours is None:
            return 0
        if hours not in self.known:
            self.known.append(hours)
        return 1 << self.known.index(hours)


def _rule(price: Price, id: str, asked: Restrictions, hours: _Hours) -> Rule:
    unit, unit_price, per_unit = _unit(price)
    return Rule(
        id=id,
        component=_COMPONENTS[price.dimension],
        amount=price.amount,
        step=price.step * (_SECOND if price.dimension.is_time else 1_000),
        vat_percent=price.vat_percent,
        unit=unit,
        unit_price=unit_price,
        per_unit=per_unit,
        restrictions=asked,
        bit=hours.bit(asked.hours),
        min_mwh=_mwh(asked.min_kwh, 0),
        max_mwh=_mwh(asked.max_kwh, _ENDLESS),
        min_lasted=(asked.min_duration_s or 0) * _SECOND,
        max_lasted=_ENDLESS if asked.max_duration_s is None else asked.max_duration_s * _SECOND,
    )


def _mwh(kwh: Decimal | None, otherwise: int) -> int:
    return otherwise if kwh is None else Energy.parse_kwh(kwh).mwh


def _unit(price: Price) -> tuple[Unit, Decimal, Decimal]:
    """What a line counts, the price of one of it, and how many mWh or microseconds one is.

    Times count in minutes if the hour's price has a minute's, else in hours.
    """
    if price.dimension is Dimension.ENERGY:
        return Unit.KWH, price.amount, Decimal(1_000_000)
    if not price.dimension.is_time:
        fee = price.dimension is Dimension.RESERVATION_FEE
        return (Unit.RESERVATION if fee else Unit.SESSION), price.amount, Decimal(1)
    minute = quotient(price.amount, Decimal(60))
    if minute * 60 == price.amount:
        return Unit.MINUTE, minute, _MINUTE
    return Unit.HOUR, price.amount, HOUR
