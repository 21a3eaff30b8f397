"""EDL40: a reading in SML, signed over 320 bytes that are made of its fields, on secp192r1.

Source: the reader of the transparency software of SAFE e.V., after the FNN's specification of the EDL and
EMH's of the customer's identification. What other makers sign in SML is kept as it came.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from decimal import Decimal

from emobility_core.metering._curve import Curve
from emobility_core.metering._encodings import decoded
from emobility_core.metering._record import (
    Assignment,
    Device,
    Page,
    SignedReading,
    SignedRecord,
    Statement,
    TimeStatus,
    UnreadableRecord,
)
from emobility_core.metering._sml import NotSml, get_list_response

_CONTRACT, _PAGE, _SECONDS, _VALUE = (
    bytes.fromhex(name) for name in ("8182815401ff", "8180817101ff", "810060080001", "0100011100ff")
)
_WATT_HOURS = 0x1E
# r and s, then two bytes of the meter's log, which are signed as well.
_SIGNATURE = 50
# What is signed, in the order of its bytes; the rest of the 320 is zero.
_LAYOUT = struct.Struct("<10sIBII6sBbq2s128sI147x")


def read_edl(text: str) -> SignedRecord | None:
    """Take a record apart as it was received; None for SML or XML that is not built like this."""
    content = decoded(text)
    if content is None:
        return None
    try:
        signed, signature = _signed(get_list_response(content))
    except (NotSml, struct.error):
        return None
    return SignedRecord(
        format="EDL",
        text=text,
        signed=signed,
        algorithm="ECDSA-secp192r1-SHA256",
        curve=Curve.SECP192R1,
        signature=signature,
        reader=read_signed_fields,
    )


def _signed(body: list[object]) -> tuple[bytes, bytes]:
    match body:
        case [_, bytes(server), _, _, list(entries), bytes(signature), _] if len(signature) == _SIGNATURE:
            pass
        case _:
            raise NotSml("no signed list")
    found: dict[bytes, list[object]] = {}
    for entry in entries:
        match entry:
            case [bytes(name), _, _, _, _, _, _] if name not in found:
                found[name] = entry
            case _:
                raise NotSml("an entry without a name, or twice")
    if not {_CONTRACT, _PAGE, _SECONDS, _VALUE} <= found.keys():
        raise NotSml("another list")
    return _packed(server, found, signature[-2:]), signature[:-2]


def _packed(server: bytes, found: Mapping[bytes, list[object]], log: bytes) -> bytes:
    match found[_VALUE], found[_SECONDS], found[_PAGE], found[_CONTRACT]:
        case (
            [_, int(status), at, int(unit), int(scaler), int(value), _],
            [_, _, _, _, _, [_, [_, int(seconds)]], _],
            [_, _, _, _, _, int(page), _],
            [_, _, named_at, _, _, bytes() | None as contract, _],
        ):
            if len(server) != 10 or len(contract or b"") > 128:
                raise NotSml("a field of another length")
            return _LAYOUT.pack(
                server, _local(at), status & 0xFF, seconds, page, _VALUE, unit, scaler, value, log,
                contract or b"", _local(named_at),
            )  # fmt: skip
    raise NotSml("a field of another kind")


def _local(time: object) -> int:
    """The local time of the meter, as which it is signed."""
    match time:
        case [int(), [int(seconds), int(offset), int(season)]]:
            return seconds + 60 * (offset + season)
    raise NotSml("another time")


def read_signed_fields(signed: bytes) -> Statement:
    """What the 320 bytes say.

    Neither whether a reading is the first or the last, nor the offset of the meter's clock, is among them: a
    local time without its offset names no instant, and nothing is billed by such a reading alone.
    """
    server, _, _, _, page, obis, unit, scaler, value, _, contract, _ = _LAYOUT.unpack(signed)
    user = contract.rstrip(b"\0").decode("latin-1")
    if abs(value) >= 10**18 or abs(scaler) > 9:
        raise UnreadableRecord("number-out-of-range", "value")
    return Statement(
        version=None,
        device=Device(meter=server.hex().upper()),
        page=Page("T", page),
        assignment=Assignment(assigned=bool(user), level=None, kind=None, id=user or None, tariff_text=None),
        readings=(
            SignedReading(
                moment=None,
                at=None,
                time_status=TimeStatus.UNKNOWN,
                value=Decimal(f"{value}e{scaler}"),
                obis="{}-{}:{:X}.{}.{}*{}".format(*obis),
                unit="Wh" if unit == _WATT_HOURS else f"0x{unit:02x}",
                current=None,
                flags="",
                status=None,
            ),
        ),
    )
