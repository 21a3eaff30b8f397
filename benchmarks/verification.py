"""What verifying a signed record costs beside the library's bare check of its signature."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import SignatureState, check_signature, judge, read_key, read_ocmf

_BATCH, _TURNS = 500, 8
_ALGORITHM = ec.ECDSA(SHA256())
_PAYLOAD = {
    "FV": "1.0", "GI": "Bench", "GS": "G-1", "GV": "1.0", "PG": "T1", "MV": "Maker", "MM": "Model",
    "MS": "M-1", "IS": True, "IL": "VERIFIED", "IF": ["RFID_PLAIN", "OCPP_RS_TLS"], "IT": "ISO14443",
    "ID": "04A1B2C3",
    "RD": [
        {"TM": "2026-11-30T10:00:00,000+0100 S", "TX": "B", "RV": "100.125", "RI": "1-b:1.8.0", "RU": "kWh",
         "EF": "", "ST": "G"},
        {"TM": "2026-11-30T11:30:00,000+0100 S", "TX": "E", "RV": "112.470", "RI": "1-b:1.8.0", "RU": "kWh",
         "EF": "", "ST": "G"},
    ],
}  # fmt: skip


def verify_vs_bare(rounds: int) -> tuple[float, Mapping[str, float]]:
    """How often longer verifying a record takes than the bare check of its signature; and the microseconds of
    both, and of verifying it, reading what it says and judging the transaction.

    By OCMF's own algorithm, which is the quickest to check and leaves the least room. The text is taken apart
    each time; the key is remembered, as in a server that knows the meter.
    """
    private = ec.derive_private_key(20_261_130, ec.SECP256R1())
    signed = json.dumps(_PAYLOAD, separators=(",", ":")).encode()
    signature = private.sign(signed, _ALGORITHM)
    section = {"SA": "ECDSA-secp256r1-SHA256", "SD": signature.hex()}
    record = f"OCMF|{signed.decode()}|{json.dumps(section)}"
    public = private.public_key()
    key = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()
    signatures = MeterSignatures()

    def verified() -> None:
        verdict = check_signature(read_ocmf(record), read_key(key), signatures=signatures)
        if verdict.state is not SignatureState.VALID:
            raise AssertionError("the signature does not hold")

    def judged() -> None:
        verdict = judge([check_signature(read_ocmf(record), read_key(key), signatures=signatures)])
        if verdict.billable is None:
            raise AssertionError("the energy is not billable")

    def bare() -> None:
        public.verify(signature, signed, _ALGORITHM)

    bare_us, verified_us, judged_us = _medians_us([bare, verified, judged], rounds)
    return verified_us / bare_us, {
        "verify: bare check": bare_us,
        "verify": verified_us,
        "verify, read and judge": judged_us,
    }


def _medians_us(works: Sequence[Callable[[], None]], rounds: int) -> list[float]:
    """CPU microseconds of each, in short turns, so that a busy machine is busy for all of them."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(rounds * _TURNS):
        for work, found in zip(works, spent, strict=True):
            began = time.process_time()
            for _ in range(_BATCH):
                work()
            found.append((time.process_time() - began) / _BATCH * 1e6)
    return [median(found) for found in spent]
