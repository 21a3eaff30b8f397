"""What somebody brings to have it verified: a record, a container, or a receipt that holds one."""

from __future__ import annotations

import re

import attrs

from emobility_core.metering._envelope import SignedValue, read_signed_value
from emobility_core.metering._json import BadJson, read_object
from emobility_core.metering._keys import PublicKey, read_key
from emobility_core.metering._ports import Signatures
from emobility_core.metering._record import UnreadableRecord
from emobility_core.metering._safe_xml import LONGEST_CONTAINER, ContainedValue, read_safe_xml
from emobility_core.metering._signature import SignatureVerdict, check_signature
from emobility_core.metering._transaction import judge
from emobility_core.metering._verdict import TransactionVerdict

# The field of a receipt in JSON that holds the container as text.
RECEIPT_FIELD = "safe_xml"
# Records one below the other: no payload has a line that begins like this.
_NEXT = re.compile(r"\n\s*(?=OCMF\||AP;)")
_XML = (b"<", b"\xff\xfe", b"\xfe\xff")


@attrs.frozen(kw_only=True)
class ProvenTransaction:
    """What came of the records of one transaction, by its number where there is one."""

    number: str | None
    verdict: TransactionVerdict


def verify_proof(
    content: bytes, *, signatures: Signatures, key: PublicKey | None = None
) -> tuple[ProvenTransaction, ...]:
    """Verify what was brought, with one key for all of it or with those that came along.

    Raises `UnreadableRecord`, `UnreadableContainer` or `UnreadableKey`: what cannot be read has no verdict.
    """
    numbered: dict[str, list[SignatureVerdict]] = {}
    alone: list[SignatureVerdict] = []
    for one in _values(content):
        group = alone if one.transaction is None else numbered.setdefault(one.transaction, [])
        group.append(_checked(one.signed_value(), key, signatures))
    return (
        *(ProvenTransaction(number=number, verdict=judge(group)) for number, group in numbered.items()),
        *(ProvenTransaction(number=None, verdict=judge(group)) for group in _without_number(alone)),
    )


def _without_number(alone: list[SignatureVerdict]) -> list[list[SignatureVerdict]]:
    """Records without a number are of one transaction, unless one of them holds both its ends."""
    if any(judge([one]).energy.kwh is not None for one in alone):
        return [[one] for one in alone]
    return [alone] if alone else []


def _checked(value: SignedValue, key: PublicKey | None, signatures: Signatures) -> SignatureVerdict:
    record = value.record()
    # Refused as a whole where it cannot be read.
    _ = record.statement
    carried = value.key or record.carried_key
    used = key or (None if carried is None else read_key(carried))
    return check_signature(record, used, signatures=signatures)


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
    return tuple(map(_record, _NEXT.split(text)))


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
