"""The exact price of a use."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given

from emobility_core.energy import Energy
from emobility_core.money import UnknownCurrency
from emobility_core.tariffs import (
    Component,
    NegativePrice,
    Prices,
    Unit,
    Usage,
    VatOutOfRange,
    rate,
)
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON
from emobility_core.testing.strategies import prices, usages

ALL = Prices(per_kwh=Decimal("0.39"), per_session=Decimal("0.50"), per_minute=Decimal("0.02"))


def _usage(**duration: float) -> Usage:
    return Usage(energy=Energy.wh(12_345), started_at=NOON, ended_at=later(NOON, **duration))


def test_each_price_makes_a_line_that_names_it() -> None:
    energy, session, time = rate(_usage(minutes=90, seconds=1), ALL).lines
    assert (energy.component, energy.unit, energy.rule) == (Component.ENERGY, Unit.KWH, "per_kwh")
    assert (energy.quantity, energy.unit_price) == (Decimal("12.345"), Decimal("0.39"))
    assert energy.amount == Decimal("4.81455")
    assert (session.component, session.unit, session.rule) == (
        Component.SESSION,
        Unit.SESSION,
        "per_session",
    )
    assert (session.quantity, session.amount) == (Decimal(1), Decimal("0.50"))
    assert (time.component, time.unit, time.rule) == (Component.TIME, Unit.MINUTE, "per_minute")
    assert (time.quantity, time.amount) == (Decimal(91), Decimal("1.82"))


def test_a_price_of_zero_makes_no_line() -> None:
    assert rate(_usage(minutes=90), Prices()).lines == ()


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [
        ({"seconds": 0}, 0),
        ({"microseconds": 1}, 1),
        ({"seconds": 60}, 1),
        ({"seconds": 60, "microseconds": 1}, 2),
        ({"days": 1}, 1440),
        ({"seconds": -1}, 0),
        ({"days": -3}, 0),
    ],
)
def test_each_started_minute_counts(duration: dict[str, float], minutes: int) -> None:
    lines = rate(_usage(**duration), Prices(per_minute=Decimal(1))).lines
    assert [line.amount for line in lines] == [Decimal(minutes)]


@given(usages(), prices())
def test_an_amount_is_quantity_times_price_to_the_last_digit(usage: Usage, tariff: Prices) -> None:
    for line in rate(usage, tariff).lines:
        assert line.amount == line.quantity * line.unit_price
        whole = int(line.quantity.scaleb(6)) * int(line.unit_price.scaleb(6))
        assert int(line.amount.scaleb(12)) == whole


@given(usages(), prices())
def test_more_energy_and_time_never_cost_less(usage: Usage, tariff: Prices) -> None:
    longer = Usage(
        energy=usage.energy + Energy(1),
        started_at=usage.started_at,
        ended_at=later(usage.ended_at, seconds=1),
    )
    assert 0 <= rate(usage, tariff).total <= rate(longer, tariff).total
    assert usage.ended_at - usage.started_at >= timedelta(0)


@pytest.mark.parametrize("price", ["-0.01", "NaN", "Infinity"])
@pytest.mark.parametrize("field", ["per_kwh", "per_session", "per_minute"])
def test_what_is_no_price_is_refused(field: str, price: str) -> None:
    with pytest.raises(NegativePrice) as refusal:
        attrs.evolve(Prices(), **dict[str, Any]({field: Decimal(price)}))
    assert refusal.value.field == field


@pytest.mark.parametrize("percent", ["-1", "100.01", "NaN"])
def test_what_is_no_percentage_is_refused(percent: str) -> None:
    with pytest.raises(VatOutOfRange):
        Prices(vat_percent=Decimal(percent))


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        Prices(currency="XXX")
