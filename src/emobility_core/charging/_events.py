"""The events of charging, as published: stable names, plain JSON, energy in kWh as text."""

from __future__ import annotations

from collections.abc import Mapping

from emobility_core.charging._resolution import Resolution
from emobility_core.charging._session import ActiveSession, EndedSession, Session
from emobility_core.energy import Energy
from emobility_core.ids import EventId, Ids, shown
from emobility_core.instants import Instant
from emobility_core.work import Event


def session_started(session: ActiveSession, ids: Ids, *, reservation: int | None = None) -> Event:
    """`reservation` is the number that the station told of what the start has used."""
    data = {
        "transaction_id": session.transaction_id,
        # Whose card of another company it was, is not for the station's side to know.
        "id_tag": session.id_tag.text if session.grant is None else "",
        "authorization": session.authorization.value,
        "meter_start_kwh": _kwh(session.meter_start),
        "reservation": reservation,
    }
    return _event("session.started", session, data, session.started_received, ids)


def session_updated(session: ActiveSession, ids: Ids) -> Event:
    data = {"energy_kwh": _kwh(session.delivered)}
    return _event("session.updated", session, data, session.updated_at, ids)


def session_stalled(session: ActiveSession, why: str, at: Instant, ids: Ids) -> Event:
    """Nothing more is heard of a session; its estimated end follows."""
    data = {"why": why, "last_heard_at": session.updated_at.isoformat()}
    return _event("session.stalled", session, data, at, ids)


def session_reopened(session: ActiveSession, ids: Ids) -> Event:
    data = {"energy_kwh": _kwh(session.delivered)}
    return _event("session.reopened", session, data, session.updated_at, ids)


def session_ended(
    session: EndedSession, ids: Ids, *, corrects: bool = False, at: Instant | None = None
) -> Event:
    """`session.ended`, or `session.corrected` where a later report or a person changed it, `at` then."""
    data = {
        "ended_at": session.ended_at.isoformat(),
        "energy_kwh": _kwh(session.delivered),
        "stop_reason": session.stop_reason,
        "estimated": session.estimated,
        "doubts": sorted(doubt.value for doubt in session.open_doubts),
    }
    kind = "session.corrected" if corrects else "session.ended"
    return _event(kind, session, data, at or session.ended_received, ids)


def doubt_resolved(resolution: Resolution, ids: Ids) -> Event:
    return Event(
        id=EventId(ids.uuid7(resolution.created_at)),
        tenant=resolution.tenant,
        type="doubt.resolved",
        subject=shown("rsl", resolution.id),
        at=resolution.created_at,
        data={
            "resolution": shown("rsl", resolution.id),
            "doubt": None if resolution.report is None else shown("dbt", resolution.report),
            "session": None if resolution.session is None else shown("ses", resolution.session),
            "station": shown("sta", resolution.station),
            "action": resolution.action.value,
            "reason": resolution.reason,
            "by": resolution.by,
        },
    )


def _event(kind: str, session: Session, data: Mapping[str, object], at: Instant, ids: Ids) -> Event:
    common = {
        "session": shown("ses", session.id),
        "station": shown("sta", session.station),
        "connector": session.connector,
        "started_at": session.started_at.isoformat(),
    }
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=session.tenant,
        type=kind,
        subject=shown("ses", session.id),
        at=at,
        data={**common, **data},
    )


def _kwh(energy: Energy | None) -> str | None:
    return None if energy is None else str(energy.kwh)
