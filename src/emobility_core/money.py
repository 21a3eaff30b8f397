"""Money: an exact integer of minor units in one currency, and the one place that rounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

import attrs

from emobility_core.errors import Invalid

# ISO 4217 minor units of the currencies that European operators price in.
EXPONENTS = {
    "EUR": 2, "CHF": 2, "GBP": 2, "SEK": 2, "NOK": 2, "DKK": 2, "ISK": 0, "PLN": 2,
    "CZK": 2, "HUF": 2, "RON": 2, "BGN": 2, "USD": 2, "JPY": 0,
}  # fmt: skip


@attrs.frozen
class UnknownCurrency(Invalid):
    """The currency is not one that this system can round.

    Remedy: use an ISO 4217 code such as EUR or CHF.
    """

    code = "unknown-currency"
    currency: str


@attrs.frozen
class CurrencyMismatch(Invalid):
    """Amounts of two currencies cannot be added or compared.

    Remedy: convert one of them before, by a rate that you can prove.
    """

    code = "currency-mismatch"
    left: str
    right: str


@attrs.frozen
class NothingToSplitBy(Invalid):
    """An amount cannot be shared by weights that are negative or add up to nothing.

    Remedy: give at least one positive weight.
    """

    code = "nothing-to-split-by"


def _known(_: object, __: object, currency: str) -> None:
    if currency not in EXPONENTS:
        raise UnknownCurrency(currency)


@attrs.frozen
class Money:
    """An amount; `minor` counts the currency's smallest unit (cents)."""

    minor: int = attrs.field(validator=attrs.validators.instance_of(int))
    currency: str = attrs.field(validator=_known)

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> Money:
        """Round half up (away from zero) to the currency's minor unit. The only place that rounds."""
        if currency not in EXPONENTS:
            raise UnknownCurrency(currency)
        scaled = amount.scaleb(EXPONENTS[currency])
        return cls(int(scaled.to_integral_value(ROUND_HALF_UP)), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with just the decimals of the currency."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Share by weight so that the parts add up to the whole, to the cent."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise NothingToSplitBy()
        seen, given, parts = 0, 0, []
        for weight in weights:
            seen += weight
            due = self.minor * seen // total
            parts.append(Money(due - given, self.currency))
            given = due
        return parts


def rounded_parts(amounts: Iterable[Decimal], currency: str) -> list[Money]:
    """Round amounts so that the parts add up to the rounded sum: each takes the running sum's step."""
    exact, given, parts = Decimal(0), Money(0, currency), []
    for amount in amounts:
        exact += amount
        due = Money.rounded(exact, currency)
        parts.append(due - given)
        given = due
    return parts
