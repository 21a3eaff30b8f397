"""Resolving doubts: a person decides, once, within one unit of work with all that follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import attrs

from emobility_core.charging._authorization import Presented
from emobility_core.charging._doubt import Doubt, DoubtfulReport, DoubtState
from emobility_core.charging._events import doubt_resolved, session_ended
from emobility_core.charging._ports import ChargingWork, Resolutions
from emobility_core.charging._reports import ReportStop
from emobility_core.charging._resolution import (
    AlreadyResolved,
    CorrectionImplausible,
    Resolution,
    ResolutionAction,
    ResolutionDoesNotFit,
    ResolutionNeeds,
    Resolve,
    SessionStillRuns,
    StopKnown,
)
from emobility_core.charging._session import ActiveSession, EndedSession
from emobility_core.charging._tools import ChargingTools, find_admitted, find_presented
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import DoubtfulReportId, ResolutionId, SessionId
from emobility_core.instants import Instant
from emobility_core.network import StationTime
from emobility_core.work import Scope


class ResolvingWork(ChargingWork, Protocol):
    @property
    def resolutions(self) -> Resolutions: ...


# Hands a report that was unreadable to the use case that it was meant for, within the unit of work, as of
# its receipt; raises `StillUnreadable`.
Replay = Callable[[DoubtfulReport, Resolve, Scope, ResolvingWork], Awaitable[None]]


async def resolve_session(
    id: SessionId, asked: Resolve, *, work: ResolvingWork, scope: Scope, tools: ChargingTools, at: Instant
) -> Resolution:
    """Resolve all doubts about an ended session. Raises `AlreadyResolved`, `SessionStillRuns`,
    `ResolutionDoesNotFit`, `CorrectionImplausible`."""
    session = await work.sessions.get(id)
    if isinstance(session, ActiveSession):
        raise SessionStillRuns(id)
    asked.require(None)
    if Doubt.START_MISSING in session.open_doubts:
        raise ResolutionDoesNotFit(asked.action.value, "the session is of a stray stop")
    if not session.in_doubt:
        raise AlreadyResolved(id)
    made = _resolution(asked, session, scope, tools, at)
    work.outbox.publish(doubt_resolved(made, tools.ids))
    await _store(_settled(session, asked, at), work, tools, at)
    await work.resolutions.add(made)
    return made


async def resolve_report(
    id: DoubtfulReportId, asked: Resolve, *, work: ResolvingWork, scope: Scope, tools: ChargingTools,
    replay: Replay, at: Instant,
) -> Resolution:  # fmt: skip
    """Resolve a report that found no session. Raises `AlreadyResolved`, `ResolutionDoesNotFit`,
    `ResolutionNeeds`, `StopKnown`, `StillUnreadable`, `CardNotAdmitted`, `CorrectionImplausible`."""
    report = await work.doubtful_reports.get(id)
    asked.require(report.kind)
    if report.state is DoubtState.RESOLVED:
        raise AlreadyResolved(id)
    stray = None if report.session is None else await work.sessions.get(report.session)
    made = _resolution(asked, report, scope, tools, at)
    resolved = attrs.evolve(report, state=DoubtState.RESOLVED, resolution=made.id, updated_at=at)
    await work.doubtful_reports.replace(resolved)
    await work.resolutions.add(made)
    # Before what follows from it: whoever remembers the station's sessions reads them anew from here on.
    work.outbox.publish(doubt_resolved(made, tools.ids))
    if isinstance(stray, EndedSession):
        await _resolve_stray(stray, report, asked, work, scope, tools, at)
    elif asked.action is ResolutionAction.REPLAY:
        await replay(report, asked, scope, work)
    return made


async def _resolve_stray(
    stray: EndedSession, report: DoubtfulReport, asked: Resolve, work: ResolvingWork, scope: Scope,
    tools: ChargingTools, at: Instant,
) -> None:  # fmt: skip
    if asked.action is ResolutionAction.ATTACH_TO_SESSION:
        await _attach(stray, report, asked, work, tools, at)
        stray = stray.discard(at=at)
    elif asked.action is ResolutionAction.MAKE_SESSION:
        stray = await _whole(stray, asked, scope, tools, at)
    else:
        stray = _settled(stray, asked, at)
    await _store(stray, work, tools, at)


async def _attach(
    stray: EndedSession, report: DoubtfulReport, asked: Resolve, work: ResolvingWork, tools: ChargingTools,
    at: Instant,
) -> None:  # fmt: skip
    """Let a stray stop end the session that it belongs to."""
    if asked.session is None:
        raise ResolutionNeeds("session")
    target = await work.sessions.get(asked.session)
    if target.station != stray.station or target.id == stray.id:
        raise ResolutionDoesNotFit(asked.action.value, "the session is of another station")
    stop = _stop_of(stray, report)
    if isinstance(target, ActiveSession):
        ended = target.end(stop)
        await work.sessions.replace(ended)
        work.outbox.publish(session_ended(ended, tools.ids, at=at))
        return
    if not target.estimated or target.discarded:
        raise StopKnown(target.id)
    await _store(attrs.evolve(target.corrected_by(stop), updated_at=at), work, tools, at)


def _stop_of(stray: EndedSession, report: DoubtfulReport) -> ReportStop:
    """The stop that a one-sided session was made of."""
    trusted = Doubt.CLOCK_NOT_TRUSTED not in stray.doubts
    zoned = Doubt.CLOCK_WITHOUT_ZONE not in stray.doubts
    time = StationTime(
        at=stray.ended_at,
        reported=stray.ended_reported,
        received=stray.ended_received,
        trusted=trusted,
        zoned=zoned,
    )
    return ReportStop(
        station=stray.station,
        transaction_id=None,
        meter=stray.meter_stop,
        time=time,
        id_tag=stray.id_tag if stray.id_tag.text else None,
        reason=stray.stop_reason,
        content=report.content,
    )


async def _whole(
    stray: EndedSession, asked: Resolve, scope: Scope, tools: ChargingTools, at: Instant
) -> EndedSession:
    """Give a one-sided session the start that nobody reported, and decide anew on whose account it was."""
    if asked.started_at is None:
        raise ResolutionNeeds("started_at")
    if asked.meter_start_kwh is None:
        raise ResolutionNeeds("meter_start_kwh")
    tag = asked.id_tag or stray.id_tag
    shown = await _shown(stray, tag, scope, tools, asked.started_at)
    grant, tariff = shown.authorized(at=asked.started_at), None
    if grant.is_accepted:
        tariff = await tools.tariffs.version_for(stray.station, shown.token, at=asked.started_at)
    if tag == stray.id_tag and shown.token is None:
        # Whose card it was stays known: it says who may read the tag.
        grant = attrs.evolve(grant, grant=stray.grant, token_tenant=stray.token_tenant)
    owned = attrs.evolve(
        stray,
        id_tag=tag,
        authorization=grant.status,
        token=grant.token,
        token_tenant=grant.token_tenant,
        customer=grant.customer,
        contract=grant.contract,
        grant=grant.grant,
        tariff=tariff,
    )
    return _corrected(owned, asked, at)


async def _shown(
    stray: EndedSession, tag: IdTag, scope: Scope, tools: ChargingTools, at: Instant
) -> Presented:
    """Whose card it was. One that a grant let in is not one of the company's own that got its tag since."""
    if tag == stray.id_tag and stray.grant is not None:
        return await find_admitted(tag, stray.station, tools, at=at)
    its_own = attrs.evolve(scope, tenant=stray.tenant)
    return await find_presented(tag, stray.station, its_own, tools, at=at)


