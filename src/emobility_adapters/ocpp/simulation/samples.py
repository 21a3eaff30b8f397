"""Meter values as a station reports them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.transaction import wire_time

ENERGY = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"
VOLTAGE = "Voltage"
SOC = "SoC"
OFFERED = "Power.Offered"
# All that OCPP 1.6, 7.31, names; a station reports those that its meter has.
MEASURANDS = frozenset(
    f"{quantity}.{direction}"
    for quantity, directions in {
        "Current": ("Export", "Import", "Offered"),
        "Energy.Active.Export": ("Register", "Interval"),
        "Energy.Active.Import": ("Register", "Interval"),
        "Energy.Reactive.Export": ("Register", "Interval"),
        "Energy.Reactive.Import": ("Register", "Interval"),
        "Power.Active": ("Export", "Import"),
        "Power.Reactive": ("Export", "Import"),
        "Power": ("Factor", "Offered"),
    }.items()
    for direction in directions
) | {"Frequency", "RPM", "SoC", "Temperature", "Voltage"}

_PHASES = ("L1", "L2", "L3")


def energy_value(at: datetime, meter_wh: int, context: str) -> Payload:
    """One meter value with the energy register alone."""
    return {"timestamp": wire_time(at), "sampledValue": [_sample(ENERGY, str(meter_wh), "Wh", context)]}


def meter_value(connector: Connector, at: datetime, measurands: Collection[str], context: str) -> Payload:
    """What the meter of `connector` shows at `at`, as far as `measurands` asks for it."""
    values = [
        *_energy_and_power(connector, context),
        *_currents(connector, context),
        *_voltages(connector, context),
    ]
    if connector.kind.is_dc:
        values.append(_sample(SOC, f"{connector.soc_percent:.0f}", "Percent", context, location="EV"))
    chosen = [value for value in values if value["measurand"] in measurands]
    return {"timestamp": wire_time(at), "sampledValue": chosen or values[:1]}


def _energy_and_power(connector: Connector, context: str) -> list[Payload]:
    return [
        _sample(ENERGY, str(connector.meter_wh), "Wh", context),
        _sample(POWER, str(connector.power_w), "W", context),
        _sample(OFFERED, str(connector.offered_w), "W", context),
    ]


def _currents(connector: Connector, context: str) -> list[Payload]:
    value = f"{connector.kind.current_a(connector.power_w):.1f}"
    if connector.kind.is_dc:
        return [_sample(CURRENT, value, "A", context)]
    return [_sample(CURRENT, value, "A", context, phase=phase) for phase in _phases(connector)]


def _voltages(connector: Connector, context: str) -> list[Payload]:
    value = f"{connector.kind.voltage_v:.1f}"
    if connector.kind.is_dc:
        return [_sample(VOLTAGE, value, "V", context)]
    return [_sample(VOLTAGE, value, "V", context, phase=f"{phase}-N") for phase in _phases(connector)]


def _phases(connector: Connector) -> tuple[str, ...]:
    return _PHASES[: connector.kind.phases]


def _sample(
    measurand: str, value: str, unit: str, context: str, *, phase: str | None = None, location: str = "Outlet"
) -> Payload:
    sample = {
        "value": value,
        "context": context,
        "format": "Raw",
        "measurand": measurand,
        "location": location,
        "unit": unit,
    }
    return sample if phase is None else sample | {"phase": phase}
