"""Where the VAT that DATEV splits out of each row is not that of the document, rounded once for each rate."""

from __future__ import annotations

from decimal import Decimal

import attrs

from emobility_core.accounting import Posting
from emobility_core.money import Money


@attrs.frozen
class VatDifference:
    """How much more VAT the document has than DATEV splits out of its rows to an account; `place` is that of
    the largest of these lines."""

    place: int
    percent: Decimal
    amount: Money


def differences(posting: Posting) -> list[VatDifference]:
    """By account and rate, so that revenue and VAT of each come to what the document says. Lines whose rate
    DATEV would not split out are refused before."""
    of_account: dict[tuple[str, str, Decimal], list[int]] = {}
    for place, (line, to) in enumerate(zip(posting.lines, posting.assignments, strict=True)):
        key = (to.contra_account, to.tax_key, line.vat_percent.normalize())
        of_account.setdefault(key, []).append(place)
    found = []
    for (_, _, percent), places in of_account.items():
        lines = [posting.lines[place] for place in places]
        amount = sum((line.vat - _within(line.gross, percent) for line in lines), Money(0, posting.currency))
        if amount.minor:
            largest = max(places, key=lambda place: abs(posting.lines[place].gross.minor))
            found.append(VatDifference(largest, percent, amount))
    return found


def _within(gross: Money, percent: Decimal) -> Money:
    """VAT within a gross amount, as DATEV reckons it for a row."""
    return Money.rounded(gross.amount * percent / (100 + percent), gross.currency)
