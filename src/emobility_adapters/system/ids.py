"""Identifiers that sort by time, and numbers that nobody guesses."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from uuid import UUID

from emobility_core.ids import uuid7
from emobility_core.instants import Instant

# RFC 9562, 6.2, method 2: within one millisecond the random part counts up by a random step, small
# enough that its 74 bits last for any number of identifiers a millisecond can see.
_STEP_BITS = 32
_RANDOM_BITS = 73
# What is made for a time that is not the present sorts behind what was made then, and among its like by when
# it was made: a test clock stands still for days, and servers are restarted meanwhile.
_LATE = 1 << _RANDOM_BITS
_LATE_BITS, _LATE_STEP_BITS = 29, 12
_PRESENT_MS = 10_000
_REMEMBERED = 20_000


class SystemIds:
    """Identifiers: of those made for the same millisecond, the later sorts later.

    `real_ms` tells real time in milliseconds.
    """

    def __init__(self, real_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._real_ms = real_ms
        self._last: dict[int, int] = {}
        self._late: dict[int, int] = {}
        self._late_at = -1

    def uuid7(self, at: Instant) -> UUID:
        millisecond = int(at.timestamp() * 1000)
        last = self._last.get(millisecond)
        if last is not None:
            randomness = last + 1 + secrets.randbits(_STEP_BITS)
        else:
            real = self._real_ms()
            if abs(real - millisecond) > _PRESENT_MS:
                return uuid7(at, self._late_one(millisecond, real))
            randomness = self._first()
        self._last[millisecond] = randomness
        return uuid7(at, randomness)

    def _first(self) -> int:
        if len(self._last) >= _REMEMBERED:
            for old in list(self._last)[: _REMEMBERED // 2]:
                del self._last[old]
        return secrets.randbits(_RANDOM_BITS)

    def _late_one(self, millisecond: int, real: int) -> int:
        if real != self._late_at:
            self._late_at, self._late = real, {}
        last = self._late.get(millisecond)
        if last is None:
            made = _LATE | real << _LATE_BITS | secrets.randbits(_LATE_BITS - 1)
        else:
            made = last + 1 + secrets.randbits(_LATE_STEP_BITS)
        self._late[millisecond] = made
        return made

    def transaction_number(self) -> int:
        return 1 + secrets.randbelow(2**31 - 1)
