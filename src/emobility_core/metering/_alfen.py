"""ALFEN: `AP;type;3;key;data set;signature;` in base32, one reading a record, on secp192r1.

Source: the documentation of the format by Chargy, and the reader of the transparency software of SAFE e.V.
Whether a reading is the first or the last stands outside of what is signed: session, order and register are
inside, and a letter that was changed makes the bill smaller at most.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from emobility_core.instants import instant
from emobility_core.metering._curve import Curve
from emobility_core.metering._record import (
    Assignment,
    Device,
    Moment,
    Page,
    SignedReading,
    SignedRecord,
    Statement,
    TimeStatus,
    UnreadableRecord,
)

HEADER = "AP;"
_LONGEST = 1_000
_DATA_SET, _SIGNATURE = 82, 48
_MOMENTS: Mapping[str, Moment] = {"0": Moment.BEGIN, "1": Moment.END, "2": Moment.CHARGING}
# DLMS: the number of the unit Wh.
_WATT_HOURS = 0x1E
# Of the status words of meter (bits 0 to 15) and adapter (16 to 31): EEPROM, data flash; fatal error, begin
# and end of different readings, memory, communication with the meter.
_FAULTS = sum(1 << bit for bit in (1, 2, 16, 26, 30, 31))
_CLOCK_FAULT = 1 << 0


def read_alfen(text: str) -> SignedRecord:
    """Take a record apart as it was received; raise `UnreadableRecord` with the reason for anything else."""
    text = text.strip()
    parts = text.removesuffix(";").split(";")
    if len(text) > _LONGEST or len(parts) != 6 or parts[0] != "AP" or parts[1] not in _MOMENTS:
        raise UnreadableRecord("not-alfen")
    if parts[2] != "3":
        raise UnreadableRecord("unknown-version")
    signed = _base32(parts[4])
    if signed is None or len(signed) != _DATA_SET:
        raise UnreadableRecord("no-data-set")
    signature = _base32(parts[5])
    return SignedRecord(
        format="ALFEN",
        text=text,
        signed=signed,
        algorithm="ECDSA-secp192r1-SHA256",
        curve=Curve.SECP192R1,
        signature=signature if signature is not None and len(signature) == _SIGNATURE else None,
        reader=partial(read_data_set, _MOMENTS[parts[1]]),
        carried_key=parts[3] or None,
    )


def read_data_set(moment: Moment, signed: bytes) -> Statement:
    """What the 82 bytes of a data set say, of a reading at this moment."""
    status = int.from_bytes(signed[26:30], "little")
    user = signed[54:74].rstrip(b"\0").decode("latin-1")
    return Statement(
        version="3",
        device=Device(meter=signed[16:26].hex().upper(), gateway=signed[:10].hex().upper()),
        page=Page("T", int.from_bytes(signed[78:82], "little")),
        assignment=Assignment(assigned=bool(user), level=None, kind=None, id=user or None, tariff_text=None),
        session=str(int.from_bytes(signed[74:78], "little")),
        readings=(
            SignedReading(
                moment=moment,
                at=instant(datetime.fromtimestamp(int.from_bytes(signed[34:38], "little"), UTC)),
                # Nothing is said of how good the clock is.
                time_status=TimeStatus.INFORMATIVE,
                value=_value(signed),
                obis="{}-{}:{:X}.{}.{}*{}".format(*signed[38:44]),
                unit="Wh" if signed[44] == _WATT_HOURS else f"0x{signed[44]:02x}",
                current=None,
                flags="t" if status & _CLOCK_FAULT else "",
                status="E" if status & _FAULTS else "G",
            ),
        ),
    )


def _value(signed: bytes) -> Decimal:
    value = int.from_bytes(signed[46:54], "little", signed=True)
    scalar = int.from_bytes(signed[45:46], signed=True)
    if abs(value) >= 10**18 or abs(scalar) > 9:
        raise UnreadableRecord("number-out-of-range", "value")
    return Decimal(f"{value}e{scalar}")


def _base32(text: str) -> bytes | None:
    try:
        return base64.b32decode(text)
    except ValueError:
        return None
