"""Compressed points of secp192r1, in which ALFEN writes public keys (SEC 1, section 2.3.4)."""

from __future__ import annotations

import base64
import re

# SEC 2 version 1, section 2.5.2: y^2 = x^3 - 3x + b.
_P = 2**192 - 2**64 - 1
_B = 0x64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1
_SIZE = 24
_TEXT = re.compile(r"[A-Z2-7]{40}")


def point_of_base32(text: str) -> bytes | None:
    """The uncompressed point of a key in the form of ALFEN; None for text that is none."""
    if _TEXT.fullmatch(text) is None:
        return None
    data = base64.b32decode(text)
    x = int.from_bytes(data[1:])
    if data[0] not in (2, 3) or x >= _P:
        return None
    square = (x**3 - 3 * x + _B) % _P
    # The prime is 3 modulo 4.
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        return None
    if y % 2 != data[0] % 2:
        y = _P - y
    return b"\4" + data[1:] + y.to_bytes(_SIZE)
