"""What went over a station's line: counts per action and how long answers took."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence

import attrs

# Enough for percentiles; an endless run must not grow.
_LATENCIES_KEPT = 10_000


@attrs.define(eq=False)
class Traffic:
    """Calls of the station by action: sent, acknowledged with a CALLRESULT, failed with a CALLERROR.

    `latencies_s` are the last seconds from sending to the answer; `requests` counts the central
    system's own calls.
    """

    sent: Counter[str] = attrs.field(factory=Counter)
    acknowledged: Counter[str] = attrs.field(factory=Counter)
    failed: Counter[str] = attrs.field(factory=Counter)
    requests: Counter[str] = attrs.field(factory=Counter)
    latencies_s: deque[float] = attrs.field(factory=lambda: deque(maxlen=_LATENCIES_KEPT))


@attrs.frozen
class Latency:
    """Milliseconds from a call to its answer: the median, the 95th percentile and the worst."""

    p50_ms: float
    p95_ms: float
    max_ms: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Latency:
        ordered = sorted(seconds)
        return cls(
            p50_ms=_percentile(ordered, 0.50),
            p95_ms=_percentile(ordered, 0.95),
            max_ms=_percentile(ordered, 1.0),
        )


def _percentile(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[max(0, math.ceil(len(ordered) * share) - 1)] * 1000, 2)
