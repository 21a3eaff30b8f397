"""Identifiers that sort by time, and numbers that nobody guesses."""

from __future__ import annotations

import secrets
from uuid import UUID

from emobility_core.ids import uuid7
from emobility_core.instants import Instant

# RFC 9562, 6.2, method 2: within one millisecond the random part counts up by a random step, small
# enough that its 74 bits last for any number of identifiers a millisecond can see.
_STEP_BITS = 32
_RANDOM_BITS = 73


class SystemIds:
    """Identifiers of one process: of those made for the same millisecond, the later sorts later."""

    def __init__(self) -> None:
        self._millisecond = -1
        self._randomness = 0

    def uuid7(self, at: Instant) -> UUID:
        millisecond = int(at.timestamp() * 1000)
        if millisecond == self._millisecond:
            self._randomness += 1 + secrets.randbits(_STEP_BITS)
        else:
            self._millisecond, self._randomness = millisecond, secrets.randbits(_RANDOM_BITS)
        return uuid7(at, self._randomness)

    def transaction_number(self) -> int:
        return 1 + secrets.randbelow(2**31 - 1)
