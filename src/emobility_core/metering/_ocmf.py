"""OCMF: `OCMF|payload|signature`, both JSON; the payload's bytes are what was signed.

Source: Open Charge Metering Format 1.4, SAFE e.V. What real stations do beside it is read as well: a version
or a type as a number, a value as text with leading blanks, a level in the place of the status.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
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
    TimeStatus,
    UnreadableRecord,
)

HEADER = "OCMF|"
# Table 22: what counts where the signature section names no algorithm.
_DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"
_MOMENTS: Mapping[str, Moment] = {moment.value: moment for moment in Moment}
_STATUSES: Mapping[str, TimeStatus] = {status.value: status for status in TimeStatus}


def read_ocmf(text: str) -> SignedRecord:
    """Read a record as it was received; raise `UnreadableRecord` with the reason for anything else."""
    text = text.strip()
    if len(text) > LONGEST:
        raise UnreadableRecord("too-large")
    # A bar cannot occur inside of a section. The fourth, a key, was withdrawn; stations still send it.
    header, *sections = text.split("|")
    if header != "OCMF" or len(sections) not in (2, 3):
        raise UnreadableRecord("not-ocmf")
    try:
        signed = sections[0].encode()
        payload = read_object(sections[0])
        signature = read_object(sections[1])
        return _record(text, signed, payload, signature, sections[2] if len(sections) == 3 else None)
    except UnicodeEncodeError:
        raise UnreadableRecord("not-unicode") from None
    except BadJson as fault:
        raise UnreadableRecord(fault.reason) from None


def _record(
    text: str, signed: bytes, payload: dict[str, Any], signature: dict[str, Any], key: str | None
) -> SignedRecord:
    algorithm, data, encoding = _texts(signature, "SA", "SD", "SE")
    version, meter, gateway, charge_point, page = _texts(payload, "FV", "MS", "GS", "CI", "PG")
    algorithm = algorithm or _DEFAULT_ALGORITHM
    return SignedRecord(
        format="OCMF",
        text=text,
        signed=signed,
        algorithm=algorithm,
        curve=curve_of_algorithm(algorithm),
        signature=_signature(data, encoding or "hex"),
        version=version,
        device=Device(meter=meter, gateway=gateway, charge_point=charge_point),
        page=None if page is None else _page(page),
        assignment=_assignment(payload),
        readings=_readings(payload.get("RD")),
        carried_key=(key and key.strip()) or None,
    )


_TEXTS = frozenset({str, type(None)})


def _texts(of: Mapping[str, Any], *names: str) -> list[str | None]:
    """Texts, or numbers as they are written; None for an empty one and one that is not there."""
    found = list(map(of.get, names))
    if not _TEXTS.issuperset(map(type, found)):
        raise UnreadableRecord("wrong-type", " ".join(names))
    return [value or None for value in found]


def _signature(data: str | None, encoding: str) -> bytes | None:
    if data is None:
        raise UnreadableRecord("no-signature", "SD")
    try:
        if encoding.lower() == "hex":
            return bytes.fromhex(data)
        return base64.b64decode(data, validate=True) if encoding.lower() == "base64" else None
    except ValueError:
        return None


def _page(text: str) -> Page | None:
    if text[0] not in "TF" or not (text[1:].isascii() and text[1:].isdecimal()) or len(text) > 20:
        return None
    return Page(text[0], int(text[1:]))


def _assignment(payload: Mapping[str, Any]) -> Assignment:
    level, kind, id, tariff_text = _texts(payload, "IL", "IT", "ID", "TT")
    # OCMF 0.x had the level where 1.0 has true or false.
    status = payload.get("IS")
    if isinstance(status, str):
        level = level or status
    elif status is not None and not isinstance(status, bool):
        raise UnreadableRecord("wrong-type", "IS")
    return Assignment(
        assigned=bool(status) and level != "NONE", level=level, kind=kind, id=id, tariff_text=tariff_text
    )


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
        # Meters pad values with blanks: "       9.038".
        value=None if value is None else exact(value.strip(" ")),
        obis=obis or None,
        unit=unit or None,
        current=current or None,
        flags=flags or "",
        status=status or None,
    )


def _time(text: str) -> tuple[Instant | None, TimeStatus]:
    """`2026-11-30T12:00:00,000+0100 S`; a time that cannot be read is none, and of unknown status."""
    written, _, letter = text.partition(" ")
    try:
        at = instant(datetime.fromisoformat(written))
    except (ValueError, OverflowError, NaiveDatetime):
        return None, TimeStatus.UNKNOWN
    return at, _STATUSES.get(letter, TimeStatus.UNKNOWN)
