"""To which session a stray stop may belong, and what speaks for it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import attrs

from emobility_core.charging._session import ActiveSession, EndedSession, Session
from emobility_core.ids import SessionId


class Clue(Enum):
    """What speaks for a session."""

    RUNS = "runs"
    AWAITS_ITS_STOP = "awaits-its-stop"
    SAME_TAG = "same-tag"
    BEGAN_BEFORE = "began-before"
    METER_FITS = "meter-fits"
    ONLY_ONE = "only-one"


@attrs.frozen
class Proposal:
    """A session and its clues; the more, the likelier."""

    session: SessionId
    why: tuple[Clue, ...]


def propose(stray: EndedSession, candidates: Iterable[Session]) -> list[Proposal]:
    """Rank the sessions that still take a stop by what speaks for them, the likeliest first."""
    open_ones = [
        one
        for one in candidates
        if one.id != stray.id and (isinstance(one, ActiveSession) or (one.estimated and not one.discarded))
    ]
    proposals = [Proposal(one.id, _clues(stray, one, alone=len(open_ones) == 1)) for one in open_ones]
    return sorted(proposals, key=lambda one: len(one.why), reverse=True)


def _clues(stray: EndedSession, one: Session, *, alone: bool) -> tuple[Clue, ...]:
    clues = [Clue.RUNS if isinstance(one, ActiveSession) else Clue.AWAITS_ITS_STOP]
    if stray.id_tag.text and stray.id_tag == one.id_tag:
        clues.append(Clue.SAME_TAG)
    if one.started_at <= stray.ended_at:
        clues.append(Clue.BEGAN_BEFORE)
    known = one.meter_last or one.meter_start
    if stray.meter_stop is not None and known is not None and known <= stray.meter_stop:
        clues.append(Clue.METER_FITS)
    if alone:
        clues.append(Clue.ONLY_ONE)
    return tuple(clues)
