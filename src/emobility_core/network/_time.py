"""The time a station reports, held against the time of receipt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from emobility_core.instants import Instant, instant

# Stations without a clock begin at 1970 or 2000; OCPP 1.6 appeared in 2015.
_FIRST_PLAUSIBLE = datetime(2015, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(minutes=5)


@attrs.frozen(kw_only=True)
class StationTime:
    """When something happened: `at` is what we reckon with, `reported` the station's own words.

    `trusted` is False where the reported time is missing, unreadable, before 2015 or more than five
    minutes ahead of the receipt; `at` is then the time of receipt. `told` is the time of the station's
    own clock, ahead or not; None where it has none. `zoned` is False where the text had no offset and
    was read as UTC.
    """

    at: Instant
    reported: str | None
    received: Instant
    trusted: bool = True
    told: Instant | None = None
    zoned: bool = True


def judge_time(reported: str | None, received: Instant) -> StationTime:
    """Read a station's time leniently; late is fine (offline replay), early or absurd is not trusted."""
    parsed = _parsed(reported) if reported else None
    if parsed is None:
        return StationTime(at=received, reported=reported, received=received, trusted=False)
    zoned = parsed.tzinfo is not None
    utc = parsed if zoned else parsed.replace(tzinfo=UTC)
    try:
        at = instant(utc)
    except OverflowError:  # the first and last days of the calendar have no UTC
        return StationTime(at=received, reported=reported, received=received, trusted=False)
    if at < _FIRST_PLAUSIBLE:
        return StationTime(at=received, reported=reported, received=received, trusted=False, zoned=zoned)
    trusted = at <= received + _TOLERANCE
    reckoned = at if trusted else received
    return StationTime(
        at=reckoned, reported=reported, received=received, trusted=trusted, told=at, zoned=zoned
    )


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
