"""Texts that are too long, empty or unprintable, and messages that nobody expects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.quirks.quirk import Call, Change, Memory, Quirk
from emobility_adapters.ocpp.simulation.transaction import wire_time

_STALE = ("Available", "Preparing", "Charging", "Finishing") * 2


def _with(action: str, **fields: str) -> Change:
    """Set fields of one message."""

    def change(memory: Memory, sent: str, payload: Payload) -> Payload:
        return payload | fields if sent == action else payload

    return change


def _boots_twice(memory: Memory, action: str, payload: Payload) -> Iterator[Call]:
    if action == "BootNotification":
        yield action, payload


def _custom(memory: Memory, action: str, payload: Payload) -> Iterator[Call]:
    if action == "BootNotification":
        yield "CustomOperation", {}


def _security_events(memory: Memory, action: str, payload: Payload) -> Iterator[Call]:
    if action == "BootNotification":
        for days in range(24, 0, -1):
            yield (
                "SecurityEventNotification",
                {
                    "type": "StartupOfTheDevice",
                    "timestamp": wire_time(memory.now() - timedelta(days=days)),
                    "techInfo": "The station has started",
                },
            )


def _stale(memory: Memory, action: str, payload: Payload) -> Iterator[Call]:
    if action != "StatusNotification" or payload.get("connectorId") != 1 or not memory.fresh:
        return
    memory.fresh = False
    for minutes, status in zip(range(40, 0, -5), _STALE, strict=True):
        at = wire_time(memory.now() - timedelta(minutes=minutes))
        yield action, {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": at}


TEXTS = (
    Quirk(
        name="long-serials",
        summary="gives serial numbers beyond 25 characters when it boots",
        change=_with(
            "BootNotification",
            chargeBoxSerialNumber="SIMULATED-BOX-0123456789-0123456789",
            chargePointSerialNumber="SIMULATED-0123456789-012345",
        ),
    ),
    Quirk(
        name="long-model",
        summary="gives a model name beyond 20 characters when it boots",
        change=_with("BootNotification", chargePointModel="Simulated station model"),
    ),
    Quirk(
        name="boots-twice",
        summary="sends its BootNotification again although it was accepted",
        after=_boots_twice,
    ),
    Quirk(
        name="unknown-error-codes",
        summary="gives an error code that OCPP does not know",
        change=_with("StatusNotification", errorCode="Error"),
    ),
    Quirk(
        name="json-in-info",
        summary="writes JSON into the info of a status, and a vendor's code of 32 digits",
        change=_with(
            "StatusNotification",
            info='{"why":"plugged in","volts":0,"ohms":0,"further":"words"}',
            vendorErrorCode="0" * 32,
        ),
    ),
    Quirk(
        name="null-as-text",
        summary="writes the word null into texts that it has nothing to say in",
        change=_with("StatusNotification", info="null", vendorErrorCode="0x0000"),
    ),
    Quirk(
        name="nul-in-string",
        summary="sends bytes of zero within a text",
        change=_with("StatusNotification", info="\0\0"),
        rewrite=lambda frame: frame.replace(b"\\u0000", b"\0"),
    ),
    Quirk(
        name="custom-operation",
        summary="sends an action that is not in OCPP after it has booted",
        after=_custom,
    ),
    Quirk(
        name="security-events-queued",
        summary="sends two dozen old security events at once after it has booted",
        after=_security_events,
    ),
    Quirk(
        name="stale-status-first",
        summary="sends eight statuses of the past before the present one when it comes back",
        before=_stale,
    ),
)
