"""How a station's line is secured, and what is told of attempts against it (OCPP 1.6 security whitepaper)."""

from __future__ import annotations

from enum import Enum, IntEnum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, NotFound
from emobility_core.ids import EventId, Ids, SecurityEventId, StationId, TenantId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Record


@attrs.frozen
class UnknownSecurityEvent(NotFound):
    """There is no such security event within the caller's scope.

    Remedy: list the security events and use one of their ids.
    """

    code = "unknown-security-event"
    security_event: UUID


@attrs.frozen
class StationKeyMissing(Conflict):
    """The security profile asks for a key, and the station has none here.

    Remedy: set the station's `authorization_key` first, or with the profile in one request.
    """

    code = "station-key-missing"
    profile: int


class SecurityProfile(IntEnum):
    """The security profiles of the whitepaper (chapter 2): each one higher is safer."""

    UNSECURED = 0
    BASIC = 1
    TLS = 2
    CERTIFICATE = 3

    @property
    def needs_key(self) -> bool:
        return self in (SecurityProfile.BASIC, SecurityProfile.TLS)

    @property
    def needs_tls(self) -> bool:
        return self >= SecurityProfile.TLS


class SecuritySource(Enum):
    """Who noticed: the station, or this server about a station's line."""

    STATION = "station"
    SERVER = "server"


@attrs.frozen(kw_only=True)
class SecurityEvent(Record):
    """Something that touches security; `type` is a word of the whitepaper, or the noticer's own.

    `at` is when it happened, by the station's clock where that can be trusted (`reported` are its own
    words). `station` is None where a line was refused before it said whose it is.
    """

    id: SecurityEventId
    station: StationId | None = None
    source: SecuritySource
    type: str
    critical: bool
    info: str | None = None
    reported: str | None = None
    at: Instant


# Security whitepaper, chapter 8: what its table calls critical, and of ours an attempt to come in lower
# than the station is known to be able to.
_CRITICAL = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
        "LowerSecurityProfile",
    }
)


def is_critical(kind: str) -> bool:
    return kind in _CRITICAL


def noticed(
    kind: str,
    info: str | None,
    *,
    station: StationId | None,
    tenant: TenantId,
    at: Instant,
    ids: Ids,
) -> SecurityEvent:
    """A security event that this server noticed itself."""
    return SecurityEvent(
        id=SecurityEventId(ids.uuid7(at)),
        tenant=tenant,
        created_at=at,
        updated_at=at,
        station=station,
        source=SecuritySource.SERVER,
        type=kind,
        critical=is_critical(kind),
        info=info,
        at=at,
    )


def told(event: SecurityEvent, ids: Ids) -> list[Event]:
    """What others hear of a security event: the critical ones, one by one."""
    if not event.critical:
        return []
    id = shown("sec", event.id)
    station = None if event.station is None else shown("sta", event.station)
    return [
        Event(
            id=EventId(ids.uuid7(event.created_at)),
            tenant=event.tenant,
            type="station.security_event",
            subject=station or id,
            at=event.created_at,
            data={"station": station, "security_event": id, "type": event.type},
        )
    ]
