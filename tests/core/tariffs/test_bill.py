"""What holds of every bill, whatever the tariff."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emobility_core.energy import Energy
from emobility_core.instants import TICK, Instant
from emobility_core.money import Money
from emobility_core.tariffs import (
    Bill,
    Component,
    PhaseKind,
    Prices,
    Switching,
    TariffElement,
    Unit,
    Usage,
    rate,
)
from emobility_core.testing.strategies import full_prices, phased_usages, tariff_elements
from tests.core.tariffs.parts import NIGHTLY

_TIMES = (Unit.MINUTE, Unit.HOUR)


@given(phased_usages(), full_prices())
def test_a_bill_adds_up_exactly_and_to_the_cent(usage: Usage, prices: Prices) -> None:
    bill = rate(usage, prices)
    assert sum((line.amount for line in bill.lines), Decimal(0)) == bill.total
    assert bill.total == (bill.gross if prices.include_vat else bill.net)
    assert bill.net + bill.tax == bill.gross
    for part in (*bill.taxed, *bill.by_rate):
        assert part.net + part.tax == part.gross
    assert sum((part.net for part in bill.by_rate), Decimal(0)) == bill.net
    amounts = bill.amounts
    assert amounts.net + amounts.vat == amounts.gross
    basis = amounts.gross if prices.include_vat else amounts.net
    assert basis == Money.rounded(bill.total, prices.currency)
    for line in bill.lines:
        # To the last digit, but for a count of hours or minutes that has no end.
        off = abs(line.amount - line.quantity * line.unit_price)
        assert off <= (Decimal("1e-12") if line.unit in _TIMES else 0)


@given(phased_usages(), full_prices())
@settings(max_examples=40)
def test_every_line_is_explained(usage: Usage, prices: Prices) -> None:
    bill = rate(usage, prices)
    for language, sign in (("de", "USt"), ("en", "VAT")):
        sentences = bill.explain(language)
        assert len(sentences) == len(bill.lines)
        assert all(sign in one for one in sentences)


@given(phased_usages(), full_prices(), st.integers(1, 10**8), st.data())
@settings(max_examples=60)
def test_more_energy_in_the_same_time_never_costs_less(
    usage: Usage, prices: Prices, more: int, data: st.DataObject
) -> None:
    """Where no later kilowatt-hour takes back what an earlier cost: prices do not depend on energy."""
    tariff = attrs.evolve(prices, elements=tuple(map(_without_energy, prices.elements)), maximum=None)
    place = data.draw(st.sampled_from(range(len(usage.phases))))
    phase = usage.phases[place]
    assume(phase.kind is PhaseKind.CHARGING)
    fuller = attrs.evolve(phase, energy=phase.energy + Energy(more))
    phases = (*usage.phases[:place], fuller, *usage.phases[place + 1 :])
    richer = attrs.evolve(usage, energy=usage.energy + Energy(more), phases=phases)
    before, after = rate(usage, tariff), rate(richer, tariff)
    if tariff.switching is not Switching.INTERPOLATED:
        assert after.total >= before.total
    else:
        # At each change of price energy is cut to a whole milliwatt-hour, which may count on either side.
        dearest = max([tariff.per_kwh, *(price.amount for one in tariff.elements for price in one.prices)])
        assert after.total >= before.total - dearest * len(after.lines) / 10**6


def _without_energy(element: TariffElement) -> TariffElement:
    """Neither restricted by energy nor rounded up, which counts for the last price of a session."""
    asked = attrs.evolve(element.restrictions, min_kwh=None, max_kwh=None)
    prices = tuple(attrs.evolve(price, step=0) for price in element.prices)
    return attrs.evolve(element, prices=prices, restrictions=asked)


@given(phased_usages(), st.lists(tariff_elements(), min_size=1, max_size=3), st.data())
@settings(max_examples=60)
def test_cutting_a_phase_in_two_moves_energy_by_no_more_than_a_rounding_unit(
    usage: Usage, elements: list[TariffElement], data: st.DataObject
) -> None:
    """Each price counts the same energy wherever a phase is cut, to a milliwatt-hour for each change."""
    prices = Prices(elements=tuple(elements), switching=Switching.INTERPOLATED)
    place = data.draw(st.sampled_from(range(len(usage.phases))))
    phase = usage.phases[place]
    length = (phase.until - phase.since) // TICK
    after = data.draw(st.integers(0, length))
    at, first = Instant(phase.since + after * TICK), Energy(phase.energy.mwh * after // max(1, length))
    halves = (
        attrs.evolve(phase, until=at, energy=first),
        attrs.evolve(phase, since=at, energy=phase.energy - first),
    )
    cut = attrs.evolve(usage, phases=(*usage.phases[:place], *halves, *usage.phases[place + 1 :]))
    whole, parts = rate(usage, prices), rate(cut, prices)
    changes = sum(line.component is Component.ENERGY for line in whole.lines)
    before, now = _energy_of(whole), _energy_of(parts)
    assert all(abs(before.get(rule, 0) - now.get(rule, 0)) <= changes for rule in before | now)


def _energy_of(bill: Bill) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in bill.lines:
        if line.component is Component.ENERGY:
            found[line.rule] = found.get(line.rule, 0) + int(line.quantity.scaleb(6))
    return found


@given(phased_usages(), st.timedeltas(timedelta(0), timedelta(days=3)))
@settings(max_examples=30)
def test_two_sessions_in_place_of_one_cost_the_same_energy(usage: Usage, after: timedelta) -> None:
    """Where the price depends on the hour alone."""
    at = min(Instant(usage.started_at + after), usage.ended_at)
    share = Energy(usage.energy.mwh * ((at - usage.started_at) // TICK) // max(1, _ticks(usage)))
    whole = Usage(energy=usage.energy, started_at=usage.started_at, ended_at=usage.ended_at, zone=usage.zone)
    first = attrs.evolve(whole, energy=share, ended_at=at)
    second = attrs.evolve(whole, energy=usage.energy - share, started_at=at)
    one, two, three = (rate(part, NIGHTLY).total for part in (whole, first, second))
    # A milliwatt-hour for each of the nights and days, at the difference of their prices.
    assert abs(two + three - one) <= Decimal("0.0000003") * 2 * ((usage.ended_at - usage.started_at).days + 2)


def _ticks(usage: Usage) -> int:
    return (usage.ended_at - usage.started_at) // TICK
