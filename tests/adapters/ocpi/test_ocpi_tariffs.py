"""Tariffs of OCPI read and written: the same again, and a refusal for what it cannot say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobility_adapters.ocpi import (
    MalformedOcpi,
    NotExpressibleInOcpi,
    OcpiVersion,
    read_session,
    read_tariff,
    write_tariff,
)
from emobility_core.energy import Energy
from emobility_core.network import PowerClass
from emobility_core.tariffs import (
    BlockingFee,
    Dimension,
    Holidays,
    LocalHours,
    PeriodicFee,
    PhaseKind,
    PriceLimit,
    Prices,
    Switching,
    TariffElement,
    Usage,
    rate,
)
from emobility_core.testing.strategies import phased_usages, prices_per_unit, tariff_elements
from tests.core.tariffs.parts import NIGHT, element, usage

V221, V230 = OcpiVersion.V2_2_1, OcpiVersion.V2_3_0
_VAT = (Decimal(0), Decimal(7), Decimal(19))


def _plain(one: TariffElement) -> bool:
    """Whether OCPI has the words: neither holidays nor connected time, nor hours that restrict nothing."""
    asked = one.restrictions
    known = asked.hours is None or (asked.hours.holidays is None and asked.hours != LocalHours())
    connected = any(price.dimension is Dimension.CONNECTED_TIME for price in one.prices)
    return known and not connected


@st.composite
def _expressible(draw: st.DrawFn, version: OcpiVersion) -> Prices:
    elements = draw(st.lists(tariff_elements().filter(_plain), min_size=1, max_size=3))
    # One rate of all is the tariff's own; several are told at each price.
    rate, several = draw(st.sampled_from(_VAT)), draw(st.booleans())
    rates = iter([Decimal(7), Decimal(19), None, *[Decimal(0)] * 20])
    told = [
        attrs.evolve(
            one,
            restrictions=attrs.evolve(one.restrictions, power_classes=()),
            prices=tuple(
                attrs.evolve(price, vat_percent=next(rates) if several else None) for price in one.prices
            ),
        )
        for one in elements
    ]
    several = several and sum(len(one.prices) for one in told) > 1
    limit = st.none() | st.builds(
        PriceLimit, before_tax=prices_per_unit, after_tax=st.none() | prices_per_unit
    )
    minimum = draw(limit)
    return Prices(
        currency=draw(st.sampled_from(("EUR", "CHF"))),
        include_vat=version is V230 and draw(st.booleans()),
        vat_percent=Decimal(0) if several else rate,
        elements=tuple(told if several else map(_without_rate, told)),
        minimum=minimum,
        maximum=None if minimum is not None else draw(limit),
        switching=Switching.INTERPOLATED,
    )


def _without_rate(one: TariffElement) -> TariffElement:
    return attrs.evolve(one, prices=tuple(attrs.evolve(price, vat_percent=None) for price in one.prices))


@pytest.mark.parametrize("version", OcpiVersion)
@given(st.data())
@settings(max_examples=60)
def test_what_is_written_is_read_as_the_same_prices(version: OcpiVersion, data: st.DataObject) -> None:
    """Over the text of the JSON, in both versions, and written once more as the same text."""
    prices = data.draw(_expressible(version))
    about = {"id": "T1", "country_code": "DE", "party_id": "EMO"}
    told = json.dumps(write_tariff(prices, version, about))
    again = read_tariff(json.loads(told, parse_float=Decimal))
    assert (again.prices, again.version, again.about) == (prices, version, about)
    assert json.dumps(write_tariff(again.prices, again.version, again.about)) == told
    # Floats of another reader's JSON are read as they are printed.
    assert read_tariff(json.loads(told)).prices == prices


@given(phased_usages(), prices_per_unit, prices_per_unit)
@settings(max_examples=40)
def test_a_simple_tariff_costs_the_same_by_way_of_ocpi(
    use: Usage, per_kwh: Decimal, per_session: Decimal
) -> None:
    """For whole watt-hours, the finest that OCPI counts."""
    phases = tuple(attrs.evolve(one, energy=Energy.wh(one.energy.mwh // 1_000)) for one in use.phases)
    whole = attrs.evolve(use, phases=phases, energy=Energy(sum(one.energy.mwh for one in phases)))
    prices = Prices(per_kwh=per_kwh, per_session=per_session)
    if per_kwh or per_session:
        read = read_tariff(write_tariff(prices)).prices
        assert rate(whole, read).amounts == rate(whole, prices).amounts


_ENERGY = element(amount="0.40")
_CANNOT: list[tuple[Prices, str]] = [
    (Prices(), "/elements"),
    (Prices(per_kwh=Decimal(1), blocking=BlockingFee(per_minute=Decimal(1))), "/elements"),
    (Prices(per_kwh=Decimal(1), periodic=(PeriodicFee(amount=Decimal(1)),)), "/elements"),
    (Prices(elements=(_ENERGY, element(Dimension.CONNECTED_TIME))), "/elements/1"),
    (Prices(elements=(element(Dimension.RESERVATION_FEE),)), "/elements/0"),
    (Prices(elements=(element(hours=NIGHT),)), "/elements/0"),
    (Prices(per_minute=Decimal(1)), "/elements"),
    (Prices(elements=(element(power_classes=(PowerClass.DC,)),)), "/elements/0/restrictions"),
    (
        Prices(elements=(element(Dimension.SESSION, hours=LocalHours(holidays=Holidays(calendar="DE"))),)),
        "/elements/0/restrictions",
    ),
    (Prices(per_kwh=Decimal(1), minimum=PriceLimit(after_tax=Decimal(1))), "/min_price"),
    (Prices(elements=(element(amount="0.12345678901234567891"),)), "/elements"),
]  # fmt: skip


@pytest.mark.parametrize(("prices", "pointer"), _CANNOT)
def test_what_ocpi_cannot_say_is_refused(prices: Prices, pointer: str) -> None:
    with pytest.raises(NotExpressibleInOcpi) as refusal:
        write_tariff(prices)
    assert refusal.value.pointer == pointer


def test_gross_prices_are_not_written_for_a_version_of_net_ones() -> None:
    with pytest.raises(NotExpressibleInOcpi):
        write_tariff(Prices(per_kwh=Decimal("0.49")), V221)
    assert write_tariff(Prices(per_kwh=Decimal("0.49"), include_vat=False), V221)["elements"]


def _tariff(**changes: Any) -> dict[str, Any]:
    component = {"type": "ENERGY", "price": 0.25, "step_size": 1}
    return {
        "currency": "EUR",
        "elements": [{"price_components": [component]}],
        "tax_included": "NO",
    } | changes


def _component(**changes: Any) -> dict[str, Any]:
    component = {"type": "ENERGY", "price": 0.25, "step_size": 1} | changes
    return _tariff(elements=[{"price_components": [component]}])


def _restricted(**asked: Any) -> dict[str, Any]:
    element = {"price_components": [{"type": "ENERGY", "price": 0.25, "step_size": 1}], "restrictions": asked}
    return _tariff(elements=[element])


@pytest.mark.parametrize(
    ("tariff", "pointer"),
    [
        ([], "/"),
        (_tariff(elements=[]), "/elements"),
        (_tariff(elements={}), "/elements"),
        (_tariff(elements=_tariff()["elements"] * 51), "/"),
        (_tariff(elements=[7]), "/elements/0"),
        (_tariff(currency=None), "/currency"),
        (_tariff(currency="XXX"), "/"),
        (_tariff(tax_included="MAYBE"), "/tax_included"),
        (_tariff(min_price={"excl_vat": 1}), "/min_price/excl_vat"),
        (_tariff(min_price={"before_taxes": -1}), "/min_price"),
        (_component(type="COFFEE"), "/elements/0/price_components/0/type"),
        (_component(price="0.25"), "/elements/0/price_components/0/price"),
        (_component(price=True), "/elements/0/price_components/0/price"),
        (_component(price=-1), "/elements/0/price_components/0"),
        (_component(price=float("nan")), "/elements/0/price_components/0/price"),
        (_component(step_size=0.5), "/elements/0/price_components/0/step_size"),
        (_component(discount=1), "/elements/0/price_components/0/discount"),
        (_component(vat=101), "/elements/0/price_components/0"),
        (_restricted(moon="full"), "/elements/0/restrictions/moon"),
        (_restricted(start_time="25:00"), "/elements/0/restrictions"),
        (_restricted(start_date="tomorrow"), "/elements/0/restrictions/start_date"),
        (_restricted(day_of_week=["FUNDAY"]), "/elements/0/restrictions/day_of_week"),
        (_restricted(min_kwh=2, max_kwh=1), "/elements/0/restrictions"),
        (_restricted(min_kwh=0.0000001), "/elements/0/restrictions"),
        (_restricted(reservation="RESERVATION"), "/elements/0/price_components/0/type"),
    ],
)
def test_what_is_no_tariff_is_refused_by_its_place(tariff: Any, pointer: str) -> None:
    with pytest.raises(MalformedOcpi) as refusal:
        read_tariff(tariff)
    assert refusal.value.pointer == pointer


def test_what_a_tariff_says_of_itself_comes_back() -> None:
    about = {"id": "7", "tariff_alt_text": [{"language": "de", "text": "Teuer"}], "tax_included": "N/A"}
    read = read_tariff(_tariff(**about))
    assert write_tariff(read.prices, read.version, read.about) == _tariff(**about)
    assert not read.states_vat
    assert read_tariff(_component(vat=0)).states_vat


def _session(**changes: Any) -> dict[str, Any]:
    period = {"start": "2026-06-10T10:00:00", "end": "2026-06-10T11:00:00Z", "phase": "charging", "kwh": 1.5}
    return {"location_time_zone": "Europe/Berlin", "periods": [period | changes]}


def test_a_session_is_read_with_what_is_known_of_its_periods() -> None:
    use = read_session(_session(power_kw=11.04, current_a=16))
    assert (use.energy, use.zone) == (Energy.wh(1_500), "Europe/Berlin")
    assert use.started_at == datetime(2026, 6, 10, 10, tzinfo=UTC)
    (phase,) = use.phases
    known = (PhaseKind.CHARGING, Decimal(11_040), Decimal(16))
    assert (phase.kind, phase.power_w, phase.current_a) == known


@pytest.mark.parametrize(
    ("session", "pointer"),
    [
        ({}, "/periods"),
        ({"periods": _session()["periods"]}, "/location_time_zone"),
        (_session() | {"end": "2026-06-10T12:00:00Z"}, "/end"),
        (_session(phase="sleeping"), "/periods/0/phase"),
        (_session(kwh=-1), "/periods/0/kwh"),
        (_session(kwh=0.00000001), "/periods/0/kwh"),
        (_session(kwh=None), "/periods/0/kwh"),
        (_session(start="soon"), "/periods/0/start"),
        (_session(end="2026-06-10T09:00:00Z"), "/periods"),
    ],
)
def test_what_is_no_session_is_refused_by_its_place(session: Any, pointer: str) -> None:
    with pytest.raises(MalformedOcpi) as refusal:
        read_session(session)
    assert refusal.value.pointer == pointer


def test_nobody_came_where_there_is_only_a_reservation() -> None:
    use = read_session(_session(phase="reservation", kwh=0) | {"reservation_types": ["RESERVATION_EXPIRES"]})
    assert use.only_reserved
    assert use.reservation_expired
    assert usage("2026-06-10T11:00:00+00:00", "2026-06-10T11:00:00+00:00").started_at == use.started_at
