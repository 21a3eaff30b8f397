"""Recording meter values: the hot path, an append a value and one step of progress a message."""

from __future__ import annotations

from datetime import timedelta

import attrs

from emobility_core.charging._doubt import Doubt
from emobility_core.charging._events import session_reopened, session_updated
from emobility_core.charging._linking import reading_of
from emobility_core.charging._ports import ChargingWork, ConnectorHasSession
from emobility_core.charging._reading import register_of, unit_lies
from emobility_core.charging._reports import ReportReadings
from emobility_core.charging._session import ActiveSession, EndedSession, Session
from emobility_core.charging._tools import ChargingTools
from emobility_core.network import retried
from emobility_core.work import Scope, StaleWrite

# How often the event log hears of a running session; the live view hears of every value.
_LOGGED_EVERY = timedelta(minutes=15)


async def record_readings(report: ReportReadings, *, scope: Scope, tools: ChargingTools) -> None:
    """Record meter values once; those of no known session are kept without one."""
    await retried(
        lambda: _record_once(report, scope, tools),
        station=report.station,
        against=(StaleWrite, ConnectorHasSession),  # the latter where one that fell silent would go on
    )


async def _record_once(report: ReportReadings, scope: Scope, tools: ChargingTools) -> None:
    async with tools.transactions(scope) as work:
        session, named = await _metered_session(report, work)
        if session is not None and session.last_message == report.message:
            return  # sent again, for want of an answer
        before = session
        if isinstance(session, EndedSession) and await _goes_on(session, report, work):
            session = session.reopened()
        highest, reached = (session.meter_last, session.meter_last_at) if session else (None, None)
        lies = False
        for value in report.values:
            register = register_of(value.samples)
            # A named session is meant even by a time cut to the second before its start.
            linked = session if session and (named or value.time.at >= session.started_at) else None
            energy = register.energy if isinstance(linked, ActiveSession) else None
            fell = energy is not None and highest is not None and energy < highest
            lying = unit_lies(highest, reached, register, value.time.at) if linked else False
            lies = lies or lying
            if energy is not None and not fell:
                highest, reached = energy, value.time.at
            reading = reading_of(
                value, register, report.station, report.connector, linked, scope, fell=fell, lying=lying
            )
            await work.meter_readings.add(reading)
        if isinstance(session, ActiveSession) and report.values:
            received = report.values[-1].time.received
            further = session.progress(highest, at=reached, received=received, message=report.message)
            if session is not before or (lies and Doubt.UNIT_IMPLAUSIBLE not in session.doubts):
                doubts = session.doubts | ({Doubt.UNIT_IMPLAUSIBLE} if lies else set())
                await work.sessions.replace(attrs.evolve(further, version=session.version, doubts=doubts))
            else:
                await work.sessions.progress(further)
            if session is not before:
                work.outbox.publish(session_reopened(further, tools.ids))
            elif _crosses_a_mark(session, further):
                work.outbox.publish(session_updated(further, tools.ids))
        elif session is not None and report.values:
            # Values may follow the stop, and their answer may be lost as well as any other.
            await work.sessions.replace(attrs.evolve(session, last_message=report.message))


async def _goes_on(session: EndedSession, report: ReportReadings, work: ChargingWork) -> bool:
    """Whether values of a session that ended for silence say that it runs; its connector may be taken."""
    if not session.may_go_on or all(value.time.at < session.ended_at for value in report.values):
        return False
    running = await work.sessions.active_on(report.station)
    return all(one.connector != session.connector for one in running)


async def _metered_session(report: ReportReadings, work: ChargingWork) -> tuple[Session | None, bool]:
    """The session that the values belong to, and whether it is the one that the station named."""
    named = None
    if report.transaction_id is not None:
        named = await work.sessions.find_transaction(report.station, report.transaction_id)
        if isinstance(named, ActiveSession):
            return named, True
    # A number of the station's own making, of a session past, or none: what runs on the connector is
    # meant, unless the values are late ones of the session past.
    for running in await work.sessions.active_on(report.station):
        since = running.started_at
        if running.connector == report.connector and (
            named is None or all(value.time.at >= since for value in report.values)
        ):
            return running, False
    return named, named is not None


def _crosses_a_mark(before: ActiveSession, after: ActiveSession) -> bool:
    if before.meter_last_at is None or after.meter_last_at is None:
        return False
    since = after.started_at
    return (before.meter_last_at - since) // _LOGGED_EVERY < (after.meter_last_at - since) // _LOGGED_EVERY
