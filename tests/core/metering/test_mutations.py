"""Whatever is changed in a signed record is detected."""

from __future__ import annotations

import base64

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    Curve,
    PublicKey,
    SignatureState,
    UnreadableRecord,
    check_signature,
    read_ocmf,
)
from tests.signer import Signer, payload, reading

SIGNATURES = MeterSignatures()


def _holds(raw: bytes, signer: Signer) -> bytes | None:
    """The signed bytes of what verifies; None for all that is refused or does not."""
    try:
        record = read_ocmf(raw.decode())
    except (UnreadableRecord, UnicodeDecodeError):
        return None
    verdict = check_signature(record, PublicKey(signer.point), signatures=SIGNATURES)
    return record.signed if verdict.state is SignatureState.VALID else None


@pytest.mark.parametrize("curve", Curve, ids=[curve.label for curve in Curve])
def test_no_changed_byte_of_a_record_leaves_another_meaning_valid(curve: Curve) -> None:
    """Every byte in three ways, removed, and repeated.

    Behind the payload there may be a change that leaves the numbers r and s as they are: hexadecimal in
    capitals, a space, a field that says nothing. What is signed is then what was signed, byte for byte.
    """
    signer = Signer(curve)
    # A short record: secp192k1 is checked in pure Python.
    raw = signer.record(payload(reading("B", 1, TM=None), MV=None, GI=None, IF=None)).encode()
    signed = raw.split(b"|")[1]
    assert _holds(raw, signer) == signed
    payload_ends = raw.index(b"|{", 6)
    for place in range(len(raw)):
        before, byte, after = raw[:place], raw[place], raw[place + 1 :]
        changes = [bytes([byte ^ 1]), bytes([byte ^ 0x20]), bytes([byte ^ 0x80]), b"", bytes([byte, byte])]
        for change in changes:
            held = _holds(before + change + after, signer)
            assert held is None or (held == signed and place > payload_ends), (place, change)


@pytest.mark.parametrize("curve", Curve, ids=[curve.label for curve in Curve])
def test_both_encodings_and_every_form_of_a_signature_hold(curve: Curve) -> None:
    """Hexadecimal and base64; DER as it should be, DER as an eBZ LD3 writes it, r and s alone."""
    signer = Signer(curve)
    message = read_ocmf(signer.record()).signed
    r, s = signer.numbers(message)
    for signature in (
        signer.der(message),
        _unsigned_der(r, s, curve.size),
        r.to_bytes(curve.size) + s.to_bytes(curve.size),
    ):
        for section in (
            {"SD": signature.hex()},
            {"SD": signature.hex().upper(), "SE": "hex"},
            {"SD": base64.b64encode(signature).decode(), "SE": "base64"},
        ):
            assert _holds(signer.record(**section).encode(), signer) == message


def _unsigned_der(r: int, s: int, size: int) -> bytes:
    """Integers of one length: padded where DER forbids it, without the zero where DER demands it."""
    parts = b"".join(b"\x02" + bytes([size]) + one.to_bytes(size) for one in (r, s))
    return b"\x30" + bytes([len(parts)]) + parts
