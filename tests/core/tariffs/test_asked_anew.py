"""The engine against the plain reading of its rule: at each minute the first element that fits counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from hypothesis import given, settings

from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.tariffs import (
    Component,
    Dimension,
    Phase,
    PhaseKind,
    Prices,
    Restrictions,
    TariffElement,
    Unit,
    Usage,
    rate,
)
from emobility_core.testing.strategies import full_prices, phased_usages

_MINUTE = timedelta(minutes=1)
_TIMES = (Component.CHARGING_TIME, Component.IDLE_TIME, Component.TIME)
_LONGEST = 600


def _to_minutes(usage: Usage) -> Usage:
    """The same phases, each of whole minutes and without energy."""
    at = started_at = Instant(usage.started_at.replace(second=0, microsecond=0))
    phases: list[Phase] = []
    for one in usage.phases:
        if one.kind is not PhaseKind.RESERVATION:
            until = Instant(at + (one.until - one.since) // _MINUTE % _LONGEST * _MINUTE)
            phases.append(attrs.evolve(one, since=at, until=until, energy=Energy(0)))
            at = until
    return attrs.evolve(usage, started_at=started_at, ended_at=at, phases=tuple(phases), energy=Energy(0))


def _without_steps(element: TariffElement) -> TariffElement:
    """Durations of whole minutes, quantities as they are."""
    asked = element.restrictions
    least, most = asked.min_duration_s, asked.max_duration_s
    whole = attrs.evolve(
        asked,
        min_duration_s=None if least is None else least // 60 * 60,
        max_duration_s=None if most is None else most // 60 * 60 + 60,
    )
    prices = tuple(attrs.evolve(price, step=0) for price in element.prices)
    return attrs.evolve(element, prices=prices, restrictions=whole)


def _within(value: Any, low: Any, high: Any) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or low <= value) and (high is None or value < high)


def _fits(asked: Restrictions, local: datetime, lasted: float, phase: Phase, usage: Usage) -> bool:
    power = None if phase.power_w is None else phase.power_w / 1000
    return (
        (asked.hours is None or asked.hours.holds(local))
        and _within(Decimal(0), asked.min_kwh, asked.max_kwh)
        and _within(lasted, asked.min_duration_s, asked.max_duration_s)
        and _within(power, asked.min_power_kw, asked.max_power_kw)
        and (not asked.power_classes or usage.power_class in asked.power_classes)
    )


def _minute_by_minute(usage: Usage, prices: Prices) -> Iterator[str]:
    """The rule that counts for each time at each minute."""
    zone = ZoneInfo(usage.zone)
    for phase in usage.phases:
        flows = phase.kind is PhaseKind.CHARGING
        mine = Dimension.CHARGING_TIME if flows else Dimension.IDLE_TIME
        for minute in range((phase.until - phase.since) // _MINUTE):
            at = phase.since + minute * _MINUTE
            lasted = (at - usage.started_at).total_seconds()
            for dimension in (mine, Dimension.CONNECTED_TIME):
                fitting = (
                    f"elements/{place}/prices/{number}"
                    for place, one in enumerate(prices.elements)
                    for number, price in enumerate(one.prices)
                    if price.dimension is dimension
                    and _fits(one.restrictions, at.astimezone(zone), lasted, phase, usage)
                )
                simple = "per_minute" if dimension is Dimension.CONNECTED_TIME and prices.per_minute else None
                if rule := next(fitting, simple):
                    yield rule


@given(phased_usages(), full_prices())
@settings(max_examples=50)
def test_each_minute_has_the_price_of_the_first_element_that_fits(usage: Usage, prices: Prices) -> None:
    use = _to_minutes(usage)
    tariff = attrs.evolve(
        prices,
        elements=tuple(map(_without_steps, prices.elements)),
        blocking=None,
        minimum=None,
        maximum=None,
    )
    counted: Counter[str] = Counter()
    for line in rate(use, tariff).lines:
        if line.component in _TIMES:
            minutes = line.quantity * (60 if line.unit is Unit.HOUR else 1)
            counted[line.rule] += round(minutes)
    assert +counted == Counter(_minute_by_minute(use, tariff))
