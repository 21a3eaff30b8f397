"""OCPI tariffs to prices (OCPI 2.2.1 and 2.3.0, mod_tariffs)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs

from emobility_adapters.ocpi.faults import at
from emobility_adapters.ocpi.reading import Node, day, node, number, one_of, text, whole, words
from emobility_core.tariffs import (
    Dimension,
    LocalHours,
    Price,
    PriceLimit,
    Prices,
    ReservationKind,
    Restrictions,
    Switching,
    TariffElement,
    Weekday,
)


class OcpiVersion(Enum):
    """The versions whose tariffs are read and written; they differ in how they speak of tax."""

    V2_2_1 = "2.2.1"
    V2_3_0 = "2.3.0"


@attrs.frozen(kw_only=True)
class OcpiTariff:
    """The prices of a tariff, and what else it says of itself, as it came: id, party, texts, validity."""

    prices: Prices
    version: OcpiVersion
    about: Mapping[str, Any]

    @property
    def states_vat(self) -> bool:
        """Whether any price has a VAT rate; what is absent is no rate of zero (PriceComponent, vat)."""
        prices = [price for element in self.prices.elements for price in element.prices]
        return bool(self.prices.vat_percent) or any(price.vat_percent is not None for price in prices)


DIMENSIONS = {
    "ENERGY": Dimension.ENERGY,
    "FLAT": Dimension.SESSION,
    "TIME": Dimension.CHARGING_TIME,
    "PARKING_TIME": Dimension.IDLE_TIME,
}
# Of a reservation only its time and a flat fee can be priced (ReservationRestrictionType).
RESERVED = {"FLAT": Dimension.RESERVATION_FEE, "TIME": Dimension.RESERVATION_TIME}
RESERVATIONS = {"RESERVATION": ReservationKind.RESERVED, "RESERVATION_EXPIRES": ReservationKind.EXPIRED}
LIMITS = {
    OcpiVersion.V2_2_1: ("excl_vat", "incl_vat"),
    OcpiVersion.V2_3_0: ("before_taxes", "after_taxes"),
}
# Our name, OCPI's, and how it is read.
BOUNDS = (
    ("min_kwh", "min_kwh", number),
    ("max_kwh", "max_kwh", number),
    ("min_power_kw", "min_power", number),
    ("max_power_kw", "max_power", number),
    ("min_current_a", "min_current", number),
    ("max_current_a", "max_current", number),
    ("min_duration_s", "min_duration", whole),
    ("max_duration_s", "max_duration", whole),
)
_HOURS = ("start_time", "end_time", "day_of_week", "start_date", "end_date")
_RESTRICTIONS = {*_HOURS, "reservation", *(name for _, name, _ in BOUNDS)}
_PRICES = {"currency", "elements", "min_price", "max_price", "tax_included"}
NOT_APPLICABLE = "N/A"


def read_tariff(body: Any) -> OcpiTariff:
    """Read a tariff of either version: that of 2.3.0 says whether taxes are included. Raises `MalformedOcpi`.

    Energy is told apart by interpolation where its price changes, as OCPI lets it be.
    """
    tariff = node(body)
    version = OcpiVersion.V2_3_0 if tariff.has("tax_included") else OcpiVersion.V2_2_1
    included = tariff.find("tax_included", one_of("YES", "NO", NOT_APPLICABLE)) or "NO"
    about = {name: value for name, value in body.items() if name not in _PRICES}
    if included == NOT_APPLICABLE:
        about["tax_included"] = included
    elements, percent = _hoisted(tuple(_element(one) for one in tariff.nodes("elements")))
    with at("/"):
        prices = Prices(
            currency=tariff.read("currency", text),
            include_vat=included == "YES",
            vat_percent=percent,
            elements=elements,
            minimum=_limit(tariff, "min_price", version),
            maximum=_limit(tariff, "max_price", version),
            switching=Switching.INTERPOLATED,
        )
    return OcpiTariff(prices=prices, version=version, about=about)


def _hoisted(elements: tuple[TariffElement, ...]) -> tuple[tuple[TariffElement, ...], Decimal]:
    """A VAT rate that all prices share is the tariff's. Otherwise that is zero, and a price without a rate
    has none."""
    rates = {price.vat_percent for element in elements for price in element.prices}
    if len(rates) > 1 or not any(rates):
        return elements, Decimal(0)
    (rate,) = rates
    assert rate is not None
    return tuple(
        attrs.evolve(one, prices=tuple(attrs.evolve(price, vat_percent=None) for price in one.prices))
        for one in elements
    ), rate


def _element(element: Node) -> TariffElement:
    element.only({"price_components", "restrictions"})
    asked = Restrictions()
    if element.has("restrictions"):
        asked = _restrictions(node(element.fields["restrictions"], f"{element.pointer}/restrictions"))
    meanings = DIMENSIONS if asked.reservation is None else RESERVED
    with at(f"{element.pointer}/price_components"):
        prices = tuple(_price(one, meanings) for one in element.nodes("price_components"))
        return TariffElement(prices=prices, restrictions=asked)


def _price(component: Node, meanings: Mapping[str, Dimension]) -> Price:
    component.only({"type", "price", "vat", "step_size"})
    with at(component.pointer):
        return Price(
            dimension=meanings[component.read("type", one_of(*meanings))],
            amount=component.read("price", number),
            step=component.read("step_size", whole),
            vat_percent=component.find("vat", number),
        )


def _restrictions(asked: Node) -> Restrictions:
    asked.only(_RESTRICTIONS)
    reservation = asked.find("reservation", one_of(*RESERVATIONS))
    bounds: dict[str, Any] = {ours: asked.find(theirs, reader) for ours, theirs, reader in BOUNDS}
    with at(asked.pointer):
        return Restrictions(
            hours=_hours(asked) if any(asked.has(name) for name in _HOURS) else None,
            reservation=None if reservation is None else RESERVATIONS[reservation],
            **bounds,
        )


def _hours(asked: Node) -> LocalHours:
    days = asked.find("day_of_week", words(*(one.name for one in Weekday))) or ()
    return LocalHours(
        since=asked.find("start_time", text),
        until=asked.find("end_time", text),
        weekdays=tuple(Weekday[name] for name in days),
        first_day=asked.find("start_date", day),
        end_day=asked.find("end_date", day),
    )


def _limit(tariff: Node, name: str, version: OcpiVersion) -> PriceLimit | None:
    if not tariff.has(name):
        return None
    before, after = LIMITS[version]
    limit = node(tariff.fields[name], f"/{name}")
    limit.only({before, after})
    with at(f"/{name}"):
        return PriceLimit(before_tax=limit.read(before, number), after_tax=limit.find(after, number))
