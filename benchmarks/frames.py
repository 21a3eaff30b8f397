"""OCPP 1.6J calls as ready-made WebSocket frames, so that the load generator hardly computes.

Client frames must be masked (RFC 6455, 5.3); the mask here is zero, so the payload stays as built.
A server unmasks it all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

FRAME_BYTES = 736
"""Size of every MeterValues payload, on the echo and on the server alike."""

CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
"""A masked close frame, code 1000."""

_NO_MASK = b"\0\0\0\0"
_SAMPLES = (
    ("Current.Import", "L1", "15.8", "A"),
    ("Current.Import", "L2", "15.7", "A"),
    ("Current.Import", "L3", "15.9", "A"),
    ("Voltage", "L1-N", "229.7", "V"),
    ("Voltage", "L2-N", "230.4", "V"),
    ("Voltage", "L3-N", "231.0", "V"),
)


class Call(NamedTuple):
    """A frame to send, and how the payload that answers it begins."""

    frame: bytes
    answer: bytes


def text_frame(payload: bytes, opcode: int = 0x1) -> bytes:
    """One complete, masked frame around a payload of less than 64 KiB."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + _NO_MASK + payload
    return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + _NO_MASK + payload


def call(message_id: str, action: str, payload: Mapping[str, object]) -> Call:
    """An OCPP call; the answer must carry the same message id."""
    text = json.dumps([2, message_id, action, payload], separators=(",", ":")).encode()
    return Call(text_frame(text), b'[3,"' + message_id.encode())


def timestamp(minutes_ago: int = 0) -> str:
    """Now or a while ago, as stations write it; always 24 characters."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


class MeterFrames:
    """MeterValues of one running transaction: seven samples, exactly 736 bytes, each one different.

    The message id takes up what the transaction id leaves. `echoed` expects the frame itself back.
    """

    def __init__(self, transaction_id: int, *, echoed: bool = False) -> None:
        text = json.dumps(_meter_values(transaction_id), separators=(",", ":"))
        between, after = text.split("<at>")
        to_register, tail = after.split("<register>")
        fixed = len('[2,"","MeterValues",]') + len(text) - len("<at><register>") + 24 + 7
        self._id_width = FRAME_BYTES - fixed
        if not 8 <= self._id_width <= 36:
            raise ValueError(f"a message id of {self._id_width} characters does not fit OCPP 1.6J")
        self._head = text_frame(b" " * FRAME_BYTES)[:-FRAME_BYTES] + b'[2,"'
        self._to_time = b'","MeterValues",' + between.encode()
        self._to_register = to_register.encode()
        self._tail = tail.encode() + b"]"
        self._answer = b'[2,"' if echoed else b'[3,"'

    def next(self, number: int, at: bytes, register_wh: int) -> Call:
        """The frame number `number`: message id, time (24 bytes) and register (seven digits) vary."""
        message_id = b"%0*d" % (self._id_width, number)
        frame = b"%b%b%b%b%b%d%b" % (
            self._head, message_id, self._to_time, at, self._to_register, register_wh, self._tail
        )  # fmt: skip
        return Call(frame, self._answer + message_id)


def _meter_values(transaction_id: int) -> Mapping[str, object]:
    energy = {
        "value": "<register>",
        "context": "Sample.Periodic",
        "measurand": "Energy.Active.Import.Register",
        "unit": "Wh",
    }
    others = [
        {"value": value, "measurand": measurand, "phase": phase, "unit": unit, **_place(measurand)}
        for measurand, phase, value, unit in _SAMPLES
    ]
    meter_value = [{"timestamp": "<at>", "sampledValue": [energy, *others]}]
    return {"connectorId": 1, "transactionId": transaction_id, "meterValue": meter_value}


def _place(measurand: str) -> Mapping[str, str]:
    return {"location": "Outlet"} if measurand.startswith("Current") else {}
