"""Points in time (aware, UTC) and half-open periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NewType, Protocol

import attrs

from emobility_core.errors import Invalid

Instant = NewType("Instant", datetime)
# The least by which two instants differ.
TICK = timedelta(microseconds=1)
# With it the calendar ends.
LAST_INSTANT = Instant(datetime.max.replace(tzinfo=UTC))


@attrs.frozen
class NaiveDatetime(Invalid):
    """A time without an offset names no instant.

    Remedy: give the time with an offset, such as 2026-11-01T12:00:00Z.
    """

    code = "naive-datetime"
    text: str


@attrs.frozen
class EmptyPeriod(Invalid):
    """A period ends before or when it begins.

    Remedy: give an end that lies after the beginning, or none for an open end.
    """

    code = "empty-period"
    since: Instant
    until: Instant


def instant(value: datetime) -> Instant:
    """Convert an aware datetime to a UTC instant; raise `NaiveDatetime` for one without an offset."""
    if value.tzinfo is UTC:
        return Instant(value)
    if value.utcoffset() is None:
        raise NaiveDatetime(value.isoformat())
    return Instant(value.astimezone(UTC))


def later_by(by: timedelta, at: Instant) -> Instant:
    """So much after an instant, or the last one that there is."""
    return Instant(at + by) if by < LAST_INSTANT - at else LAST_INSTANT


def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 text; raise `NaiveDatetime` without an offset and `ValueError` for other text."""
    return instant(datetime.fromisoformat(text))


class Clock(Protocol):
    """Tells the present; the core never asks the system itself."""

    def now(self) -> Instant: ...


class Clocks(Protocol):
    """Tells whose present is which: a part of the tree of tenants may live by a clock of its own."""

    def of(self, path: str) -> Clock:
        """The clock of the tenant at this place of the tree; it may be kept, whatever becomes of clocks."""
        ...

    def together(self, one: str, other: str) -> bool:
        """Whether the tenants at two places live by the same clock."""
        ...


@attrs.frozen
class OneClock:
    """Implements `Clocks` where everybody lives by the same clock."""

    clock: Clock

    def of(self, path: str) -> Clock:
        return self.clock

    def together(self, one: str, other: str) -> bool:
        return True


@attrs.frozen(kw_only=True)
class Period:
    """From `since` (included) to `until` (excluded); an absent bound is open."""

    since: Instant | None = None
    until: Instant | None = None

    def __attrs_post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise EmptyPeriod(self.since, self.until)

    def __contains__(self, at: Instant) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)
