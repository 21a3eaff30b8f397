"""Sessions, doubts about them, and reservations."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_core.charging import (
    ActiveSession,
    AuthorizationStatus,
    DoubtfulReport,
    DoubtfulReportKind,
    EndedSession,
    MeterReading,
    Reservation,
    ReservationTerms,
    Resolution,
    ResolutionAction,
)
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import DoubtfulReportId, ReservationId, ResolutionId, SessionId, StationId
from emobility_core.testing.builders.basis import TENANT, ids, later, stored
from emobility_core.testing.clock import NOON


def make_active(**changes: Any) -> ActiveSession:
    """A session that has run for a quarter of an hour."""
    id = SessionId(ids.uuid7(NOON))
    fields = {
        "id": id,
        "tenant": TENANT,
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "transaction_id": ids.transaction_number(),
        "start_identity": f"{NOON.isoformat()}|1|04a1b2c3|{id.hex}",
        "id_tag": IdTag("04A1B2C3"),
        "authorization": AuthorizationStatus.ACCEPTED,
        "started_at": NOON,
        "started_reported": NOON.isoformat(),
        "started_received": later(seconds=2),
        "meter_start": Energy.wh(1_000),
        "meter_last": Energy.wh(3_500),
        "meter_last_at": later(minutes=15),
        "updated_at": later(minutes=15, seconds=1),
    }
    return ActiveSession(**{**fields, **changes})


def make_ended(**changes: Any) -> EndedSession:
    """A session of 12.345 kWh in one hour and a half."""
    begun = attrs.asdict(make_active(), recurse=False)
    end = {
        "meter_last": Energy.wh(13_345),
        "ended_at": later(minutes=90),
        "ended_reported": later(minutes=90).isoformat(),
        "ended_received": later(minutes=90, seconds=1),
        "meter_stop": Energy.wh(13_345),
        "stop_reason": "EVDisconnected",
        "stop_identity": f"{later(minutes=90).isoformat()}|13345000",
        "updated_at": later(minutes=90, seconds=1),
    }
    return EndedSession(**{**begun, **end, **changes})


def make_reading(**changes: Any) -> MeterReading:
    fields = {
        "tenant": TENANT,
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "session": SessionId(ids.uuid7(NOON)),
        "at": NOON,
        "received_at": later(seconds=1),
        "reported": NOON.isoformat(),
        "energy": Energy(3_500_000_001),
        "power_w": 11_040,
        "qualities": frozenset(),
        "samples": '[{"value":"3500"}]',
    }
    return MeterReading(**{**fields, **changes})


def make_doubtful_report(**changes: Any) -> DoubtfulReport:
    fields = {
        "id": DoubtfulReportId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "kind": DoubtfulReportKind.STOP_WITHOUT_SESSION,
        "content": {"transactionId": 7, "meterStop": 4200, "timestamp": "2026-06-10T12:00:00Z"},
        "proposals": (SessionId(ids.uuid7(NOON)),),
    }
    return DoubtfulReport(**stored({**fields, **changes}))


def make_resolution(**changes: Any) -> Resolution:
    fields = {
        "id": ResolutionId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "action": ResolutionAction.ACCEPT_AS_IS,
        "reason": "Looked at on site",
        "by": "client:cli_1",
        "report": DoubtfulReportId(ids.uuid7(NOON)),
    }
    return Resolution(**stored({**fields, **changes}))


def make_terms(**changes: Any) -> ReservationTerms:
    """Connector 1 for an hour."""
    fields = {"connector": 1, "id_tag": IdTag("04A1B2C3"), "expires_at": later(hours=1)}
    return ReservationTerms(**{**fields, **changes})


def make_reservation(**changes: Any) -> Reservation:
    fields = {
        "id": ReservationId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "number": ids.transaction_number(),
        "terms": make_terms(),
    }
    return Reservation(**stored({**fields, **changes}))
