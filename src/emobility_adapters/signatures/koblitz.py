"""secp192k1, which `cryptography` does not know: the curve's parameters for `ecdsa`."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from ecdsa import BadSignatureError, VerifyingKey
from ecdsa.curves import Curve
from ecdsa.ellipticcurve import CurveFp, PointJacobi
from ecdsa.errors import MalformedPointError
from ecdsa.util import sigdecode_strings

# SEC 2 version 1, section 2.5.1: y^2 = x^3 + 3.
_P = 2**192 - 2**32 - 2**12 - 2**8 - 2**7 - 2**6 - 2**3 - 1
_X = 0xDB4FF10EC057E9AE26B07D0280B7F4341DA5D1B1EAE06C7D
_Y = 0x9B2F2F6D9C5628A7844163D015BE86344082AA88D95E2F9D
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFE26F2FC170F69466A74DEFD8D
_FIELD = CurveFp(_P, 0, 3, 1)
SECP192K1 = Curve(
    "SECP192k1", _FIELD, PointJacobi(_FIELD, _X, _Y, 1, _N, generator=True), (1, 3, 132, 0, 31), "secp192k1"
)


def holds(point: bytes, message: bytes, r: int, s: int) -> bool:
    """Whether r and s, both from 1 to n-1, sign the message."""
    key = _key(point)
    if key is None:
        return False
    try:
        key.verify((r.to_bytes(24), s.to_bytes(24)), message, hashfunc=sha256, sigdecode=sigdecode_strings)
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=1_000)
def _key(point: bytes) -> VerifyingKey | None:
    """The key; None for a point that is not on the curve."""
    try:
        return VerifyingKey.from_string(point, SECP192K1, valid_encodings=("uncompressed",))
    except MalformedPointError:
        return None
