"""How many requests a client may send: a bucket for each that refills evenly."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

import attrs

from emobility_app.operating import ImpossiblePace
from emobility_core.instants import Clock, Instant

_EPOCH = Instant(datetime(1970, 1, 1, tzinfo=UTC))
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
# More clients than this are not remembered at once; whoever has been silent for longest begins anew.
MOST_CLIENTS = 10_000


@attrs.frozen(kw_only=True)
class Quota:
    """So many `requests` at once; what was used comes back evenly within `window`, a whole number of
    seconds."""

    requests: int = 6_000
    window: timedelta = timedelta(minutes=1)

    def __attrs_post_init__(self) -> None:
        if self.requests < 1:
            raise ImpossiblePace("api_requests")
        if self.window < timedelta(seconds=1) or self.window % timedelta(seconds=1):
            raise ImpossiblePace("api_window")


@attrs.frozen(kw_only=True)
class Allowance:
    """What a client has left: `full_in_s` seconds from now it has all again, `wait_s` is how long it has
    to wait for the next request, 0 if it need not."""

    remaining: int
    full_in_s: int
    wait_s: int = 0


def told(**limits: tuple[Quota, Allowance]) -> dict[str, str]:
    """The headers that tell limits and what is left of them, by their names; the form is that of
    draft-ietf-httpapi-ratelimit-headers-10."""
    policies = [
        f'"{name}";q={quota.requests};w={int(quota.window.total_seconds())}'
        for name, (quota, _) in limits.items()
    ]
    left = [f'"{name}";r={left.remaining};t={left.full_in_s}' for name, (_, left) in limits.items()]
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


class RateLimits:
    """The buckets of all clients of this process."""

    def __init__(self, quota: Quota, clock: Clock, *, most: int = MOST_CLIENTS) -> None:
        self.quota = quota
        self._clock = clock
        self._most = most
        # A request drains `_cost` of a bucket that holds `_whole`; a microsecond gives back as much as there
        # are requests in a window. So all is whole numbers. A bucket is the instant at which it is full.
        self._cost = quota.window // _MICROSECOND
        self._whole = self._cost * quota.requests
        self._full_at: OrderedDict[str, int] = OrderedDict()

    def take(self, client: str) -> Allowance:
        """Count a request of a client; one that has to wait is not counted."""
        now = self._now()
        drained = self._drained(client, now) + self._cost
        if drained > self._whole:
            left = self._allowance(drained - self._cost)
            return attrs.evolve(left, wait_s=self._seconds(drained - self._whole))
        self._full_at[client] = now + drained
        self._full_at.move_to_end(client)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return self._allowance(drained)

    def left(self, client: str) -> Allowance:
        """What a client has left, without counting anything."""
        return self._allowance(self._drained(client, self._now()))

    @property
    def clients(self) -> int:
        """How many clients are remembered."""
        return len(self._full_at)

    def _drained(self, client: str, now: int) -> int:
        # A clock that was set back must not keep anybody waiting for longer than a window.
        return min(self._whole, max(0, self._full_at.get(client, 0) - now))

    def _allowance(self, drained: int) -> Allowance:
        return Allowance(remaining=(self._whole - drained) // self._cost, full_in_s=self._seconds(drained))

    def _now(self) -> int:
        return (self._clock.now() - _EPOCH) // _MICROSECOND * self.quota.requests

    def _seconds(self, amount: int) -> int:
        return -(-amount // (_SECOND * self.quota.requests))
