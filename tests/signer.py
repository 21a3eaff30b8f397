"""Meters that sign as real ones do: deterministic keys on every curve, made with the library `ecdsa`."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import attrs
from ecdsa import BRAINPOOLP256r1, BRAINPOOLP384r1, NIST192p, NIST256p, NIST384p, SECP256k1, SigningKey
from ecdsa.curves import Curve as Parameters
from ecdsa.util import sigencode_der, sigencode_strings

from emobility_adapters.signatures.koblitz import SECP192K1
from emobility_core.metering import Curve

PARAMETERS: Mapping[Curve, Parameters] = {
    Curve.SECP192K1: SECP192K1,
    Curve.SECP192R1: NIST192p,
    Curve.SECP256K1: SECP256k1,
    Curve.SECP256R1: NIST256p,
    Curve.BRAINPOOLP256R1: BRAINPOOLP256r1,
    Curve.SECP384R1: NIST384p,
    Curve.BRAINPOOLP384R1: BRAINPOOLP384r1,
}

BEGIN = "2026-11-30T10:00:00,000+0100 S"
END = "2026-11-30T11:30:00,000+0100 S"


def reading(moment: str, value: object, **changes: object) -> dict[str, object]:
    """A reading of a good meter; a field that is None is left out."""
    fields = {
        "TM": BEGIN if moment == "B" else END,
        "TX": moment,
        "RV": value,
        "RI": "1-b:1.8.0",
        "RU": "kWh",
        "RT": "AC",
        "EF": "",
        "ST": "G",
    } | changes
    return {name: field for name, field in fields.items() if field is not None}


def payload(*readings: Mapping[str, object], **changes: object) -> dict[str, object]:
    """The payload of a record of 12.345 kWh, or of other readings."""
    fields: dict[str, object] = {
        "FV": "1.0",
        "GI": "Signer",
        "GS": "G-1",
        "PG": "T1",
        "MV": "Maker",
        "MS": "M-1",
        "IS": True,
        "IL": "VERIFIED",
        "IF": [],
        "IT": "ISO14443",
        "ID": "04A1B2C3",
        "CT": "EVSEID",
        "CI": "DE*ABC*E1",
        "RD": list(readings) or [reading("B", 100.125), reading("E", 112.47)],
    } | changes
    return {name: field for name, field in fields.items() if field is not None}


@attrs.frozen
class Signer:
    """A meter with a key of its own."""

    curve: Curve = Curve.SECP256R1
    secret: int = 20_261_130

    @property
    def _key(self) -> Any:
        return SigningKey.from_secret_exponent(self.secret, PARAMETERS[self.curve], sha256)

    @property
    def point(self) -> bytes:
        return bytes(self._key.verifying_key.to_string("uncompressed"))

    @property
    def spki(self) -> bytes:
        return bytes(self._key.verifying_key.to_der())

    def numbers(self, message: bytes) -> tuple[int, int]:
        r, s = self._key.sign_deterministic(message, hashfunc=sha256, sigencode=sigencode_strings)
        return int.from_bytes(r), int.from_bytes(s)

    def der(self, message: bytes) -> bytes:
        return bytes(self._key.sign_deterministic(message, hashfunc=sha256, sigencode=sigencode_der))

    def record(self, of: Mapping[str, object] | None = None, /, **section: object) -> str:
        """A record of this payload, signed; `section` changes the signature's."""
        text = json.dumps(payload() if of is None else of, separators=(",", ":"))
        fields = {"SA": f"ECDSA-{self.curve.label}-SHA256", "SD": self.der(text.encode()).hex()} | section
        return f"OCMF|{text}|{json.dumps(fields)}"


