"""Recording a reported stop: the first one counts, later ones are kept, strays are worked on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from emobility_core.charging._authorization import UNKNOWN, Authorization
from emobility_core.charging._doubt import DoubtfulReport, DoubtfulReportKind
from emobility_core.charging._events import session_ended
from emobility_core.charging._linking import reading_of
from emobility_core.charging._ports import ChargingWork, StartRecorded, TransactionNumberTaken
from emobility_core.charging._reading import register_of
from emobility_core.charging._reports import ReportStop, stop_identity
from emobility_core.charging._session import ActiveSession, EndedSession, Session, one_sided
from emobility_core.charging._tools import ChargingTools, find_presented, present_tag
from emobility_core.ids import DoubtfulReportId, Ids, SessionId
from emobility_core.network import ReportKind, StationReport, retried
from emobility_core.work import Scope, StaleWrite


@attrs.frozen(kw_only=True)
class StopAnswer:
    """The answer to a reported stop; `authorization` speaks of the tag that stopped, if one did."""

    session: SessionId | None
    authorization: Authorization | None


async def record_stop(report: ReportStop, *, scope: Scope, tools: ChargingTools) -> StopAnswer:
    """Record a reported stop exactly once; one that fits no session is kept for review."""
    authorization = None
    if report.id_tag is not None:
        authorization = await present_tag(
            report.id_tag, station=report.station, scope=scope, tools=tools, at=report.time.at
        )
    session = await retried(
        lambda: _stop_once(report, authorization, scope, tools),
        station=report.station,
        against=(StartRecorded, TransactionNumberTaken, StaleWrite),
    )
    return StopAnswer(session=session, authorization=authorization)


async def _stop_once(
    report: ReportStop, presented: Authorization | None, scope: Scope, tools: ChargingTools
) -> SessionId:
    async def may_be_by(session: Session) -> bool:
        return await _is_of_its_group(session, report, presented, scope, tools)

    async with tools.transactions(scope) as work:
        session, guessed = await _stopped_session(report, may_be_by, work)
        if session is None:
            return await _keep_for_review(report, presented or UNKNOWN, scope, work, tools.ids)
        if isinstance(session, ActiveSession) or not session.is_stopped_by(report):
            await _keep_values(report, session, scope, work)
        if isinstance(session, ActiveSession):
            ended = session.end(report, guessed=guessed)
            await work.sessions.replace(ended)
            work.outbox.publish(session_ended(ended, tools.ids))
            return ended.id
        await _stop_again(session, report, work, tools.ids, guessed=guessed)
        return session.id


async def _keep_values(report: ReportStop, session: Session | None, scope: Scope, work: ChargingWork) -> None:
    """Signed samples often come only with the stop: kept verbatim, in the very unit of the stop."""
    connector = 0 if session is None else session.connector
    for value in report.values:
        register = register_of(value.samples)
        await work.meter_readings.add(reading_of(value, register, report.station, connector, session, scope))


async def _is_of_its_group(
    session: Session,
    report: ReportStop,
    presented: Authorization | None,
    scope: Scope,
    tools: ChargingTools,
) -> bool:
    """Whether the session's tag was presented, or one of the same parent (OCPP 1.6, 3.10: may stop it)."""
    if report.id_tag == session.id_tag:
        return True
    if presented is None or presented.parent is None:
        return False
    known = await find_presented(session.id_tag, session.station, scope, tools, at=session.started_at)
    token = known.token
    return token is not None and token.parent == presented.parent


async def _stopped_session(
    report: ReportStop, may_be_by: Callable[[Session], Awaitable[bool]], work: ChargingWork
) -> tuple[Session | None, bool]:
    if report.transaction_id is not None:
        named = await work.sessions.find_transaction(report.station, report.transaction_id)
        return named, False
    repeated = await work.sessions.find_stopped(report.station, stop_identity(report))
    if repeated is not None and report.time.trusted:
        # Meanwhile another session may fit, which this stop did not mean.
        return repeated, False
    fitting = [one for one in await work.sessions.active_on(report.station) if _may_end(one, report)]
    by_tag: list[Session] = [one for one in fitting if report.id_tag is None or await may_be_by(one)]
    if not by_tag and repeated is None:
        estimated = await work.sessions.estimated_on(report.station)
        ended = [one for one in estimated if not one.discarded and _may_end(one, report)]
        by_tag = [one for one in ended if report.id_tag is None or await may_be_by(one)]
    if len(by_tag) != 1:
        return repeated, False
    return by_tag[0], report.id_tag is None


def _may_end(session: Session, report: ReportStop) -> bool:
    return session.started_at <= report.time.at and (
        report.meter is None or session.meter_start is None or session.meter_start <= report.meter
    )


async def _stop_again(
    session: EndedSession, report: ReportStop, work: ChargingWork, ids: Ids, *, guessed: bool
) -> None:
    if not session.estimated:
        await _keep_repetition(session, report, work)
    if not session.is_stopped_by(report):
        corrected = session.corrected_by(report, guessed=guessed)
        if corrected != session:
            await work.sessions.replace(corrected)
            work.outbox.publish(session_ended(corrected, ids, corrects=True))


async def _keep_repetition(session: Session, report: ReportStop, work: ChargingWork) -> None:
    await work.station_reports.add(
        StationReport(
            tenant=session.tenant,
            station=session.station,
            connector=session.connector,
            kind=ReportKind.REPEATED_STOP,
            content=report.content,
            at=report.time.at,
            received_at=report.time.received,
        )
    )


async def _keep_for_review(
    report: ReportStop, presented: Authorization, scope: Scope, work: ChargingWork, ids: Ids
) -> SessionId:
    identity, received = _review_identity(report), report.time.received
    recorded = await work.sessions.find_start(report.station, identity)
    if recorded is not None:
        await _keep_repetition(recorded, report, work)
        return recorded.id
    await _keep_values(report, None, scope, work)
    session = one_sided(
        report,
        presented,
        id=SessionId(ids.uuid7(received)),
        tenant=scope.tenant,
        transaction_id=ids.transaction_number(),
        identity=identity,
    )
    await work.sessions.add(session)
    running = await work.sessions.active_on(report.station)
    candidates = [*running, *await work.sessions.estimated_on(report.station)]
    await work.doubtful_reports.add(
        DoubtfulReport(
            id=DoubtfulReportId(ids.uuid7(received)),
            tenant=scope.tenant,
            created_at=received,
            updated_at=received,
            station=report.station,
            kind=DoubtfulReportKind.STOP_WITHOUT_SESSION,
            content=report.content,
            proposals=tuple(one.id for one in candidates if one.started_at <= report.time.at),
            session=session.id,
        )
    )
    work.outbox.publish(session_ended(session, ids))
    return session.id


def _review_identity(report: ReportStop) -> str:
    tag = "" if report.id_tag is None else report.id_tag.folded
    return f"!stop|{report.transaction_id}|{tag}|{stop_identity(report)}"
