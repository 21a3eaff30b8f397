"""What somebody decides about a doubt: an action, a reason, who and when; and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.charging._doubt import DoubtfulReportKind
from emobility_core.customers import IdTag
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import DoubtfulReportId, ResolutionId, SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Record


@attrs.frozen
class AlreadyResolved(Conflict):
    """Nothing is in doubt here any more.

    Remedy: read it again; its resolution says who decided what.
    """

    code = "already-resolved"
    id: UUID


@attrs.frozen
class SessionStillRuns(Conflict):
    """A running session cannot be resolved: its end may raise further doubts.

    Remedy: wait for its end, or stop it by a command.
    """

    code = "session-still-runs"
    session: UUID


@attrs.frozen
class StopKnown(Conflict):
    """The session has the stop of its own station already.

    Remedy: discard the stray stop, or correct the session.
    """

    code = "stop-known"
    session: UUID


@attrs.frozen
class ResolutionDoesNotFit(Invalid):
    """The action does not fit what is in doubt.

    Remedy: take one of its `actions`; a session of a stray stop is resolved through the doubt that names it.
    """

    code = "resolution-does-not-fit"
    action: str
    reason: str


@attrs.frozen
class ResolutionNeeds(Invalid):
    """The action lacks something that it needs.

    Remedy: give the named field.
    """

    code = "resolution-needs"
    field: str


@attrs.frozen
class CorrectionImplausible(Invalid):
    """A correction ends a session before it began, or its meter below where it started.

    Remedy: give times and registers in their order.
    """

    code = "correction-implausible"
    field: str


@attrs.frozen
class StillUnreadable(Invalid):
    """A report cannot be read even as it was mended.

    Remedy: mend what the reason names and give the whole payload.
    """

    code = "still-unreadable"
    reason: str


@attrs.frozen
class CardNotAdmitted(Invalid):
    """A report names a card that may be another company's, and that does not count at the station any more.

    What was made of it would tell the card.

    Remedy: name a card of your own in its place; a stop may name none.
    """

    code = "card-not-admitted"
    station: StationId


class ResolutionAction(Enum):
    """What can be done about a doubt."""

    ATTACH_TO_SESSION = "attach_to_session"
    MAKE_SESSION = "make_session"
    ACCEPT_AS_IS = "accept_as_is"
    CORRECT = "correct"
    REPLAY = "replay"
    DISCARD = "discard"


_A = ResolutionAction
ACTIONS: Mapping[DoubtfulReportKind | None, tuple[ResolutionAction, ...]] = {
    DoubtfulReportKind.STOP_WITHOUT_SESSION: (
        _A.ATTACH_TO_SESSION,
        _A.MAKE_SESSION,
        _A.ACCEPT_AS_IS,
        _A.DISCARD,
    ),
    DoubtfulReportKind.UNREADABLE: (_A.REPLAY, _A.DISCARD),
    # A session itself.
    None: (_A.ACCEPT_AS_IS, _A.CORRECT, _A.DISCARD),
}


_VALUES = ("started_at", "ended_at", "meter_start_kwh", "meter_stop_kwh")
_TAKES: Mapping[ResolutionAction, tuple[str, ...]] = {
    _A.ATTACH_TO_SESSION: ("session",),
    _A.MAKE_SESSION: (*_VALUES, "id_tag"),
    _A.CORRECT: _VALUES,
    _A.REPLAY: ("payload",),
}


@attrs.frozen(kw_only=True)
class Resolve:
    """Decide about a doubt. `session` is the one to attach to; the times and registers correct a
    session or, with `id_tag`, make one; `payload` is a mended report."""

    action: ResolutionAction
    reason: str = attrs.field(validator=attrs.validators.min_len(1))
    session: SessionId | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    meter_start_kwh: Decimal | None = None
    meter_stop_kwh: Decimal | None = None
    id_tag: IdTag | None = None
    payload: Mapping[str, object] | None = None

    def require(self, kind: DoubtfulReportKind | None) -> None:
        """Raise `ResolutionDoesNotFit` for an action that this kind of doubt does not know, and for what the
        action would leave unheeded."""
        if self.action not in ACTIONS[kind]:
            reason = "is not for a session" if kind is None else f"is not for {kind.value}"
            raise ResolutionDoesNotFit(self.action.value, reason)
        taken = _TAKES.get(self.action, ())
        for name in ("session", *_VALUES, "id_tag", "payload"):
            if getattr(self, name) is not None and name not in taken:
                raise ResolutionDoesNotFit(self.action.value, f"takes no {name}")


@attrs.frozen
class UnknownResolution(NotFound):
    """There is no such resolution within the caller's scope.

    Remedy: list the resolutions and use one of their ids.
    """

    code = "unknown-resolution"
    resolution: UUID


@attrs.frozen(kw_only=True)
class Resolution(Record):
    """A decision as it was made, for good. `by` acted; `report` or `session`, or both, were in doubt."""

    id: ResolutionId
    station: StationId
    action: ResolutionAction
    reason: str
    by: str
    report: DoubtfulReportId | None = None
    session: SessionId | None = None
