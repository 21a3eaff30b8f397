"""Meters that lie, and meter values in another shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.quirks.quirk import Call, Change, Memory, Quirk
from emobility_adapters.ocpp.simulation.quirks.values import meter_values, registers, samples
from emobility_adapters.ocpp.simulation.samples import CURRENT, energy_value

_BELOW_WH = 4_900


def _values(change: Callable[[Memory, Payload], None]) -> Change:
    """Alter MeterValues alone."""

    def altered(memory: Memory, action: str, payload: Payload) -> Payload:
        if action == "MeterValues":
            change(memory, payload)
        return payload

    return altered


def _register(change: Callable[[Memory, int, int], str]) -> Change:
    """Alter the energy register of MeterValues: from the connector and the true watt-hours."""

    def altered(memory: Memory, payload: Payload) -> None:
        for one in registers(payload):
            one["value"] = change(memory, payload["connectorId"], int(one["value"]))

    return _values(altered)


def _stop(change: Callable[[int, int], int]) -> Change:
    """Alter meterStop: from the true registers at start and stop."""

    def altered(memory: Memory, action: str, payload: Payload) -> Payload:
        if action == "StopTransaction":
            payload["meterStop"] = change(memory.last_start_wh, payload["meterStop"])
            payload.pop("transactionData", None)
        return payload

    return altered


def _session_meter(memory: Memory, action: str, payload: Payload) -> Payload:
    if action == "StartTransaction":
        payload["meterStart"] = 0
    elif action == "StopTransaction":
        payload["meterStop"] -= memory.last_start_wh
        payload.pop("transactionData", None)
    elif action == "MeterValues":
        for one in registers(payload):
            one["value"] = str(max(0, int(one["value"]) - memory.starts.get(payload["connectorId"], 0)))
    return payload


def _as_object(memory: Memory, payload: Payload) -> None:
    payload["meterValue"] = meter_values(payload)[0]


def _empty(memory: Memory, payload: Payload) -> None:
    for value in meter_values(payload):
        value["sampledValue"] = []


def _more(*further: Payload) -> Change:
    def altered(memory: Memory, payload: Payload) -> None:
        for value in meter_values(payload):
            value["sampledValue"] += [dict(one) for one in further]

    return _values(altered)


def _line_break(memory: Memory, payload: Payload) -> None:
    for one in samples(payload):
        one["measurand"] += "\n"


def _exported(memory: Memory, payload: Payload) -> None:
    for one in samples(payload):
        if one["measurand"] == CURRENT:
            one["measurand"] = "Current.Export"


def _to_neutral(memory: Memory, payload: Payload) -> None:
    for one in samples(payload):
        if one["measurand"] == CURRENT and "phase" in one:
            one["phase"] += "-N"


def _in_kwh(memory: Memory, payload: Payload) -> None:
    for one in registers(payload):
        one["value"], one["unit"] = f"{int(one['value']) / 1000:.3f}", "kWh"


def _after_stop(memory: Memory, action: str, payload: Payload) -> Iterator[Call]:
    if action == "StopTransaction":
        connector = next(reversed(memory.starts), 1)
        value = energy_value(memory.now(), payload["meterStop"], "Transaction.End")
        values: Payload = {"connectorId": connector, "meterValue": [value]}
        if "transactionId" in payload:
            values["transactionId"] = payload["transactionId"]
        yield "MeterValues", values


_ENVELOPE = json.dumps(
    {"signedMeterData": "c2ltdWxhdGVk", "encodingMethod": "OCMF", "publicKey": "c2ltdWxhdGVk"}
)

METERS = (
    Quirk(
        name="object-instead-of-list",
        summary="sends its one meter value bare, not in a list",
        change=_values(_as_object),
    ),
    Quirk(
        name="empty-samples",
        summary="sends meter values without a single sampled value",
        change=_values(_empty),
    ),
    Quirk(
        name="foreign-units",
        summary="sends frequencies in Hz and Hertz, and degrees Celsius misspelt",
        change=_more(
            {"value": "49.97", "measurand": "Frequency", "unit": "Hz"},
            {"value": "50.0", "measurand": "Frequency", "unit": "Hertz"},
            {"value": "21", "measurand": "Temperature", "unit": "Celcius"},
        ),
    ),
    Quirk(
        name="unknown-context",
        summary="sends samples in a context that OCPP does not know",
        change=_more({"value": "16.000", "context": "CurrentMax", "unit": "A"}),
    ),
    Quirk(
        name="line-break-in-measurand",
        summary="ends the name of each measurand with a line break",
        change=_values(_line_break),
    ),
    Quirk(
        name="kwh-labelled-wh",
        summary="sends kilowatt-hours and labels them watt-hours",
        change=_register(lambda memory, connector, wh: str(wh // 1000)),
    ),
    Quirk(
        name="values-in-kwh",
        summary="sends its register in kilowatt-hours with decimals",
        change=_values(_in_kwh),
    ),
    Quirk(
        name="export-for-import",
        summary="calls the charging current exported",
        change=_values(_exported),
    ),
    Quirk(
        name="current-to-neutral",
        summary="gives a phase of a current as line to neutral",
        change=_values(_to_neutral),
    ),
    Quirk(
        name="meter-drops-to-zero",
        summary="sends 0 instead of the register every second time",
        change=_register(
            lambda memory, connector, wh: "0" if memory.count("registers sent") % 2 == 0 else str(wh)
        ),
    ),
    Quirk(
        name="session-meter",
        summary="counts each session from zero",
        change=_session_meter,
    ),
    Quirk(
        name="zero-based-values",
        summary="counts meter values from zero, but starts and stops by the lifetime register",
        change=_register(lambda memory, connector, wh: str(max(0, wh - memory.starts.get(connector, 0)))),
    ),
    Quirk(
        name="stop-below-start",
        summary="stops with a register below that of the start",
        change=_stop(lambda start, stop: max(0, start - _BELOW_WH)),
    ),
    Quirk(
        name="stop-equals-start",
        summary="stops with the register of the start",
        change=_stop(lambda start, stop: start),
    ),
    Quirk(
        name="stop-rounded-up",
        summary="cuts the register off at the start and rounds it up at the stop",
        change=_stop(lambda start, stop: stop + 1),
    ),
    Quirk(
        name="values-after-stop",
        summary="sends the last meter values after the stop",
        after=_after_stop,
    ),
    Quirk(
        name="signed-values",
        summary="sends signed data as JSON text within a value",
        change=_more({"value": _ENVELOPE, "format": "SignedData", "context": "Sample.Periodic"}),
    ),
)
