"""The least and the most that a session costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from emobility_core.tariffs._lines import (
    EXACT,
    Component,
    Line,
    Taxed,
    Unit,
    exact_sum,
    quotient,
    summed,
    taxed,
)
from emobility_core.tariffs._prices import PriceLimit, Prices

_ONE, _ZERO = Decimal(1), Decimal(0)


def limit_lines(lines: Sequence[Line], prices: Prices) -> list[Line]:
    """What lifts lines to the least price, or takes off what is above the most: a line for each VAT rate, by
    its share, because a rebate lessens each supply."""
    if prices.minimum is None and prices.maximum is None:
        return []
    parts = summed(taxed(lines, prices.basis)) or (Taxed(prices.vat_percent, _ZERO, _ZERO, _ZERO),)
    found: list[Line] = []
    if prices.minimum is not None:
        found += _to(prices.minimum, Component.MINIMUM, parts, prices, lambda gap: max(gap, _ZERO))
    if prices.maximum is not None:
        found += _to(prices.maximum, Component.MAXIMUM, parts, prices, lambda gap: min(gap, _ZERO))
    return found


def _to(
    limit: PriceLimit,
    component: Component,
    parts: Sequence[Taxed],
    prices: Prices,
    binding: Callable[[Decimal], Decimal],
) -> Iterator[Line]:
    nets = _shares(limit.before_tax, [part.net for part in parts], binding)
    grosses = _shares(limit.after_tax, [part.gross for part in parts], binding)
    for part, net, gross in zip(parts, nets, grosses, strict=True):
        if not net and not gross:
            continue
        before, after, follows = _completed(net, gross, part, prices)
        amount = after if prices.include_vat else before
        tax = None if follows else EXACT.subtract(after, before)
        yield Line(
            component, _ONE, Unit.SESSION, amount, amount, component.value, None, None, part.vat_percent, tax
        )


def _completed(
    net: Decimal | None, gross: Decimal | None, part: Taxed, prices: Prices
) -> tuple[Decimal, Decimal, bool]:
    """Both amounts, and whether the tax follows from the one in the tariff's own basis by the rate.

    Of one alone the other is what takes the whole of the rate to where that one takes it.
    """
    share = 1 + part.vat_percent / 100
    if net is None:
        assert gross is not None
        whole = quotient(EXACT.add(part.gross, gross), share)
        return EXACT.subtract(whole, part.net), gross, prices.include_vat
    if not part.vat_percent and gross is not None:
        # Without tax both are one amount, and the stronger bound holds.
        most = max(net, gross, key=abs)
        return most, most, True
    if gross is None:
        whole = EXACT.multiply(EXACT.add(part.net, net), share)
        return net, EXACT.subtract(whole, part.gross), not prices.include_vat
    return net, gross, False


def _shares(
    bound: Decimal | None, amounts: Sequence[Decimal], binding: Callable[[Decimal], Decimal]
) -> Iterator[Decimal | None]:
    """What is missing to a bound, shared by the amounts; None of a bound that is not given."""
    if bound is None:
        yield from (None for _ in amounts)
        return
    whole = exact_sum(amounts)
    gap, seen, given = binding(EXACT.subtract(bound, whole)), _ZERO, _ZERO
    for place, amount in enumerate(amounts):
        seen = EXACT.add(seen, amount)
        last = place == len(amounts) - 1
        due = gap if last or not whole else quotient(EXACT.multiply(gap, seen), whole)
        yield EXACT.subtract(due, given)
        given = due
