"""Finding the parts of a payload that quirks alter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.samples import ENERGY


def meter_values(payload: Payload) -> list[Payload]:
    """The meter values of a MeterValues, also where another quirk has taken them out of their list."""
    values = payload.get("meterValue", [])
    return values if isinstance(values, list) else [values]


def samples(payload: Payload) -> Iterator[Payload]:
    """Every sampled value of a MeterValues."""
    for value in meter_values(payload):
        yield from value["sampledValue"]


def registers(payload: Payload) -> Iterator[Payload]:
    """Those that show the energy register."""
    return (one for one in samples(payload) if one.get("measurand") == ENERGY)


def change_times(payload: Payload, change: Callable[[str], str]) -> Payload:
    """The payload with every timestamp in it changed, wherever it stands."""
    for name, value in payload.items():
        if name == "timestamp":
            payload[name] = change(value)
        else:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    change_times(one, change)
    return payload
