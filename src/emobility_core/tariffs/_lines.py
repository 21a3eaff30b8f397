"""The exact lines of a bill, and what they come to before and after tax, exactly and to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import Enum
from functools import reduce

import attrs

from emobility_core.instants import Instant
from emobility_core.money import Money, rounded_parts
from emobility_core.tariffs._amounts import Amounts, Basis

# No product or sum of prices and quantities has as many digits: what this context gives is exact.
EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
_FLOOR = Context(prec=120, rounding=ROUND_FLOOR)
# A quotient that does not end is cut here. What is cut off never decides how a sum rounds to cents.
_ZERO = Decimal(0)
_LAST_DIGIT = Decimal(1).scaleb(-18)


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide; what does not end is cut (towards less) after 18 decimals."""
    exact = _FLOOR.divide(dividend, divisor)
    cut = exact.quantize(_LAST_DIGIT, context=_FLOOR)
    return exact if exact == cut else cut


class Component(Enum):
    """What a line charges for; `time` is the whole time between plugging in and out."""

    ENERGY = "energy"
    SESSION = "session"
    CHARGING_TIME = "charging_time"
    IDLE_TIME = "idle_time"
    TIME = "time"
    RESERVATION_TIME = "reservation_time"
    RESERVATION_FEE = "reservation_fee"
    BLOCKING = "blocking"
    PERIODIC = "periodic"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


class Unit(Enum):
    """What a line's quantity counts."""

    KWH = "kWh"
    SESSION = "session"
    MINUTE = "minute"
    HOUR = "hour"
    RESERVATION = "reservation"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@attrs.frozen
class Line:
    """`amount` = `quantity` x `unit_price`, in the tariff's currency and basis (gross or net).

    It is exact but for times whose price or count has no end; these are cut after 18 decimals. `rule` names
    the price that made the line, `since` and `until` when it counted. Without `vat_percent` the tariff's
    counts; `tax` is given where it does not follow from the rate.
    """

    component: Component
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    amount: Decimal
    rule: str
    since: Instant | None = None
    until: Instant | None = None
    vat_percent: Decimal | None = None
    tax: Decimal | None = None


@attrs.frozen
class Taxed:
    """An exact amount before and after tax; `net` + `tax` = `gross`."""

    vat_percent: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    return reduce(EXACT.add, amounts, _ZERO)


def taxed(lines: Sequence[Line], basis: Basis) -> tuple[Taxed, ...]:
    """Each line before and after tax. Nets out of gross amounts are cut such that those of a rate add up to
    the net of their sum, and the tax is what remains."""
    running: dict[Decimal, tuple[Decimal, Decimal]] = {}
    found = []
    for line in lines:
        percent = basis.vat_percent if line.vat_percent is None else line.vat_percent
        amount, tax = line.amount, line.tax
        if tax is None and basis.include_vat:
            before, net_before = running.get(percent, (Decimal(0), Decimal(0)))
            gross = EXACT.add(before, amount)
            net = quotient(gross, 1 + percent / 100)
            running[percent] = gross, net
            tax = EXACT.subtract(amount, EXACT.subtract(net, net_before))
        elif tax is None:
            tax = EXACT.multiply(amount, percent.scaleb(-2))
        if basis.include_vat:
            found.append(Taxed(percent, EXACT.subtract(amount, tax), tax, amount))
        else:
            found.append(Taxed(percent, amount, tax, EXACT.add(amount, tax)))
    return tuple(found)


def summed(parts: Iterable[Taxed]) -> tuple[Taxed, ...]:
    """The sums of each VAT rate, in the order in which the rates first stand."""
    sums: dict[Decimal, Taxed] = {}
    for part in parts:
        known = sums.get(part.vat_percent, Taxed(part.vat_percent, Decimal(0), Decimal(0), Decimal(0)))
        net, tax = EXACT.add(known.net, part.net), EXACT.add(known.tax, part.tax)
        sums[part.vat_percent] = Taxed(known.vat_percent, net, tax, EXACT.add(net, tax))
    return tuple(sums.values())


def rounded_lines(lines: Sequence[Line], basis: Basis) -> list[Money]:
    """Each line to the cent in its basis, such that they add up to the rounded total."""
    return rounded_parts([line.amount for line in lines], basis.currency)


def to_the_cent(lines: Sequence[Line], basis: Basis) -> list[Amounts]:
    """Each line to the cent before and after tax, such that all add up.

    The basis is rounded first. VAT on net amounts is that rate of the rounded nets, as on an invoice (EN
    16931, BR-CO-17); out of gross amounts it is what remains beside the rounded net. Each rate rounds once.
    """
    rounded = rounded_lines(lines, basis)
    rates = [basis.vat_percent if line.vat_percent is None else line.vat_percent for line in lines]
    others: list[Money] = list(rounded)
    for rate in dict.fromkeys(rates):
        places = [place for place, one in enumerate(rates) if one == rate]
        exact = [_other(lines[place], rounded[place].amount, rate, basis) for place in places]
        for place, money in zip(places, rounded_parts(exact, basis.currency), strict=True):
            others[place] = money
    if basis.include_vat:
        return [
            Amounts(net=net, vat=gross - net, gross=gross) for gross, net in zip(rounded, others, strict=True)
        ]
    return [Amounts(net=net, vat=vat, gross=net + vat) for net, vat in zip(rounded, others, strict=True)]


def _other(line: Line, rounded: Decimal, percent: Decimal, basis: Basis) -> Decimal:
    """The net of a rounded gross amount, or the VAT of a rounded net one."""
    if basis.include_vat:
        return rounded / (1 + percent / 100) if line.tax is None else rounded - line.tax
    return rounded * percent / 100 if line.tax is None else line.tax


def by_rate(lines: Sequence[Line], basis: Basis) -> dict[Decimal, Amounts]:
    """What each VAT rate comes to, to the cent; the tariff's own rate where there are no lines."""
    zero = Money(0, basis.currency)
    nothing = Amounts(net=zero, vat=zero, gross=zero)
    sums: dict[Decimal, Amounts] = {}
    for line, one in zip(lines, to_the_cent(lines, basis), strict=True):
        percent = basis.vat_percent if line.vat_percent is None else line.vat_percent
        sums[percent] = sums.get(percent, nothing) + one
    return sums or {basis.vat_percent: nothing}


def in_all(lines: Sequence[Line], basis: Basis) -> Amounts:
    """What lines come to, to the cent."""
    whole, *others = by_rate(lines, basis).values()
    for other in others:
        whole += other
    return whole
