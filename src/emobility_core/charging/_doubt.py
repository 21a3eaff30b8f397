"""Why a session must not be billed yet, and reports that found no session."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import DoubtfulReportId, ResolutionId, SessionId, StationId
from emobility_core.work import Record


@attrs.frozen
class UnknownDoubtfulReport(NotFound):
    """There is no such doubtful report within the caller's scope.

    Remedy: list the doubts and use one of their ids.
    """

    code = "unknown-doubtful-report"
    doubtful_report: UUID


class Doubt(Enum):
    """Something implausible about a session; it holds billing until somebody resolves it."""

    CLOCK_NOT_TRUSTED = "clock-not-trusted"
    CLOCK_WITHOUT_ZONE = "clock-without-zone"
    CLOCK_DRIFTED = "clock-drifted"
    STARTED_AGAIN_AFTER_STOP = "started-again-after-stop"
    START_MISSING = "start-missing"
    METER_START_MISSING = "meter-start-missing"
    METER_STOP_MISSING = "meter-stop-missing"
    METER_WENT_BACKWARDS = "meter-went-backwards"
    ENERGY_FROM_READINGS = "energy-from-readings"
    ENERGY_IMPLAUSIBLE = "energy-implausible"
    UNIT_IMPLAUSIBLE = "unit-implausible"
    ENDED_BEFORE_IT_STARTED = "ended-before-it-started"
    STOP_ESTIMATED = "stop-estimated"
    STOP_MATCHED_BY_GUESS = "stop-matched-by-guess"
    STOPS_DISAGREE = "stops-disagree"


class DoubtState(Enum):
    """Whether a report still waits for somebody."""

    OPEN = "open"
    RESOLVED = "resolved"


class DoubtfulReportKind(Enum):
    """Why a report stands apart."""

    STOP_WITHOUT_SESSION = "stop-without-session"
    UNREADABLE = "unreadable"


@attrs.frozen(kw_only=True)
class DoubtfulReport(Record):
    """A report kept for review. `content` is as sent; `proposals` are sessions it may belong to.

    `session` is the one-sided session that a stop without any got; `resolution` says what became of it.
    """

    id: DoubtfulReportId
    station: StationId
    kind: DoubtfulReportKind
    content: Mapping[str, object]
    proposals: tuple[SessionId, ...] = ()
    session: SessionId | None = None
    state: DoubtState = DoubtState.OPEN
    resolution: ResolutionId | None = None
