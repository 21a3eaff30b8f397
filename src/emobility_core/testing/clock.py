"""A clock that stands still and identifiers that come out the same in every run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from emobility_core.ids import uuid7
from emobility_core.instants import Instant

NOON = Instant(datetime(2026, 6, 10, 12, 0, 0, 123456, tzinfo=UTC))


class FrozenClock:
    """Tells the same time until it is told to go on."""

    def __init__(self, at: Instant = NOON) -> None:
        self._at = at

    def now(self) -> Instant:
        return self._at

    def advance(self, by: timedelta) -> Instant:
        self._at = Instant(self._at + by)
        return self._at

    def set(self, at: Instant) -> None:
        self._at = at


class SeededIds:
    """Counts from `seed`; of two identifiers of one time the later sorts later."""

    def __init__(self, seed: int = 0) -> None:
        self._last = seed

    def uuid7(self, at: Instant) -> UUID:
        self._last += 1
        return uuid7(at, self._last)

    def transaction_number(self) -> int:
        self._last += 1
        return self._last
