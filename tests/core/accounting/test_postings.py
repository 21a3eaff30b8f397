"""A document is balanced to the cent, or it is not taken in."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobility_core.accounting import (
    DocumentKind,
    LedgerCurrencyMismatch,
    LineKind,
    MalformedPosting,
    PostingLine,
    PostingState,
    SessionFacts,
    TaxCategory,
    TaxRateMismatch,
    UnbalancedLine,
    UnbalancedPosting,
    UnbalancedVat,
    session_posting,
)
from emobility_core.charging import AuthorizationStatus
from emobility_core.energy import Energy
from emobility_core.money import CurrencyMismatch, Money
from emobility_core.rating import rate_session
from emobility_core.tariffs import Prices
from emobility_core.testing.builders import (
    make_ended,
    make_ledger,
    make_posting,
    make_posting_line,
    make_rating,
    make_tariff_version,
)
from emobility_core.testing.clock import NOON
from emobility_core.testing.strategies import full_prices, prices
from tests.core.accounting.books import Books

RATING = make_rating().id


def _eur(cents: int) -> Money:
    return Money(cents, "EUR")


def _line(net: int, vat: int, percent: str = "19") -> PostingLine:
    return make_posting_line(
        net=_eur(net), vat=_eur(vat), gross=_eur(net + vat), vat_percent=Decimal(percent)
    )


def test_a_line_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(UnbalancedLine) as refusal:
        make_posting_line(net=_eur(1000), vat=_eur(190), gross=_eur(1191))
    assert refusal.value.field == "gross"


@pytest.mark.parametrize("category", [one for one in TaxCategory if one is not TaxCategory.STANDARD])
def test_a_category_without_tax_has_no_rate_and_no_vat(category: TaxCategory) -> None:
    with pytest.raises(TaxRateMismatch):
        make_posting_line(tax_category=category)
    with pytest.raises(UnbalancedLine):
        make_posting_line(tax_category=category, vat_percent=Decimal(0))


def test_a_standard_rate_is_above_zero() -> None:
    with pytest.raises(TaxRateMismatch):
        make_posting_line(vat_percent=Decimal(0), vat=_eur(0), net=_eur(1190))


def test_mixed_currencies_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        make_posting_line(vat=Money(190, "CHF"))
    franc = Money(0, "CHF")
    line = make_posting_line(net=franc, vat=franc, gross=franc)
    with pytest.raises(CurrencyMismatch):
        make_posting(lines=(make_posting_line(), line))


async def test_a_ledger_takes_its_own_currency_alone() -> None:
    books = await Books.opened(currency="CHF")
    with pytest.raises(LedgerCurrencyMismatch):
        await books.post(books.posting())


@pytest.mark.parametrize("name", ["net", "vat", "gross"])
def test_totals_that_are_not_the_sums_of_the_lines_are_refused(name: str) -> None:
    good = make_posting().totals
    wrong = attrs.evolve(good, **{name: getattr(good, name) + _eur(1)})
    with pytest.raises(UnbalancedPosting) as refusal:
        make_posting(totals=wrong)
    assert refusal.value.field == f"totals.{name}"


def test_vat_is_rounded_once_for_each_rate_not_line_by_line() -> None:
    make_posting(lines=tuple(_line(5, 1) for _ in range(7)))  # 0.0665 -> 0.07
    with pytest.raises(UnbalancedVat):
        make_posting(lines=tuple(_line(3, 1) for _ in range(3)))  # 0.03 against 0.0171 -> 0.02
    make_posting(lines=(_line(3, 1), _line(3, 1), _line(3, 0)))


def test_each_rate_is_held_against_its_own_sum() -> None:
    make_posting(lines=(_line(1000, 190), _line(1000, 70, "7")))
    with pytest.raises(UnbalancedVat) as refusal:
        make_posting(lines=(_line(1000, 191), _line(1000, 69, "7")))
    assert refusal.value.vat_percent == 19


@pytest.mark.parametrize("number", ["", " RE-1", "RE-1 ", "R" * 37, "RÄ-1", "RE\n1"])
def test_a_document_number_has_up_to_36_printable_characters(number: str) -> None:
    with pytest.raises(MalformedPosting) as refusal:
        make_posting(document_number=number)
    assert refusal.value.field == "document_number"


@pytest.mark.parametrize("kind", DocumentKind)
def test_amounts_are_what_the_customer_owes(kind: DocumentKind) -> None:
    paid_out = kind in (DocumentKind.CREDIT_NOTE, DocumentKind.REIMBURSEMENT)
    make_posting(document_kind=kind, lines=(make_posting_line("-1.19" if paid_out else "1.19"),))
    with pytest.raises(MalformedPosting):
        make_posting(document_kind=kind, lines=(make_posting_line("1.19" if paid_out else "-1.19"),))


@pytest.mark.parametrize("of", ["reposts", "reverses"])
def test_parts_of_a_document_may_have_any_sign(of: str) -> None:
    for kind in DocumentKind:
        for amount in ("1.19", "-1.19"):
            posting = make_posting(
                document_kind=kind, lines=(make_posting_line(amount),), **{of: make_posting().id}
            )
            assert posting.totals.gross == _eur(119 if amount == "1.19" else -119)


@given(prices(), st.integers(0, 10**6))
def test_a_session_is_posted_as_it_was_rated_to_the_cent(of: Prices, wh: int) -> None:
    version = make_tariff_version(prices=of)
    session = make_ended(tariff=version.id, meter_start=Energy(0), meter_stop=Energy.wh(wh))
    rating = rate_session(session, version, id=RATING, at=NOON)
    facts = SessionFacts(ended_on=make_posting().document_date)
    ledger = make_ledger(currency=of.currency)
    posting = session_posting(rating, facts, ledger=ledger, id=make_posting().id, at=NOON)
    assert posting.totals == rating.amounts
    assert [one.kind for one in posting.lines].count(LineKind.ENERGY) == 1


@given(full_prices(), st.integers(0, 10**6))
@settings(max_examples=60)
def test_a_session_under_several_vat_rates_is_posted_by_rate(of: Prices, wh: int) -> None:
    """A line of each kind and rate, whatever number of windows the tariff has; its energy stands once."""
    version = make_tariff_version(prices=of)
    session = make_ended(tariff=version.id, meter_start=Energy(0), meter_stop=Energy.wh(wh))
    rating = rate_session(session, version, id=RATING, at=NOON)
    facts = SessionFacts(ended_on=make_posting().document_date, energy=session.delivered)
    ledger = make_ledger(currency=of.currency)
    posting = session_posting(rating, facts, ledger=ledger, id=make_posting().id, at=NOON)
    assert posting.totals == rating.amounts
    assert [one.energy for one in posting.lines if one.energy is not None] == [session.delivered]
    assert len({(one.kind, one.vat_percent) for one in posting.lines}) == len(posting.lines)
    for percent, amounts in rating.amounts_by_rate.items():
        gross = sum(one.gross.minor for one in posting.lines if one.vat_percent == percent)
        assert gross == amounts.gross.minor


def test_a_session_that_is_not_billable_is_held_for_the_reasons_of_its_rating() -> None:
    version = make_tariff_version()
    session = make_ended(tariff=version.id, authorization=AuthorizationStatus.INVALID)
    rating = rate_session(session, version, id=RATING, at=NOON)
    facts = SessionFacts(ended_on=make_posting().document_date)
    posting = session_posting(rating, facts, ledger=make_ledger(), id=make_posting().id, at=NOON)
    assert posting.state is PostingState.HELD
    assert posting.held == rating.reasons == ("measurement-not-verified", "not-authorized")
