"""What every price and bound of a tariff must be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class NegativePrice(Invalid):
    """A price is negative or no finite number.

    Remedy: give a decimal number from 0 up; credits are documents, not prices.
    """

    code = "negative-price"
    field: str
    price: Decimal


@attrs.frozen
class VatOutOfRange(Invalid):
    """A VAT rate is not between 0 and 100 percent.

    Remedy: give the rate in percent, such as 19.
    """

    code = "vat-out-of-range"
    vat_percent: Decimal


@attrs.frozen
class NegativeBound(Invalid):
    """A bound, a step or a time of grace is negative or no finite number.

    Remedy: give a number from 0 up, or none.
    """

    code = "negative-bound"
    field: str
    bound: str


def is_price(_: object, field: attrs.Attribute[Decimal], price: Decimal) -> None:
    if not price.is_finite() or price < 0:
        raise NegativePrice(field.name, price)


def is_price_if_any(_: object, field: attrs.Attribute[Decimal | None], price: Decimal | None) -> None:
    if price is not None and (not price.is_finite() or price < 0):
        raise NegativePrice(field.name, price)


def is_percent(_: object, __: object, percent: Decimal | None) -> None:
    if percent is not None and (not percent.is_finite() or not 0 <= percent <= 100):
        raise VatOutOfRange(percent)


def at_least_zero(_: object, field: attrs.Attribute[Any], bound: Any) -> None:
    """Of a number, or of none."""
    if bound is not None and (not Decimal(bound).is_finite() or bound < 0):
        raise NegativeBound(field.name, str(bound))
