"""Prices that others have worked out, where a price per kWh, session and minute can express them."""

import json
import os
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from emobility_core.charging import EndedSession
from emobility_core.energy import Energy
from emobility_core.ids import RatingId
from emobility_core.instants import Instant, instant
from emobility_core.money import Money
from emobility_core.rating import Rating, rate_session
from emobility_core.tariffs import Prices, TariffVersion
from emobility_core.testing.builders import later, make_ended, make_tariff_version
from emobility_core.testing.clock import NOON, SeededIds

FIELDS = {"ENERGY": "per_kwh", "FLAT": "per_session", "TIME": "per_minute"}
SHARE = {"per_kwh": 1, "per_session": 1, "per_minute": 60}
ID = RatingId(SeededIds().uuid7(NOON))


def _load(name: str) -> Any:
    """The vectors of a file; an absent folder is left to the caller."""
    folder = Path(os.environ.get("EMOBILITY_VECTORS", "../shared/vectors"))
    path = folder / "tariffs" / name
    return json.loads(path.read_text(), parse_float=Decimal, parse_int=Decimal) if path.exists() else None


def _expressible(vector: Any) -> bool:
    """One element, one VAT rate for each price, minutes as steps, nothing but charging."""
    elements, session = vector["tariff"]["elements"], vector["session"]
    components = elements[0]["price_components"]
    return (
        len(elements) == 1
        and not elements[0].get("restrictions")
        and not {"min_price", "max_price"} & vector["tariff"].keys()
        and all(part["type"] in FIELDS for part in components)
        and all(period["phase"] == "charging" for period in session["periods"])
        and all(_step_is_ours(part, session) for part in components)
    )


def _step_is_ours(part: Any, session: Any) -> bool:
    """Whether started minutes and exact energy give what the component's steps give."""
    if part["type"] == "TIME":
        seconds = (_at(session["end"]) - _at(session["start"])).total_seconds()
        return seconds % float(part["step_size"]) == 0
    return bool(part["type"] == "FLAT" or part["step_size"] == 1)


def _at(text: str) -> Instant:
    return instant(datetime.fromisoformat(text))


EXAMPLES = [one for one in _load("ocpi_worked_examples.json") or () if _expressible(one)]
CASES = _load("germany_constructed_cases.json") or {"vat_rounding": [], "home_charging": []}


def _rated(session: EndedSession, **price: Any) -> Rating:
    version: TariffVersion = make_tariff_version(prices=Prices(**price))
    return rate_session(session, version, id=ID, at=later(hours=2))


def _delivered(kwh: Decimal, **changes: Any) -> EndedSession:
    return make_ended(meter_start=Energy(0), meter_stop=Energy.parse_kwh(kwh), **changes)


def _like(exact: Decimal, printed: str) -> str:
    """Rounded half up to the digits that the vector prints."""
    return str(exact.quantize(Decimal(printed), ROUND_HALF_UP))


def test_the_vectors_are_there() -> None:
    if _load("ocpi_worked_examples.json") is None:
        pytest.skip("no vectors at $EMOBILITY_VECTORS/tariffs")
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("vector", EXAMPLES, ids=[one["id"] for one in EXAMPLES])
def test_a_worked_example_comes_out_as_printed(vector: Any) -> None:
    session = vector["session"]
    ended = _delivered(
        sum((period["kwh"] for period in session["periods"]), Decimal(0)),
        started_at=_at(session["start"]),
        ended_at=_at(session["end"]),
    )
    net = gross = Decimal(0)
    # One VAT rate a tariff: each component is a tariff of its own here.
    for part in vector["tariff"]["elements"][0]["price_components"]:
        field = FIELDS[part["type"]]
        vat = part.get("vat") or Decimal(0)
        price = Decimal(part["price"])
        rating = _rated(ended, include_vat=False, vat_percent=vat, **{field: price})
        share = rating.total / SHARE[field]
        net, gross = net + share, gross + share * (1 + vat / 100)
    expected = vector["expected"]
    assert _like(net, expected["total_excl_vat"]) == expected["total_excl_vat"]
    if expected["total_incl_vat"] is not None:
        assert _like(gross, expected["total_incl_vat"]) == expected["total_incl_vat"]


VAT = [one for one in CASES["vat_rounding"] if "kwh" in one]


@pytest.mark.parametrize("case", VAT, ids=[one["id"] for one in VAT])
def test_vat_is_rounded_as_printed(case: Any) -> None:
    basis = "price_gross" if "price_gross" in case else "price_net"
    vat_percent = Decimal(case.get("rate", "19"))
    rating = _rated(
        _delivered(Decimal(case["kwh"])),
        per_kwh=Decimal(case[basis]),
        include_vat=basis == "price_gross",
        vat_percent=vat_percent,
    )
    for name, amount in (("net", rating.net), ("vat", rating.vat), ("gross", rating.gross)):
        if name in case:
            assert str(amount.amount) == case[name]


@pytest.mark.parametrize("case", CASES["home_charging"], ids=lambda case: case["id"])
def test_home_charging_comes_out_as_printed(case: Any) -> None:
    price = Decimal(case["rate_used"].split()[0])
    rating = _rated(_delivered(Decimal(case["kwh"])), per_kwh=price, vat_percent=Decimal(0))
    assert str(rating.gross.amount) == case["amount"]
    assert rating.vat == Money(0, "EUR")
