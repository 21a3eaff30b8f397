"""What somebody brings to have it verified: a record, a container, or a receipt that holds one."""

from __future__ import annotations

import attrs

from emobility_core.metering._envelope import SignedValue, read_signed_value
from emobility_core.metering._json import BadJson, read_object
from emobility_core.metering._keys import PublicKey, read_key
from emobility_core.metering._ports import Signatures
from emobility_core.metering._record import UnreadableRecord
from emobility_core.metering._safe_xml import LONGEST_CONTAINER, ContainedValue, read_safe_xml
from emobility_core.metering._signature import check_signature
from emobility_core.metering._transaction import judge
from emobility_core.metering._verdict import TransactionVerdict

# The field of a receipt in JSON that holds the container as text.
RECEIPT_FIELD = "safe_xml"
_XML = (b"<", b"\xff\xfe", b"\xfe\xff")


@attrs.frozen(kw_only=True)
class ProvenTransaction:
    """What came of the records of one transaction; without a number each record is one of its own."""

    number: str | None
    verdict: TransactionVerdict


def verify_proof(
    content: bytes, *, signatures: Signatures, key: PublicKey | None = None
) -> tuple[ProvenTransaction, ...]:
    """Verify what was brought, with one key for all of it or with those that came along.

    Raises `UnreadableRecord`, `UnreadableContainer` or `UnreadableKey`: what cannot be read has no verdict.
    """
    found: dict[object, list[SignedValue]] = {}
    numbers: dict[object, str | None] = {}
    for place, one in enumerate(_values(content)):
        group = place if one.transaction is None else one.transaction
        numbers[group] = one.transaction
        found.setdefault(group, []).append(one.signed_value())
    return tuple(
        ProvenTransaction(number=numbers[group], verdict=_verdict(values, key, signatures))
        for group, values in found.items()
    )


def _verdict(values: list[SignedValue], key: PublicKey | None, signatures: Signatures) -> TransactionVerdict:
    checked = []
    for one in values:
        record = one.record()
        # Refused as a whole where it cannot be read.
        _ = record.statement
        carried = one.key or record.carried_key
        used = key or (None if carried is None else read_key(carried))
        checked.append(check_signature(record, used, signatures=signatures))
    return judge(checked)


def _values(content: bytes) -> tuple[ContainedValue, ...]:
    if len(content) > LONGEST_CONTAINER:
        raise UnreadableRecord("too-large")
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if content.startswith(_XML):
        return read_safe_xml(content)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UnreadableRecord("not-unicode") from None
    if text.startswith("{") and f'"{RECEIPT_FIELD}"' in text:
        return _of_receipt(text)
    return (_record(text),)


def _of_receipt(text: str) -> tuple[ContainedValue, ...]:
    try:
        container = read_object(text).get(RECEIPT_FIELD)
    except BadJson as fault:
        raise UnreadableRecord(fault.reason, "receipt") from None
    if not isinstance(container, str):
        raise UnreadableRecord("wrong-type", RECEIPT_FIELD)
    return read_safe_xml(container.encode())


def _record(text: str) -> ContainedValue:
    """A record alone or in an envelope; text in a format that nobody knows is none that was meant."""
    value = read_signed_value(text)
    if value.format.name == "unknown":
        raise UnreadableRecord("not-a-signed-record")
    return ContainedValue(data=text)
