"""The time a station reports, held against the time of receipt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import attrs

from emobility_core.instants import Instant, instant

# Stations without a clock begin at 1970 or 2000; OCPP 1.6 appeared in 2015.
_FIRST_PLAUSIBLE = datetime(2015, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(minutes=5)
# Prices by the minute must not depend on a clock that is off by more.
DRIFT_TOLERANCE = timedelta(minutes=1)


@attrs.frozen
class StationTime:
    """When something happened: `at` is what we reckon with, `reported` the station's own words.

    `trusted` is False where the reported time is missing, unreadable, before 2015 or more than five
    minutes ahead of the receipt; `at` is then the time of receipt. `told` is the time of the station's
    own clock, ahead or not; None where it has none. `zoned` is False where the text had no offset and
    was read as UTC. `offset` is by how much its clock is known to be ahead.
    """

    at: Instant
    reported: str | None
    received: Instant
    trusted: bool = True
    told: Instant | None = None
    zoned: bool = True
    offset: timedelta | None = None

    @property
    def corrected(self) -> Instant:
        """When it happened by our own clock, as far as can be told; never later than the receipt."""
        if self.told is None or self.offset is None:
            return self.at
        try:
            return min(Instant(self.told - self.offset), self.received)
        except OverflowError:  # a clock behind ours that tells the last days of the calendar
            return self.received

    @property
    def drifted(self) -> bool:
        """Whether the clock that told it is off by more than a minute."""
        return self.told is not None and self.offset is not None and abs(self.offset) > DRIFT_TOLERANCE


def judge_time(
    reported: str | None, received: Instant, *, offset: timedelta | None = None, zone: tzinfo = UTC
) -> StationTime:
    """Read a station's time leniently; late is fine (offline replay), early or absurd is not trusted.

    `zone` is the one that a text without an offset is in, where that is known. What is not trusted is
    corrected where the clock's `offset` is known; what is trusted stays as told.
    """
    parsed = _parsed(reported) if reported else None
    if parsed is None:
        return StationTime(at=received, reported=reported, received=received, trusted=False)
    zoned = parsed.tzinfo is not None or zone is not UTC
    utc = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=zone)
    try:
        at = instant(utc)
    except OverflowError:  # the first and last days of the calendar have no UTC
        return StationTime(at=received, reported=reported, received=received, trusted=False)
    if at < _FIRST_PLAUSIBLE:
        return StationTime(at=received, reported=reported, received=received, trusted=False, zoned=zoned)
    trusted = at <= received + _TOLERANCE
    if trusted:
        return StationTime(at, reported, received, told=at, zoned=zoned, offset=offset)
    told = StationTime(received, reported, received, trusted=False, told=at, zoned=zoned, offset=offset)
    return attrs.evolve(told, at=told.corrected)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
