"""A session with its price."""

from decimal import Decimal

import pytest
from hypothesis import given

from emobility_core.charging import AuthorizationStatus, Doubt, EndedSession
from emobility_core.energy import Energy
from emobility_core.ids import RatingId
from emobility_core.money import Money
from emobility_core.rating import HeldSession, RatedSession, Rating, rate_session
from emobility_core.tariffs import Prices, TariffVersion
from emobility_core.testing.builders import later, make_ended, make_tariff_version
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.testing.strategies import ended_sessions, prices

ID = RatingId(SeededIds().uuid7(NOON))


def _rated(session: EndedSession, tariff: Prices | None) -> Rating:
    version: TariffVersion | None = None if tariff is None else make_tariff_version(prices=tariff)
    return rate_session(session, version, id=ID, at=later(hours=2))


def _of(kwh: str, **price: object) -> Rating:
    energy = Energy.parse_kwh(Decimal(kwh))
    session = make_ended(meter_start=Energy(0), meter_last=energy, meter_stop=energy)
    return _rated(session, Prices(**price))  # type: ignore[arg-type]


@given(ended_sessions(), prices())
def test_lines_sum_exactly_to_the_total(session: EndedSession, tariff: Prices) -> None:
    rating = _rated(session, tariff)
    assert sum((line.amount for line in rating.lines), Decimal(0)) == rating.total


@given(ended_sessions(), prices())
def test_line_amounts_to_the_cent_add_up_to_the_rounded_total(session: EndedSession, tariff: Prices) -> None:
    rating = _rated(session, tariff)
    total = rating.gross if rating.include_vat else rating.net
    assert sum(amount.minor for amount in rating.line_amounts) == total.minor


@given(ended_sessions(), prices())
def test_net_and_vat_add_up_to_gross(session: EndedSession, tariff: Prices) -> None:
    rating = _rated(session, tariff)
    assert rating.net + rating.vat == rating.gross
    assert 0 <= rating.net.minor <= rating.gross.minor


@given(ended_sessions(), prices())
def test_a_doubt_or_unknown_energy_holds_the_price(session: EndedSession, tariff: Prices) -> None:
    rating = _rated(session, tariff)
    held = bool(session.doubts) or session.delivered is None
    assert isinstance(rating, HeldSession if held else RatedSession)
    assert {doubt.value for doubt in session.doubts} <= set(rating.reasons)
    assert list(rating.reasons) == sorted(rating.reasons)


def test_nothing_is_billable_before_measurements_are_verified() -> None:
    rating = _of("12.345", per_kwh=Decimal("0.39"))
    assert isinstance(rating, RatedSession)
    assert (rating.billable, rating.reasons) == (False, ("measurement-not-verified",))


def test_unknown_energy_has_no_price_but_says_why() -> None:
    rating = _rated(make_ended(meter_start=None), Prices(per_session=Decimal(1), per_kwh=Decimal(1)))
    assert isinstance(rating, HeldSession)
    assert not rating.lines
    assert rating.total == 0
    assert "energy-unknown" in rating.reasons


def test_without_a_tariff_a_session_costs_nothing_and_says_so() -> None:
    rating = _rated(make_ended(), None)
    assert (rating.lines, rating.gross) == ((), Money(0, "EUR"))
    assert "no-tariff" in rating.reasons


def test_a_session_without_authorization_costs_nothing_and_says_so() -> None:
    rating = _rated(make_ended(authorization=AuthorizationStatus.INVALID), None)
    assert rating.gross == Money(0, "EUR")
    assert "not-authorized" in rating.reasons
    assert "no-tariff" not in rating.reasons


def test_a_doubtful_session_has_a_provisional_price() -> None:
    rating = _rated(make_ended(doubts=frozenset({Doubt.STOP_ESTIMATED})), Prices(per_kwh=Decimal("0.39")))
    assert isinstance(rating, HeldSession)
    assert rating.gross == Money(481, "EUR")


@pytest.mark.parametrize(
    ("kwh", "price", "include_vat", "net", "vat", "gross"),
    [
        ("12.345", "0.49", True, 508, 97, 605),
        ("12.345", "0.41", False, 506, 96, 602),
        ("0.636", "0.79", True, 42, 8, 50),
        ("20", "0.55", True, 924, 176, 1100),
        ("20", "0.40", False, 800, 152, 952),
        ("25", "0.401", False, 1003, 191, 1194),
    ],
)
def test_gross_prices_are_what_was_promised_and_net_prices_bear_vat(
    kwh: str, price: str, include_vat: bool, net: int, vat: int, gross: int
) -> None:
    rating = _of(kwh, per_kwh=Decimal(price), include_vat=include_vat)
    assert (rating.net.minor, rating.vat.minor, rating.gross.minor) == (net, vat, gross)


def test_money_is_of_the_tariffs_currency() -> None:
    assert _of("10", per_kwh=Decimal("0.45"), currency="CHF").gross == Money(450, "CHF")


def test_a_doubt_that_somebody_resolved_no_longer_holds_the_price() -> None:
    doubtful = make_ended(doubts=frozenset({Doubt.METER_WENT_BACKWARDS}))
    assert isinstance(_rated(doubtful, Prices()), HeldSession)
    accepted = _rated(doubtful.accept(at=later(hours=3)), Prices())
    assert isinstance(accepted, RatedSession)
    assert "meter-went-backwards" not in accepted.reasons


def test_an_end_that_nobody_reported_is_never_billable_whoever_accepts_it() -> None:
    estimated = make_ended(stop_identity=None, doubts=frozenset({Doubt.STOP_ESTIMATED}))
    rating = _rated(estimated.accept(at=later(hours=3)), Prices(per_kwh=Decimal("0.39")))
    assert isinstance(rating, RatedSession)
    assert not rating.billable
    assert "stop-estimated" in rating.reasons


def test_a_session_that_was_set_aside_costs_nothing() -> None:
    rating = _rated(make_ended().discard(at=later(hours=3)), Prices(per_kwh=Decimal("0.39")))
    assert (rating.total, rating.billable) == (Decimal(0), False)
    assert "discarded" in rating.reasons


@pytest.mark.parametrize(("kwh", "below"), [("0.001", True), ("0.009999", True), ("0.010", False)])
def test_a_watt_hour_of_rounding_is_not_billable(kwh: str, below: bool) -> None:
    assert ("below-minimum" in _of(kwh, per_kwh=Decimal("0.39")).reasons) is below
