"""A bill: the exact lines of a use, what they come to, and why."""

from __future__ import annotations

from decimal import Decimal

import attrs

from emobility_core.tariffs._amounts import Amounts
from emobility_core.tariffs._explain import sentence
from emobility_core.tariffs._lines import Line, Taxed, exact_sum, in_all, summed, taxed
from emobility_core.tariffs._prices import Prices


@attrs.frozen(kw_only=True)
class Bill:
    """The lines that prices make of a use at a site in `zone`."""

    prices: Prices
    lines: tuple[Line, ...]
    zone: str = "UTC"

    @property
    def total(self) -> Decimal:
        """The exact sum of the lines, in the tariff's basis."""
        return exact_sum(line.amount for line in self.lines)

    @property
    def taxed(self) -> tuple[Taxed, ...]:
        """Each line before and after tax, exact."""
        return taxed(self.lines, self.prices.basis)

    @property
    def by_rate(self) -> tuple[Taxed, ...]:
        """The exact sums of each VAT rate."""
        return summed(self.taxed)

    @property
    def net(self) -> Decimal:
        return exact_sum(part.net for part in self.taxed)

    @property
    def tax(self) -> Decimal:
        return exact_sum(part.tax for part in self.taxed)

    @property
    def gross(self) -> Decimal:
        return exact_sum(part.gross for part in self.taxed)

    @property
    def amounts(self) -> Amounts:
        """Net, VAT and gross to the cent."""
        return in_all(self.lines, self.prices.basis)

    def explain(self, language: str) -> tuple[str, ...]:
        """A sentence for each line in German (`de`) or English (`en`); raise `LanguageNotSpoken`."""
        return tuple(sentence(line, self.prices, self.zone, language) for line in self.lines)
