"""When a request is sent again, and how long after."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import attrs
import httpx

# 409 is only sent again where the server says when: an earlier request of the same key is under way.
_PASSING = frozenset({429, 502, 503, 504})


@attrs.frozen(kw_only=True)
class Retries:
    """`attempts` in all; each wait is up to twice as long as the one before, from `first_s` to `longest_s`
    seconds, and chance spreads it. `Retry-After` is obeyed up to `patience_s`; beyond it the refusal is
    raised.
    """

    attempts: int = attrs.field(default=5, validator=attrs.validators.ge(1))
    first_s: float = 0.5
    longest_s: float = 30.0
    patience_s: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def again(self, attempt: int, response: httpx.Response | None) -> bool:
        """Wait, and tell whether to send again after this `attempt` (from 1); None is a line that broke."""
        if attempt >= self.attempts:
            return False
        told = None if response is None else _retry_after_s(response)
        if response is not None and not (response.status_code in _PASSING or _in_flight(response, told)):
            return False
        if told is not None and told > self.patience_s:
            return False
        spread_s = min(self.longest_s, self.first_s * 2 ** (attempt - 1)) * self.chance()
        self.sleep(spread_s if told is None else told + spread_s)
        return True


def _in_flight(response: httpx.Response, told: float | None) -> bool:
    return response.status_code == 409 and told is not None


def _retry_after_s(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; the server never gives a date."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
