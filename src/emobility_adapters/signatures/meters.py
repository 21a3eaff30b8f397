"""The port `Signatures`: each curve by the library that knows it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from emobility_core.metering import Curve

_CURVES: Mapping[Curve, ec.EllipticCurve] = {
    Curve.SECP192R1: ec.SECP192R1(),
    Curve.SECP256K1: ec.SECP256K1(),
    Curve.SECP256R1: ec.SECP256R1(),
    Curve.SECP384R1: ec.SECP384R1(),
    Curve.BRAINPOOLP256R1: ec.BrainpoolP256R1(),
    Curve.BRAINPOOLP384R1: ec.BrainpoolP384R1(),
}
_ECDSA_SHA256 = ec.ECDSA(SHA256())


class MeterSignatures:
    """Implements `Signatures`. Keys that were read are kept: a meter signs with the same one for years."""

    def holds(self, curve: Curve, point: bytes, message: bytes, r: int, s: int) -> bool:
        if not (0 < r < curve.order and 0 < s < curve.order):
            return False
        if curve is Curve.SECP192K1:
            # Imported when a record needs it: no meter in use signs with it, old records do.
            from emobility_adapters.signatures.koblitz import holds  # noqa: PLC0415

            return holds(point, message, r, s)
        key = _key(curve, point)
        if key is None:
            return False
        try:
            # Numbers are written anew: real meters write DER that this library refuses.
            key.verify(encode_dss_signature(r, s), message, _ECDSA_SHA256)
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=10_000)
def _key(curve: Curve, point: bytes) -> ec.EllipticCurvePublicKey | None:
    """The key; None for a point that is not on the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve], point)
    except ValueError:
        return None