def _settled(session: EndedSession, asked: Resolve, at: Instant) -> EndedSession:
    if asked.action is ResolutionAction.DISCARD:
        return session.discard(at=at)
    if asked.action is ResolutionAction.CORRECT:
        return _corrected(session, asked, at)
    return session.accept(at=at)


def _corrected(session: EndedSession, asked: Resolve, at: Instant) -> EndedSession:
    start = session.meter_start if asked.meter_start_kwh is None else Energy.parse_kwh(asked.meter_start_kwh)
    stop = session.meter_stop if asked.meter_stop_kwh is None else Energy.parse_kwh(asked.meter_stop_kwh)
    started_at, ended_at = asked.started_at or session.started_at, asked.ended_at or session.ended_at
    if ended_at < started_at:
        raise CorrectionImplausible("ended_at")
    if start is not None and stop is not None and stop < start:
        raise CorrectionImplausible("meter_stop_kwh")
    changed = attrs.evolve(
        session, meter_start=start, meter_stop=stop, started_at=started_at, ended_at=ended_at
    )
    return changed.accept(at=at)


async def _store(session: EndedSession, work: ResolvingWork, tools: ChargingTools, at: Instant) -> None:
    await work.sessions.replace(session)
    work.outbox.publish(session_ended(session, tools.ids, corrects=True, at=at))


def _resolution(
    asked: Resolve, about: EndedSession | DoubtfulReport, scope: Scope, tools: ChargingTools, at: Instant
) -> Resolution:
    report = about if isinstance(about, DoubtfulReport) else None
    return Resolution(
        id=ResolutionId(tools.ids.uuid7(at)),
        tenant=about.tenant,
        created_at=at,
        updated_at=at,
        station=about.station,
        action=asked.action,
        reason=asked.reason,
        by=scope.actor,
        report=None if report is None else report.id,
        session=asked.session or (SessionId(about.id) if report is None else report.session),
    )
