"""What verifying needs from outside."""

from __future__ import annotations

from typing import Protocol

from emobility_core.metering._curve import Curve


class Signatures(Protocol):
    """Checks ECDSA signatures over SHA-256."""

    def holds(self, curve: Curve, point: bytes, message: bytes, r: int, s: int) -> bool:
        """Whether r and s sign the message under the public key that is this uncompressed point.

        False also for a point that is not on the curve, and for numbers outside 1 to n-1; it never raises.
        Both r and n-s of a signature hold: tell repeated records apart by what was signed.
        """
        ...
