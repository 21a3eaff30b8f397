"""How much may come in a while: a bucket that fills at a steady rate and holds a burst."""

from __future__ import annotations

import attrs

# So many bytes are one more message: 64 kB, which are kept twice, take as long as nine short ones.
_BYTES = 8_192


@attrs.frozen(kw_only=True)
class Rate:
    """`per_s` messages in the long run, `burst` of them at once."""

    per_s: float
    burst: float


@attrs.define
class Allowance:
    """What is left of a rate. Time is that of any clock that never goes back, in seconds."""

    rate: Rate
    left: float = attrs.field(init=False)
    seen: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.left = self.rate.burst

    def spend(self, size: int, now: float) -> float:
        """Take one message of so many bytes off, be there enough left or not; return `wait_s`."""
        self._fill(now)
        self.left -= 1 + size // _BYTES
        return self.wait_s(now)

    def wait_s(self, now: float) -> float:
        """How long until there is room for one more; 0 if there is."""
        if self.left >= 1:
            return 0.0
        self._fill(now)
        return max(0.0, (1 - self.left) / self.rate.per_s)

    def is_untouched(self, now: float) -> bool:
        """Whether all of it is there again, so that it need not be remembered."""
        self._fill(now)
        return self.left >= self.rate.burst

    def _fill(self, now: float) -> None:
        if now > self.seen:
            self.left = min(self.rate.burst, self.left + (now - self.seen) * self.rate.per_s)
            self.seen = now
