"""Where an exact total becomes cents: net, VAT and gross."""

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


def amounts_of(total: Decimal, *, currency: str, include_vat: bool, vat_percent: Decimal) -> Amounts:
    """Round an exact total in the tariff's own basis, gross where `include_vat`.

    The basis is rounded first. VAT on a net amount is that rate of the rounded net, as on an invoice
    (EN 16931, BR-CO-17); out of a gross amount it is what remains beside the rounded net.
    """
    share = vat_percent / 100
    if include_vat:
        gross = Money.rounded(total, currency)
        net = Money.rounded(gross.amount / (1 + share), currency)
        return Amounts(net=net, vat=gross - net, gross=gross)
    net = Money.rounded(total, currency)
    vat = Money.rounded(net.amount * share, currency)
    return Amounts(net=net, vat=vat, gross=net + vat)
