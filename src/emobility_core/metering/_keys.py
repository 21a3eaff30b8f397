"""Public keys in every form in which stations and people hand them over."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cached_property, lru_cache

import attrs

from emobility_core.errors import Invalid
from emobility_core.metering._compressed import point_of_base32
from emobility_core.metering._curve import BY_OID, Curve
from emobility_core.metering._der import NotDer, subject_public_key

LONGEST_KEY = 4_096
# OCA, Signed Meter Values in OCPP 1.0: base64 over this prefix and the key as the meter shows it.
_OCA = "oca:base16:asn1:"
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----(.*)-----END PUBLIC KEY-----", re.DOTALL)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_GAPS = re.compile(r"[\s:]+")
# A key is wrapped at most so often: base64 over oca: over hexadecimal.
_LAYERS = 3


@attrs.frozen
class UnreadableKey(Invalid):
    """This text is no public key of a meter.

    Remedy: give the key as printed on the meter or station: SubjectPublicKeyInfo as PEM, hexadecimal or
    base64, the two coordinates alone, or base32 as ALFEN writes it.
    """

    code = "unreadable-key"
    reason: str


@attrs.frozen
class PublicKey:
    """A point, uncompressed (SEC 1, 2.3.3), and its curve where the form says it; raw coordinates do not."""

    point: bytes
    curve: Curve | None = None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the uncompressed point, hexadecimal: the same whatever form the key came in."""
        return hashlib.sha256(self.point).hexdigest()


@lru_cache(maxsize=10_000)
def read_key(text: str) -> PublicKey:
    """Read a key; raise `UnreadableKey` with the reason for text that is none.

    What is declared about the encoding is not asked for: containers say `plain` for hexadecimal.
    """
    if len(text) > LONGEST_KEY:
        raise UnreadableKey("too-long")
    compressed = point_of_base32(_GAPS.sub("", text))
    if compressed is not None:
        return PublicKey(compressed, Curve.SECP192R1)
    for _ in range(_LAYERS):
        data = _bytes_of(text)
        inner = data.decode("latin-1").strip()
        if not (inner.startswith(_OCA) or _HEX.fullmatch(_GAPS.sub("", inner))):
            return _key_of(data)
        text = inner
    raise UnreadableKey("wrapped-too-often")


def _bytes_of(text: str) -> bytes:
    text = text.strip()
    if pem := _PEM.fullmatch(text):
        text = pem[1]
    compact = _GAPS.sub("", text.removeprefix(_OCA))
    if _HEX.fullmatch(compact):
        return bytes.fromhex(compact)
    if text.startswith(_OCA):
        raise UnreadableKey("not-hexadecimal")
    try:
        return base64.b64decode(compact, validate=True)
    except ValueError:
        raise UnreadableKey("neither-hexadecimal-nor-base64") from None


def _key_of(data: bytes) -> PublicKey:
    try:
        oid, point = subject_public_key(data)
    except NotDer:
        return PublicKey(_raw_point(data))
    curve = BY_OID.get(oid)
    if curve is None:
        raise UnreadableKey("unknown-curve")
    if len(point) != 2 * curve.size + 1 or point[0] != 4:
        raise UnreadableKey("not-an-uncompressed-point")
    return PublicKey(point, curve)


def _raw_point(data: bytes) -> bytes:
    """x||y with or without the leading 04, as Isabellenhuette prints it."""
    sizes = {2 * curve.size for curve in Curve}
    if len(data) in sizes:
        return b"\4" + data
    if len(data) - 1 in sizes and data[0] == 4:
        return data
    raise UnreadableKey("not-a-public-key")
