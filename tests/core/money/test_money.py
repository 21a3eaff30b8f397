"""Money: exact, rounded in one place, never of two currencies."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.money import (
    CurrencyMismatch,
    Money,
    NothingToSplitBy,
    UnknownCurrency,
    rounded_parts,
)
from emobility_core.testing.strategies import moneys

amounts = st.decimals(-(10**6), 10**6, places=8, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("0.005", 1), ("0.0049999", 0), ("-0.005", -1), ("6.625", 663), ("1.005", 101), ("0", 0)],
)
def test_rounding_is_half_up_away_from_zero(amount: str, minor: int) -> None:
    assert Money.rounded(Decimal(amount), "EUR") == Money(minor, "EUR")


def test_a_currency_without_cents_rounds_to_whole_units() -> None:
    assert Money.rounded(Decimal("2.5"), "ISK") == Money(3, "ISK")
    assert Money(3, "ISK").amount == Decimal(3)


@given(amounts)
def test_rounding_moves_an_amount_by_half_a_cent_at_most(amount: Decimal) -> None:
    assert abs(Money.rounded(amount, "EUR").amount - amount) <= Decimal("0.005")


@given(moneys())
def test_an_amount_survives_rounding_as_it_is(money: Money) -> None:
    assert Money.rounded(money.amount, money.currency) == money


@given(moneys("EUR"), moneys("EUR"))
def test_subtracting_undoes_adding(one: Money, other: Money) -> None:
    assert one + other - other == one
    assert one - other == -(other - one)


def test_amounts_of_two_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "CHF")
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") - Money(1, "CHF")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, "XXX")
    with pytest.raises(UnknownCurrency):
        Money.rounded(Decimal(1), "eur")


def test_no_float_becomes_money() -> None:
    with pytest.raises(TypeError):
        Money(1.0, "EUR")  # type: ignore[arg-type]


@given(moneys(), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_a_split_adds_up_to_the_whole(money: Money, weights: list[int]) -> None:
    parts = money.split(weights)
    assert sum(part.minor for part in parts) == money.minor
    assert len(parts) == len(weights)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1]])
def test_an_amount_is_not_shared_by_nothing(weights: list[int]) -> None:
    with pytest.raises(NothingToSplitBy):
        Money(100, "EUR").split(weights)


def test_a_share_without_weight_is_nothing() -> None:
    assert [part.minor for part in Money(100, "EUR").split([1, 0, 2])] == [33, 0, 67]


@given(st.lists(amounts, max_size=20))
def test_rounded_parts_add_up_to_the_rounded_sum(parts: list[Decimal]) -> None:
    rounded = rounded_parts(parts, "EUR")
    assert sum(part.minor for part in rounded) == Money.rounded(sum(parts, Decimal(0)), "EUR").minor


@given(st.lists(amounts, max_size=20))
def test_a_rounded_part_is_less_than_a_cent_away(parts: list[Decimal]) -> None:
    for exact, rounded in zip(parts, rounded_parts(parts, "EUR"), strict=True):
        assert abs(rounded.amount - exact) <= Decimal("0.01")