def data_set(value: int, **changes: int | str) -> bytes:
    """The 82 bytes of an ALFEN record: a reading in Wh of session 7, of a good meter."""
    told: dict[str, int | str] = {
        "meter": "M-1", "status": 0, "at": 1_796_029_200, "unit": 0x1E, "scalar": 0, "uid": "04A1B2C3",
        "session": 7, "page": 1,
    }  # fmt: skip
    told |= changes
    head = struct.pack(
        "<10s4s2s10sIII", b"A-1", b"v014", b"ok", str(told["meter"]).encode(), told["status"], 9, told["at"]
    )
    middle = bytes([1, 0, 1, 8, 0, 255]) + struct.pack("<Bbq", told["unit"], told["scalar"], value)
    return head + middle + struct.pack("<20sII", str(told["uid"]).encode(), told["session"], told["page"])


def alfen(kind: int, data: bytes, secret: int = 20_261_130) -> str:
    """A record of the format of ALFEN; kind 0 is a begin, 1 an end."""
    signer = Signer(Curve.SECP192R1, secret)
    r, s = signer.numbers(data)
    compressed = bytes([2 + signer.point[-1] % 2]) + signer.point[1:25]
    parts = compressed, data, r.to_bytes(24) + s.to_bytes(24)
    return ";".join(["AP", str(kind), "3", *(base64.b32encode(one).decode() for one in parts), ""])


def _sml(element: object) -> bytes:
    """An element of SML: bytes, (kind, size, number), a list, or None for one that is left out."""
    match element:
        case None:
            return b"\1"
        case bytes():
            size = len(element) + 1
            head = bytes([size]) if size < 16 else bytes([0x80 | (size + 1) >> 4, (size + 1) & 0x0F])
            return head + element
        case (int(kind), int(size), int(number)):
            return bytes([kind | size + 1]) + number.to_bytes(size, signed=kind == 0x50)
        case list():
            return bytes([0x70 | len(element)]) + b"".join(map(_sml, element))
    raise AssertionError(element)


def _local(seconds: int) -> object:
    """Local time two hours ahead, half of it for the summer."""
    return [(0x60, 1, 3), [(0x60, 4, seconds), (0x50, 2, 60), (0x50, 2, 60)]]


def edl(value: int = 15_762, *, leave_out: Sequence[int] = (), secret: int = 20_261_130) -> bytes:
    """A reading in EDL40 with the scaler -1, signed; entries may be left out."""
    server, contract, page, at = b"\t\1EMH\0\0\x11\x22\x33", b"04A1B2C3", 17, 1_796_029_200
    obis, log = bytes.fromhex("0100011100ff"), b"\0\x1d"
    signed = struct.pack(
        "<10sIBII6sBbq2s128sI147x",
        server,
        at + 7_200,
        8,
        99,
        page,
        obis,
        0x1E,
        -1,
        value,
        log,
        contract,
        at + 7_190,
    )
    r, s = Signer(Curve.SECP192R1, secret).numbers(signed)
    u8, u32, i8, i64 = (0x60, 1), (0x60, 4), (0x50, 1), (0x50, 8)
    entries: list[object] = [
        [bytes.fromhex("8182815401ff"), None, _local(at - 10), None, None, contract, None],
        [obis, (*u32, 8), _local(at), (*u8, 0x1E), (*i8, -1), (*i64, value), None],
        [bytes.fromhex("810060080001"), None, None, None, None, [(*u8, 1), [(*u8, 1), (*u32, 99)]], None],
        [bytes.fromhex("8180817101ff"), None, None, None, None, (*u32, page), None],
    ]
    kept = [one for place, one in enumerate(entries) if place not in leave_out]
    body: list[object] = [None, server, obis, None, kept, r.to_bytes(24) + s.to_bytes(24) + log, None]
    head: list[object] = [b"1", (*u8, 0), (*u8, 0)]
    # The last element of a message is the byte 0.
    listed = _sml([*head, [(0x60, 2, 0x0701), body], (0x60, 2, 0)]).replace(b"\x75", b"\x76", 1) + b"\0"
    escape = b"\x1b" * 4
    return escape + b"\1" * 4 + listed.replace(escape, escape * 2) + escape + b"\x1a\0\0\0"
