"""What amounts are in, and amounts to the cent."""

from __future__ import annotations

from decimal import Decimal

import attrs

from emobility_core.money import Money


@attrs.frozen(kw_only=True)
class Amounts:
    """Amounts to the cent; net and VAT add up to gross."""

    net: Money
    vat: Money
    gross: Money

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(net=self.net + other.net, vat=self.vat + other.vat, gross=self.gross + other.gross)


@attrs.frozen(kw_only=True)
class Basis:
    """What the amounts of a bill are in: gross where `include_vat`, else net."""

    currency: str
    include_vat: bool
    vat_percent: Decimal
