"""Sites, stations, and what is known and reported of them."""

from __future__ import annotations

from typing import Any

from emobility_core.ids import (
    ConnectorId,
    QuarantinedStationId,
    SecurityEventId,
    SiteId,
    StationGroupId,
    StationId,
)
from emobility_core.instants import Instant
from emobility_core.network import (
    BootReport,
    ConnectorState,
    QuarantinedFrame,
    QuarantinedStation,
    ReportKind,
    SecurityEvent,
    SecuritySource,
    Site,
    Station,
    StationGroup,
    StationIdentity,
    StationReport,
    StationState,
    StationTime,
    judge_time,
)
from emobility_core.testing.builders.basis import TENANT, ids, later, stored
from emobility_core.testing.clock import NOON


def make_site(**changes: Any) -> Site:
    return Site(**stored({"id": SiteId(ids.uuid7(NOON)), "name": "Rathausplatz", **changes}))


def make_security_event(**changes: Any) -> SecurityEvent:
    fields = {
        "id": SecurityEventId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "source": SecuritySource.STATION,
        "type": "StartupOfTheDevice",
        "critical": True,
        "at": NOON,
    }
    return SecurityEvent(**stored({**fields, **changes}))


def make_station_group(**changes: Any) -> StationGroup:
    return StationGroup(**stored({"id": StationGroupId(ids.uuid7(NOON)), "name": "Public", **changes}))


def make_station(**changes: Any) -> Station:
    id = StationId(ids.uuid7(NOON))
    return Station(**stored({"id": id, "identity": StationIdentity(f"CP-{id.hex[-12:]}"), **changes}))


def make_quarantined_station(**changes: Any) -> QuarantinedStation:
    id = QuarantinedStationId(ids.uuid7(NOON))
    fields = {
        "id": id,
        "identity": StationIdentity(f"NEW-{id.hex[-12:]}"),
        "remote_address": "203.0.113.7",
        "last_seen_at": NOON,
        "frames": (QuarantinedFrame(at=NOON, frame='[2,"1","Heartbeat",{}]'),),
    }
    return QuarantinedStation(**stored({**fields, **changes}))


def make_station_state(**changes: Any) -> StationState:
    fields = {
        "station": StationId(ids.uuid7(NOON)),
        "tenant": TENANT,
        "online": True,
        "online_since": NOON,
        "last_seen_at": later(minutes=1),
        "boots": 3,
        "booted_at": NOON,
        "boot": BootReport(vendor="Amperfied", model="Wallbox", firmware="1.2.3"),
    }
    return StationState(**{**fields, **changes})


def make_connector(**changes: Any) -> ConnectorState:
    fields = {
        "id": ConnectorId(ids.uuid7(NOON)),
        "tenant": TENANT,
        "station": StationId(ids.uuid7(NOON)),
        "number": 1,
        "status": "Available",
        "reported": "2026-06-10T12:00:00Z",
        "received_at": NOON,
    }
    return ConnectorState(**{**fields, **changes})


def make_report(**changes: Any) -> StationReport:
    fields = {
        "tenant": TENANT,
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "kind": ReportKind.STATUS,
        "content": {"connectorId": 1, "status": "Available", "errorCode": "NoError"},
        "at": NOON,
        "received_at": later(seconds=1),
    }
    return StationReport(**{**fields, **changes})


def told(reported: str | None, *, received: Instant | None = None) -> StationTime:
    """The time a station tells, received (unless said otherwise) a second after noon."""
    return judge_time(reported, received or later(seconds=1))
