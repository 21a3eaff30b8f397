"""Recording a reported start: always recorded, always answered, once."""

from __future__ import annotations

import attrs

from emobility_core.charging._authorization import Authorization, refuse_another
from emobility_core.charging._events import session_ended, session_started
from emobility_core.charging._ports import (
    ChargingWork,
    ConnectorHasSession,
    StartRecorded,
    TransactionNumberTaken,
)
from emobility_core.charging._reports import ReportStart, start_identity
from emobility_core.charging._session import ActiveSession, Session, begin
from emobility_core.charging._tools import ChargingTools, find_presented
from emobility_core.ids import SessionId, TariffVersionId
from emobility_core.network import retried
from emobility_core.work import Scope, StaleWrite


@attrs.frozen(kw_only=True)
class StartAnswer:
    """The answer to a reported start: always a number, whether or not the tag is welcome."""

    session: SessionId
    transaction_id: int
    authorization: Authorization


async def record_start(report: ReportStart, *, scope: Scope, tools: ChargingTools) -> StartAnswer:
    """Record a reported start exactly once and answer with its transaction number.

    A repeat finds the recorded session. A start on an occupied connector ends the older session as
    estimated in the same unit. Raises only `Unavailable`: then nothing is acknowledged.
    """
    shown = await find_presented(report.id_tag, report.station, scope, tools, at=report.time.at)
    token, grant = shown.token, shown.authorized(at=report.time.at)
    tariff = None
    if grant.is_accepted:
        tariff = await tools.tariffs.version_for(report.station, token, at=report.time.at)
    if token is not None and not token.concurrent and grant.is_accepted:
        grant = refuse_another(grant, report, await tools.running.of_token(token.id))
    session = await retried(
        lambda: _start_once(report, grant, tariff, scope, tools),
        station=report.station,
        against=(StartRecorded, TransactionNumberTaken, ConnectorHasSession, StaleWrite),
    )
    # A repeat is told what is on record, whatever holds by now.
    answer = attrs.evolve(grant, status=session.authorization)
    return StartAnswer(session=session.id, transaction_id=session.transaction_id, authorization=answer)


async def _start_once(
    report: ReportStart,
    grant: Authorization,
    tariff: TariffVersionId | None,
    scope: Scope,
    tools: ChargingTools,
) -> Session:
    identity, again = start_identity(report), False
    async with tools.transactions(scope) as work:
        while (known := await work.sessions.find_start(report.station, identity)) is not None:
            if isinstance(known, ActiveSession) or report.time.told is not None:
                return known
            # Without a clock the same words after a stop are another session, however often.
            identity, again = f"{start_identity(report)}|after {known.id.hex}", True
        begun = begin(
            report,
            grant,
            id=SessionId(tools.ids.uuid7(report.time.received)),
            tenant=scope.tenant,
            transaction_id=tools.ids.transaction_number(),
            identity=identity,
            tariff=tariff,
            again=again,
        )
        work.outbox.publish(session_started(begun, tools.ids, reservation=report.reservation))
        session = await _make_room(begun, report, work, tools)
        await work.sessions.add(session)
    return session


async def _make_room(
    session: ActiveSession, report: ReportStart, work: ChargingWork, tools: ChargingTools
) -> Session:
    """End the older of two sessions on a connector, with the last value known of it."""
    for running in await work.sessions.active_on(report.station):
        if running.connector != report.connector:
            continue
        if session.started_at < running.started_at:
            # A late replay of an older start: the newer session goes on, the older waits for its stop.
            ended = session.end_estimated(report.time, "Superseded")
            work.outbox.publish(session_ended(ended, tools.ids))
            return ended
        ended = running.end_estimated(report.time, "Superseded")
        await work.sessions.replace(ended)
        work.outbox.publish(session_ended(ended, tools.ids))
    return session
