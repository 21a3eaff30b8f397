"""What the signed times of a transaction are good for."""

from __future__ import annotations

from collections.abc import Iterable

from emobility_core.metering._reason import Reason
from emobility_core.metering._record import SignedReading, TimeStatus
from emobility_core.metering._verdict import TimeBasis, TimeVerdict

# A duration is measured between two synchronised times, or by the calibrated axis of a relative clock.
_CALIBRATED = frozenset({TimeStatus.SYNCHRONISED, TimeStatus.RELATIVE})


def judge_time(begin: SignedReading | None, end: SignedReading | None) -> TimeVerdict:
    """Judge the times of begin and end; calibrated only where both are, in the same way, and unflagged."""
    if begin is None or end is None:
        return TimeVerdict(
            since=None if begin is None else begin.at,
            until=None if end is None else end.at,
            basis=TimeBasis.NONE,
            reasons=(Reason("incomplete"),),
        )
    reasons = tuple(_reasons(begin, end))
    readable = begin.at is not None and end.at is not None and begin.at <= end.at
    basis = TimeBasis.INFORMATIVE if readable else TimeBasis.NONE
    return TimeVerdict(
        since=begin.at,
        until=end.at,
        basis=basis if reasons else TimeBasis.CALIBRATED,
        statuses=(begin.time_status, end.time_status),
        reasons=reasons,
    )


def _reasons(begin: SignedReading, end: SignedReading) -> Iterable[Reason]:
    statuses = begin.time_status, end.time_status
    if statuses[0] not in _CALIBRATED or len(set(statuses)) > 1:
        yield Reason("clock-not-calibrated", {"begin": statuses[0].value, "end": statuses[1].value})
    for name, one in (("begin", begin), ("end", end)):
        if "t" in one.flags:
            yield Reason("time-unusable", {"at": name})
        if one.at is None:
            yield Reason("time-unreadable", {"at": name})
    if begin.at is not None and end.at is not None and end.at < begin.at:
        yield Reason("end-before-begin", {"begin": begin.at.isoformat(), "end": end.at.isoformat()})
