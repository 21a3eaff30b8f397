"""Whether a signature holds, and why not."""

from __future__ import annotations

from enum import StrEnum

import attrs

from emobility_core.metering._der import NotDer, signature_integers
from emobility_core.metering._keys import PublicKey
from emobility_core.metering._ports import Signatures
from emobility_core.metering._reason import Reason
from emobility_core.metering._record import SignedRecord


class SignatureState(StrEnum):
    """What is known of a signature.

    `no-key`: nothing to check it with. `not-verifiable`: nobody here knows the format or the algorithm.
    """

    VALID = "valid"
    INVALID = "invalid"
    NO_KEY = "no-key"
    NOT_VERIFIABLE = "not-verifiable"


@attrs.frozen(kw_only=True)
class SignatureVerdict:
    """A record, the key that it was checked with, and what came of it."""

    record: SignedRecord
    key: PublicKey | None
    state: SignatureState
    reasons: tuple[Reason, ...] = ()


def check_signature(
    record: SignedRecord, key: PublicKey | None, *, signatures: Signatures
) -> SignatureVerdict:
    """Check the signed bytes exactly as they were received; never raises."""
    state, reason = _checked(record, key, signatures)
    return SignatureVerdict(record=record, key=key, state=state, reasons=() if reason is None else (reason,))


def _checked(
    record: SignedRecord, key: PublicKey | None, signatures: Signatures
) -> tuple[SignatureState, Reason | None]:
    curve = record.curve
    if curve is None:
        return SignatureState.NOT_VERIFIABLE, _unknown(record)
    if key is None:
        return SignatureState.NO_KEY, Reason("no-key")
    if key.curve not in (None, curve) or len(key.point) != 2 * curve.size + 1:
        known = key.curve.label if key.curve else f"{len(key.point)} bytes"
        return SignatureState.INVALID, Reason("other-curve", {"record": curve.label, "key": known})
    numbers = _numbers(record.signature or b"", curve.size)
    if numbers is None:
        return SignatureState.INVALID, Reason("malformed-signature")
    r, s = numbers
    # FIPS 186-5, 6.4.2: other numbers are refused before anything is computed.
    if not (0 < r < curve.order and 0 < s < curve.order):
        return SignatureState.INVALID, Reason("signature-out-of-range")
    if not signatures.holds(curve, key.point, record.signed, r, s):
        return SignatureState.INVALID, Reason("does-not-hold")
    return SignatureState.VALID, None


def _numbers(signature: bytes, size: int) -> tuple[int, int] | None:
    """r and s: DER, or one behind the other, as Isabellenhuette writes them although OCMF says DER."""
    try:
        return signature_integers(signature)
    except NotDer:
        if len(signature) != 2 * size:
            return None
        return int.from_bytes(signature[:size]), int.from_bytes(signature[size:])


def _unknown(record: SignedRecord) -> Reason:
    if not record.algorithm:
        return Reason("format-not-verifiable", {"format": record.format[:60]})
    return Reason("unknown-algorithm", {"algorithm": record.algorithm[:60]})
