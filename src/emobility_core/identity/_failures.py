"""Failures to prove who somebody is, counted by what was typed, whether or not anybody is called so."""

from __future__ import annotations

from datetime import timedelta

import attrs

from emobility_core.ids import TenantId
from emobility_core.instants import Instant

# NIST SP 800-63B, 5.2.2: after some failures each further one costs time; not for ever, or anybody could
# keep anybody out.
_FREE_FAILURES = 5
_FIRST_LOCK, _LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)
# Much longer than the longest lock: whoever waits for failures to be forgotten tries less often than one
# who sits each lock out.
FAILURES_LAST = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Failures:
    """Of one sign-in name of a tenant, under its digest (`mark`); `failed_at` is the last one, or when the
    name was first tried."""

    mark: str
    tenant: TenantId
    count: int = 0
    failed_at: Instant
    locked_until: Instant | None = None

    def is_locked(self, at: Instant) -> bool:
        return self.locked_until is not None and at < self.locked_until

    def one_more(self, at: Instant) -> Failures:
        """From the fifth on the name is locked, each time twice as long, an hour at most. A day after the
        last one none counts any more."""
        count = 1 if at - self.failed_at >= FAILURES_LAST else self.count + 1
        if count < _FREE_FAILURES:
            return attrs.evolve(self, count=count, failed_at=at, locked_until=None)
        lock = min(_LONGEST_LOCK, _FIRST_LOCK * 2 ** min(count - _FREE_FAILURES, 10))
        return attrs.evolve(self, count=count, failed_at=at, locked_until=Instant(at + lock))
