"""Prices to OCPI tariffs; what OCPI cannot say is refused, never left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from emobility_adapters.ocpi.faults import NotExpressibleInOcpi
from emobility_adapters.ocpi.tariff import BOUNDS, DIMENSIONS, LIMITS, RESERVATIONS, RESERVED, OcpiVersion
from emobility_core.tariffs import (
    Dimension,
    LocalHours,
    Price,
    PriceLimit,
    Prices,
    Restrictions,
    Switching,
    TariffElement,
)

_TYPES = {dimension: name for name, dimension in (*DIMENSIONS.items(), *RESERVED.items())}
_RESERVED = frozenset(RESERVED.values())
_RESERVATIONS = {kind: name for name, kind in RESERVATIONS.items()}


def write_tariff(
    prices: Prices, version: OcpiVersion = OcpiVersion.V2_3_0, about: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The JSON of a tariff; `about` is what else it says of itself. Raises `NotExpressibleInOcpi`.

    The simple prices become a last element, in which energy counts in steps of a watt-hour, the finest that
    OCPI has.
    """
    _refuse_others(prices, version)
    elements = [_element(one, prices, f"/elements/{place}") for place, one in enumerate(prices.elements)]
    if simple := list(_simple(prices)):
        elements.append({"price_components": simple})
    if not elements:
        raise NotExpressibleInOcpi("/elements", "a tariff without any price")
    tariff = {**(about or {}), "currency": prices.currency, "elements": elements}
    for name, limit in (("min_price", prices.minimum), ("max_price", prices.maximum)):
        if limit is not None:
            tariff[name] = _limit(limit, version, f"/{name}")
    if version is OcpiVersion.V2_3_0:
        tariff["tax_included"] = "YES" if prices.include_vat else (about or {}).get("tax_included", "NO")
    return tariff


def _refuse_others(prices: Prices, version: OcpiVersion) -> None:
    for holds, what in (
        (
            prices.include_vat and version is OcpiVersion.V2_2_1,
            "gross prices: 2.2.1 has net ones alone",
        ),
        (prices.blocking is not None, "a blocking fee with a time of grace and bounds"),
        (bool(prices.periodic), "a periodic fee"),
        # OCPI rounds charging or parking time, whichever came last, and not both together.
        (bool(prices.per_minute), "each started minute of connected time"),
    ):
        if holds:
            raise NotExpressibleInOcpi("/elements", what)
    for place, element in enumerate(prices.elements):
        if foreign := _foreign(element, prices.switching):
            raise NotExpressibleInOcpi(f"/elements/{place}", foreign)


def _foreign(element: TariffElement, switching: Switching) -> str | None:
    """What of an element OCPI does not have."""
    asked, dimensions = element.restrictions, {price.dimension for price in element.prices}
    if Dimension.CONNECTED_TIME in dimensions:
        return "connected time"
    if len({one in _RESERVED for one in dimensions} | {asked.reservation is not None}) > 1:
        return "prices of sessions and of reservations in one element"
    changing = asked.hours is not None or asked.lasting or asked.momentary
    if changing and Dimension.ENERGY in dimensions and switching is not Switching.INTERPOLATED:
        return "energy that is not told apart where its price changes"
    return None


def _element(element: TariffElement, prices: Prices, pointer: str) -> dict[str, Any]:
    components = [_component(_TYPES[price.dimension], price, prices) for price in element.prices]
    asked = _restrictions(element.restrictions, f"{pointer}/restrictions")
    return {"price_components": components} | ({"restrictions": asked} if asked else {})


def _simple(prices: Prices) -> Iterator[dict[str, Any]]:
    for kind, dimension, amount in (
        ("FLAT", Dimension.SESSION, prices.per_session),
        ("ENERGY", Dimension.ENERGY, prices.per_kwh),
    ):
        if amount:
            yield _component(kind, Price(dimension=dimension, amount=amount, step=1), prices)


def _component(kind: str, price: Price, prices: Prices) -> dict[str, Any]:
    percent = price.vat_percent if price.vat_percent is not None else prices.vat_percent or None
    vat = {} if percent is None else {"vat": json_number(percent)}
    return {"type": kind, "price": json_number(price.amount), **vat, "step_size": price.step}


def _restrictions(asked: Restrictions, pointer: str) -> dict[str, Any]:
    if asked.power_classes or asked.connector_types:
        raise NotExpressibleInOcpi(pointer, "the kind of connector: OCPI names tariffs at connectors")
    told = {} if asked.hours is None else _hours(asked.hours, pointer)
    for ours, theirs, _ in BOUNDS:
        bound = getattr(asked, ours)
        if bound is not None:
            told[theirs] = json_number(Decimal(bound))
    if asked.reservation is not None:
        told["reservation"] = _RESERVATIONS[asked.reservation]
    return told


def _hours(hours: LocalHours, pointer: str) -> dict[str, Any]:
    if hours.holidays is not None:
        raise NotExpressibleInOcpi(pointer, "holidays")
    told = {
        "start_time": hours.since,
        "end_time": hours.until,
        "start_date": None if hours.first_day is None else hours.first_day.isoformat(),
        "end_date": None if hours.end_day is None else hours.end_day.isoformat(),
        "day_of_week": [one.name for one in hours.weekdays] or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _limit(limit: PriceLimit, version: OcpiVersion, pointer: str) -> dict[str, Any]:
    before, after = LIMITS[version]
    if limit.before_tax is None:
        raise NotExpressibleInOcpi(pointer, "a limit after tax alone")
    told = {before: json_number(limit.before_tax)}
    return told if limit.after_tax is None else told | {after: json_number(limit.after_tax)}


def json_number(exact: Decimal) -> int | float:
    """A JSON number that is read back as the same decimal; raise `NotExpressibleInOcpi` for one with more
    digits than numbers in JSON are sure to keep."""
    if exact == exact.to_integral_value():
        return int(exact)
    if Decimal(repr(float(exact))) != exact:
        raise NotExpressibleInOcpi("/elements", f"a number with as many digits as {exact}")
    return float(exact)
