"""Transactions that are numbered, told or ended in another way, and whose tags are odd."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.quirks.quirk import Call, Change, Memory, Quirk
from emobility_adapters.ocpp.simulation.transaction import wire_time

INT64_MAX = 2**63 - 1
_STRAY = 1_936_029_036
_RESETS = ("SoftReset", "HardReset", "Reboot", "PowerLoss")
_TAG_LENGTH = 21


def _numbered(number: int, *actions: str, always: bool = False) -> Change:
    def change(memory: Memory, action: str, payload: Payload) -> Payload:
        if action in actions and (always or "transactionId" in payload):
            payload["transactionId"] = number
        return payload

    return change


def _stray(memory: Memory, action: str, payload: Payload) -> Payload:
    if action == "MeterValues":
        payload.setdefault("transactionId", _STRAY)
    return payload


def _no_stop(memory: Memory, action: str, payload: Payload) -> Payload | None:
    return None if action == "StopTransaction" else payload


def _forgets(memory: Memory, action: str, payload: Payload) -> Payload | None:
    forgotten = action == "StopTransaction" and payload.get("reason") in _RESETS
    return None if forgotten else payload


def _bare(memory: Memory, action: str, payload: Payload) -> Payload:
    if action == "StopTransaction":
        for name in ("idTag", "reason", "transactionData"):
            payload.pop(name, None)
    return payload


def _extra(memory: Memory, action: str, payload: Payload) -> Payload:
    if action == "Authorize":
        payload["connectorId"] = 1
    elif action == "StopTransaction":
        payload["connectorId"] = 1
        payload["disconnectReason"] = payload.pop("reason", "EVDisconnected")
    return payload


def _long_tag(memory: Memory, action: str, payload: Payload) -> Payload:
    if action == "StopTransaction" and "idTag" in payload:
        payload["idTag"] = payload["idTag"].ljust(_TAG_LENGTH, "-")
    return payload


def vehicle_tag(identity: str) -> str:
    """The tag that a station with `vehicle-as-tag` makes of the car in front of it."""
    return "VID:" + hashlib.sha256(identity.encode()).hexdigest()[:12].upper()


def _tagged(tag: str | None = None) -> Change:
    def change(memory: Memory, action: str, payload: Payload) -> Payload:
        if "idTag" in payload:
            payload["idTag"] = vehicle_tag(memory.identity) if tag is None else memory.identity[:20]
        return payload

    return change


def _reservation(memory: Memory, action: str, payload: Payload) -> Payload:
    if action == "StartTransaction":
        payload.setdefault("reservationId", 0)
    return payload


def _suspended(memory: Memory, action: str, payload: Payload) -> Iterator[Call]:
    if action == "StartTransaction":
        yield (
            "StatusNotification",
            {
                "connectorId": payload["connectorId"],
                "errorCode": "NoError",
                "status": "SuspendedEV",
                "timestamp": wire_time(memory.now()),
                "info": "",
                "vendorId": "simulated",
                "vendorErrorCode": "",
            },
        )


TRANSACTIONS = (
    Quirk(
        name="int64-max-transaction",
        summary="gives the largest number of 64 bits as transaction id of values and stops",
        change=_numbered(INT64_MAX, "MeterValues", "StopTransaction"),
    ),
    Quirk(
        name="values-of-transaction-zero",
        summary="gives 0 as the transaction id of its meter values",
        change=_numbered(0, "MeterValues"),
    ),
    Quirk(
        name="own-transaction-ids",
        summary="numbers its transactions itself, below zero",
        change=_numbered(-3, "MeterValues", "StopTransaction"),
    ),
    Quirk(
        name="stop-with-minus-one",
        summary="gives -1 as the transaction id of every stop",
        change=_numbered(-1, "StopTransaction"),
    ),
    Quirk(
        name="stray-transaction-ids",
        summary="gives a number of nobody with values outside of any transaction",
        change=_stray,
    ),
    Quirk(name="no-stop", summary="never sends a StopTransaction", change=_no_stop),
    Quirk(
        name="forgets-transactions",
        summary="forgets its transactions when it restarts, and sends no stop for them",
        change=_forgets,
    ),
    Quirk(
        name="start-resent",
        summary="sends each start four times without waiting for the answer, under one message id",
        copies=lambda action: 4 if action == "StartTransaction" else 1,
    ),
    Quirk(
        name="bare-stop",
        summary="sends stops without tag, reason and values",
        change=_bare,
    ),
    Quirk(
        name="extra-fields",
        summary="sends fields that are not in the schema, and others by a wrong name",
        change=_extra,
    ),
    Quirk(
        name="long-tag-at-stop",
        summary="fills the tag of a stop up to 21 characters",
        change=_long_tag,
    ),
    Quirk(
        name="vehicle-as-tag",
        summary="gives the car's identifier with a prefix and a colon instead of the card's",
        change=_tagged(),
    ),
    Quirk(
        name="serial-as-tag",
        summary="gives its own serial number instead of a tag",
        change=_tagged("serial"),
    ),
    Quirk(
        name="reservation-zero",
        summary="says reservation 0 where there is none",
        change=_reservation,
    ),
    Quirk(
        name="suspended-before-start",
        summary="reports SuspendedEV, with empty texts, before it starts",
        before=_suspended,
    ),
)
