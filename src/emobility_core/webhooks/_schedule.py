"""When a delivery is tried again (API.md, "webhooks")."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from emobility_core.instants import Instant, instant

# What lies before each try, from the end of the one before.
PAUSES = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_LONGEST = PAUSES[-1]
_JITTER = 0.2


def next_try(delivery: UUID, tries: int, ended: Instant) -> Instant | None:
    """When to try for the next time after `tries` that failed, None if there is no further one.

    Up to a fifth later than the pause says, by chance that lies in the delivery's id: what failed together
    does not return together.
    """
    if tries >= len(PAUSES):
        return None
    chance = int.from_bytes(hashlib.sha256(delivery.bytes + bytes([tries])).digest()[:6], "big") / 2**48
    return Instant(ended + PAUSES[tries] * (1 + _JITTER * chance))


def told_to_wait(retry_after: str | None, at: Instant) -> Instant | None:
    """Until when a receiver wants to be left alone (RFC 9110, 10.2.3), a day at most; None if it does not."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), int(_LONGEST.total_seconds())))
        return Instant(at + wait)
    try:
        return min(instant(parsedate_to_datetime(text)), Instant(at + _LONGEST))
    except (ValueError, TypeError, OverflowError):
        return None
