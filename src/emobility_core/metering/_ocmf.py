"""OCMF: `OCMF|payload|signature`, both JSON; the payload's bytes are what was signed.

Source: Open Charge Metering Format 1.4, SAFE e.V. What real stations do beside it is read as well: a version
or a type as a number, a value as text with leading blanks, a level in the place of the status.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from emobility_core.instants import Instant, NaiveDatetime, instant
from emobility_core.metering._curve import curve_of_algorithm
from emobility_core.metering._json import LONGEST, BadJson, exact, read_object
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

HEADER = "OCMF|"
# Table 22: what counts where the signature section names no algorithm.
_DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"
_MOMENTS: Mapping[str, Moment] = {moment.value: moment for moment in Moment}
_STATUSES: Mapping[str, TimeStatus] = {status.value: status for status in TimeStatus}


def read_ocmf(text: str) -> SignedRecord:
    """Take a record apart as it was received; raise `UnreadableRecord` with the reason for anything else."""
    text = text.strip()
    if len(text) > LONGEST:
        raise UnreadableRecord("too-large")
    # A bar cannot occur inside of a section. The fourth, a key, was withdrawn; stations still send it.
    header, *sections = text.split("|")
    if header != "OCMF" or len(sections) not in (2, 3):
        raise UnreadableRecord("not-ocmf")
    try:
        signed = sections[0].encode()
    except UnicodeEncodeError:
        raise UnreadableRecord("not-unicode") from None
    algorithm, data, encoding = _texts(_object(sections[1]), _SIGNATURE_TEXTS)
    algorithm = algorithm or _DEFAULT_ALGORITHM
    return SignedRecord(
        format="OCMF",
        text=text,
        signed=signed,
        algorithm=algorithm,
        curve=curve_of_algorithm(algorithm),
        signature=_signature(data, encoding),
        reader=read_payload,
        carried_key=(sections[2].strip() or None) if len(sections) == 3 else None,
    )


def read_payload(signed: bytes) -> Statement:
    """What the payload of a record says; raise `UnreadableRecord`."""
    payload = _object(signed.decode())
    version, meter, gateway, charge_point, page, level, kind, id, tariff_text = _texts(
        payload, _PAYLOAD_TEXTS
    )
    assigned, level = _assigned(payload.get("IS"), level)
    return Statement(
        version=version,
        device=Device(meter=meter, gateway=gateway, charge_point=charge_point),
        page=None if page is None else _page(page),
        assignment=Assignment(assigned=assigned, level=level, kind=kind, id=id, tariff_text=tariff_text),
        readings=_readings(payload.get("RD")),
    )


def _object(section: str) -> dict[str, Any]:
    try:
        return read_object(section)
    except BadJson as fault:
        raise UnreadableRecord(fault.reason) from None


_SIGNATURE_TEXTS = ("SA", "SD", "SE")
_PAYLOAD_TEXTS = ("FV", "MS", "GS", "CI", "PG", "IL", "IT", "ID", "TT")
_TEXTS = frozenset({str, type(None)})


def _texts(of: Mapping[str, Any], names: tuple[str, ...]) -> list[str | None]:
    """Texts, or numbers as they are written; None for an empty one and one that is not there."""
    found = list(map(of.get, names))
    if not _TEXTS.issuperset(map(type, found)):
        raise UnreadableRecord("wrong-type", " ".join(names))
    return [value or None for value in found]


def _assigned(status: object, level: str | None) -> tuple[bool, str | None]:
    """Whether somebody was assigned, and how surely: OCMF 0.x had the level where 1.0 has true or false."""
    if isinstance(status, str):
        level = level or status
    elif status is not None and not isinstance(status, bool):
        raise UnreadableRecord("wrong-type", "IS")
    return bool(status) and level != "NONE", level


def _signature(data: str | None, encoding: str | None) -> bytes | None:
    if data is None:
        raise UnreadableRecord("no-signature", "SD")
    try:
        if encoding is None or encoding.lower() == "hex":
            return bytes.fromhex(data)
        return base64.b64decode(data, validate=True) if encoding.lower() == "base64" else None
    except ValueError:
        return None


def _page(text: str) -> Page | None:
    context, number = text[0], text[1:20]
    if context not in "TF" or not (number.isdecimal() and number.isascii()) or len(text) > 20:
        return None
    return Page(context, int(number))


def _readings(found: object) -> tuple[SignedReading, ...]:
    """Table 7: what is left out is as in the reading before, but for the value."""
    if not isinstance(found, list):
        raise UnreadableRecord("wrong-type", "RD")
    readings: list[SignedReading] = []
    kept: dict[str, Any] = {}
    for one in found:
        if not isinstance(one, dict):
            raise UnreadableRecord("wrong-type", "RD")
        kept.update(one)
        readings.append(_reading(kept, one.get("RV")))
    return tuple(readings)


_FIELDS = ("TM", "TX", "RI", "RU", "RT", "EF", "ST")


def _reading(kept: Mapping[str, Any], value: Any) -> SignedReading:
    time, moment, obis, unit, current, flags, status = fields = tuple(map(kept.get, _FIELDS))
    if not (_TEXTS.issuperset(map(type, fields)) and type(value) in _TEXTS):
        raise UnreadableRecord("wrong-type", "RD")
    if moment and moment not in _MOMENTS:
        raise UnreadableRecord("unknown-moment", moment[:10])
    at, time_status = _time(time or "")
    return SignedReading(
        moment=_MOMENTS[moment] if moment else None,
        at=at,
        time_status=time_status,
        value=None if value is None else _value(value),
        obis=obis or None,
        unit=unit or None,
        current=current or None,
        flags=flags or "",
        status=status or None,
    )


def _value(text: str) -> Decimal:
    """Meters pad values with blanks: `"       9.038"`."""
    try:
        return exact(text.strip(" "))
    except BadJson as fault:
        raise UnreadableRecord(fault.reason, "RV") from None


def _time(text: str) -> tuple[Instant | None, TimeStatus]:
    """`2026-11-30T12:00:00,000+0100 S`; a time that cannot be read is none, and of unknown status."""
    written, _, letter = text.partition(" ")
    try:
        at = instant(datetime.fromisoformat(written))
    except (ValueError, OverflowError, NaiveDatetime):
        return None, TimeStatus.UNKNOWN
    return at, _STATUSES.get(letter, TimeStatus.UNKNOWN)
