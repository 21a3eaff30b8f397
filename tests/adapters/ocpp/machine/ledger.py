"""The ledger of sessions held against the paper: each charge once, its energy to the watt-hour."""

from __future__ import annotations

from emobility_core.charging import ActiveSession, AuthorizationStatus, Doubt, EndedSession, Session
from emobility_core.energy import Energy

from .backend import BLOCKED, UNKNOWN, WELCOME, Backend
from .paper import Charge, Clock, Paper

_STATUS = {
    WELCOME: AuthorizationStatus.ACCEPTED,
    BLOCKED: AuthorizationStatus.BLOCKED,
    UNKNOWN: AuthorizationStatus.INVALID,
}


async def compare(paper: Paper, sessions: list[Session], backend: Backend) -> None:
    """Fail unless the sessions are the charges that we have been told of, no more and no fewer."""
    left = list(sessions)
    active = [one.connector for one in sessions if isinstance(one, ActiveSession)]
    assert len(active) == len(set(active)), "two sessions run on one connector"
    for charge in paper.charges:
        if charge.started:
            session = _session_of(charge, left)
            left.remove(session)
            await _compare(charge, session, paper, backend)
    strays = list(paper.strays)
    for session in left:
        assert _is_copy(session, paper) or _is_stray(session, strays), f"a session of no charge: {session}"


def _session_of(charge: Charge, sessions: list[Session]) -> Session:
    if charge.heard is not None:
        mine = [one for one in sessions if one.transaction_id == charge.heard]
    else:
        mine = [one for one in sessions if tells_of(one, charge)]
    assert mine, f"the session of {charge} is lost"
    if not charge.copies:
        assert len(mine) == 1, f"{charge} has become {len(mine)} sessions"
    return mine[0]


def tells_of(session: Session, charge: Charge) -> bool:
    return (
        session.connector == charge.connector
        and session.id_tag.text == charge.tag
        and session.meter_start == Energy.wh(charge.first)
        and session.started_reported == charge.told
    )


async def _compare(charge: Charge, session: Session, paper: Paper, backend: Backend) -> None:
    assert tells_of(session, charge)
    assert session.authorization is _STATUS[charge.tag]
    if charge.clock is Clock.UNSET:
        assert Doubt.CLOCK_NOT_TRUSTED in session.doubts
    if charge.vague or charge.copies:
        return
    in_order = charge.connector not in paper.odd
    if charge.ended:
        assert isinstance(session, EndedSession)
        assert not session.estimated
        assert charge.last is not None
        assert session.delivered == Energy.wh(charge.last - charge.first)
        assert session.ended_reported == charge.stopped
        if in_order:
            assert session.doubts == frozenset()
    elif in_order and charge.connector not in paper.disordered:
        highest = max([charge.first, *charge.reported])
        assert session.delivered == Energy.wh(highest - charge.first)
        newest = max(one.told for one in paper.charges if one.connector == charge.connector and one.started)
        assert isinstance(session, ActiveSession) == (charge.told == newest)
    if in_order and not charge.repeated:
        kept = await backend.registers(session.id)
        assert kept == sorted(charge.reported), (kept, charge, session)


def _is_copy(session: Session, paper: Paper) -> bool:
    """Without a clock a start that is sent again may be another: it is one, and must be doubted."""
    alike = [one for one in paper.charges if one.copies and tells_of(session, one)]
    return bool(alike) and Doubt.CLOCK_NOT_TRUSTED in session.doubts


def _is_stray(session: Session, strays: list[Charge]) -> bool:
    """A stop that names no transaction and fits none, or several, waits for review."""
    if Doubt.START_MISSING not in session.doubts:
        return False
    for charge in strays:
        if isinstance(session, EndedSession) and session.ended_reported == charge.stopped:
            strays.remove(charge)
            return True
    return False
