"""The price of a use: exact lines, unrounded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import Enum

import attrs

from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.tariffs._tariff import Prices


class Component(Enum):
    """What a line charges for."""

    ENERGY = "energy"
    SESSION = "session"
    TIME = "time"


class Unit(Enum):
    """What a line's quantity counts."""

    KWH = "kWh"
    SESSION = "session"
    MINUTE = "minute"


@attrs.frozen(kw_only=True)
class Usage:
    """What was consumed: energy, and the time from start to stop."""

    energy: Energy
    started_at: Instant
    ended_at: Instant


@attrs.frozen
class Line:
    """`amount` = `quantity` x `unit_price`, exact, in the tariff's currency and basis (gross or net).

    `rule` names the price that made the line.
    """

    component: Component
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    amount: Decimal
    rule: str


_ONE = Decimal(1)
_MINUTE = timedelta(minutes=1)


def rate(usage: Usage, prices: Prices) -> tuple[Line, ...]:
    """Price a use: a line for each price that is not zero. Exact; rounding is the document's."""
    lines = []
    if prices.per_kwh:
        kwh = usage.energy.kwh
        lines.append(Line(Component.ENERGY, kwh, Unit.KWH, prices.per_kwh, kwh * prices.per_kwh, "per_kwh"))
    if prices.per_session:
        fee = prices.per_session
        lines.append(Line(Component.SESSION, _ONE, Unit.SESSION, fee, fee, "per_session"))
    if prices.per_minute:
        minutes = started_minutes(usage.ended_at - usage.started_at)
        amount = minutes * prices.per_minute
        lines.append(Line(Component.TIME, minutes, Unit.MINUTE, prices.per_minute, amount, "per_minute"))
    return tuple(lines)


def started_minutes(duration: timedelta) -> Decimal:
    """Each started minute counts; a duration below zero is none."""
    return Decimal(max(0, -(-duration // _MINUTE)))
