"""One builder for each aggregate: valid by default, any field by keyword, ids that are never the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs

from emobility_core.certificates import CertificateAuthority, StationCertificate
from emobility_core.certification import InstalledCertificates
from emobility_core.charging import (
    ActiveSession,
    AuthorizationStatus,
    CacheClearing,
    DoubtfulReport,
    DoubtfulReportKind,
    EndedSession,
    LocalList,
    MeterReading,
    ReportReadings,
    ReportStart,
    ReportStop,
    Reservation,
    ReservationTerms,
    Resolution,
    ResolutionAction,
    TimedSamples,
)
from emobility_core.commands import (
    Attachment,
    CertificateHash,
    CertificateUse,
    ChargingProfile,
    ChargingSchedule,
    Command,
    ProfilePurpose,
    RateUnit,
    RemoteStart,
    SchedulePeriod,
)
from emobility_core.configuration import (
    ConfigurationTemplate,
    ExpectedKey,
    ReportedKey,
    StationConfiguration,
)
from emobility_core.customers import Contract, Customer, IdTag, Token, UserGroup
from emobility_core.energy import Energy
from emobility_core.identity import ApiClient
from emobility_core.ids import (
    AttachmentId,
    CertificateAuthorityId,
    ClientId,
    CommandId,
    ConfigurationTemplateId,
    ConnectorId,
    ContractId,
    CustomerId,
    DoubtfulReportId,
    EventId,
    InstalledProfileId,
    LoadBudgetId,
    LoadLimitId,
    LoadPointId,
    LoadPriorityId,
    LocalListId,
    OperationId,
    QuarantinedStationId,
    RatingId,
    ReservationId,
    ResolutionId,
    ScheduleComparisonId,
    SecurityEventId,
    SessionId,
    SiteId,
    StationCertificateId,
    StationConfigurationId,
    StationGroupId,
    StationId,
    TariffAssignmentId,
    TariffId,
    TariffVersionId,
    TenantId,
    TokenId,
    UserGroupId,
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
from emobility_core.operations import Operation
from emobility_core.rating import Rating, rate_session
from emobility_core.smart_charging import (
    InstalledProfile,
    LoadBudget,
    LoadLimit,
    LoadPoint,
    LoadPriority,
    ScheduleComparison,
    SiteLoad,
    composite,
)
from emobility_core.tariffs import Prices, Tariff, TariffAssignment, TariffVersion
from emobility_core.tenancy import Tenant, child_path, root_path
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import Event

_ids = SeededIds()
TENANT = TenantId(_ids.uuid7(NOON))


def later(at: Instant = NOON, **duration: float) -> Instant:
    """The instant a `timedelta(**duration)` after `at`."""
    return Instant(at + timedelta(**duration))


def _stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {"tenant": TENANT, "created_at": NOON, "updated_at": NOON, **changes}


def make_tenant(parent: Tenant | None = None, **changes: Any) -> Tenant:
    id = TenantId(_ids.uuid7(NOON))
    path = root_path(id) if parent is None else child_path(parent, id)
    above = None if parent is None else parent.id
    fields = {"id": id, "name": "Stadtwerk", "parent": above, "path": path, "tenant": id, **changes}
    return Tenant(**_stored(fields))


def make_client(**changes: Any) -> ApiClient:
    fields = {"id": ClientId(_ids.uuid7(NOON)), "name": "ERP", "scopes": ("sessions:read",)}
    return ApiClient(**_stored({**fields, "secret_digest": "d1gest", **changes}))


def make_site(**changes: Any) -> Site:
    return Site(**_stored({"id": SiteId(_ids.uuid7(NOON)), "name": "Rathausplatz", **changes}))


def make_authority(**changes: Any) -> CertificateAuthority:
    fields = {
        "id": CertificateAuthorityId(_ids.uuid7(NOON)),
        "name": "Stadtwerk CA",
        "organization": "Stadtwerk",
        "subject": "CN=Stadtwerk CA,O=Stadtwerk",
        "serial": "1",
        "not_before": NOON,
        "not_after": later(days=3650),
        "certificate": "-----BEGIN CERTIFICATE-----",
    }
    return CertificateAuthority(**_stored({**fields, **changes}))


def make_station_certificate(**changes: Any) -> StationCertificate:
    fields = {
        "id": StationCertificateId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "authority": CertificateAuthorityId(_ids.uuid7(NOON)),
        "serial": "2",
        "common_name": "CP1",
        "not_before": NOON,
        "not_after": later(days=365),
        "issuer_name_hash": "ab",
        "issuer_key_hash": "cd",
        "certificate": "-----BEGIN CERTIFICATE-----",
        "request": "d1gest",
    }
    return StationCertificate(**_stored({**fields, **changes}))


def make_installed_certificates(**changes: Any) -> InstalledCertificates:
    trusted = CertificateHash(issuer_name="ab", issuer_key="cd", serial="1f")
    fields = {
        "tenant": TENANT,
        "station": StationId(_ids.uuid7(NOON)),
        "use": CertificateUse.CENTRAL_SYSTEM,
        "certificates": (trusted,),
        "told_at": NOON,
    }
    return InstalledCertificates(**{**fields, **changes})


def make_security_event(**changes: Any) -> SecurityEvent:
    fields = {
        "id": SecurityEventId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "source": SecuritySource.STATION,
        "type": "StartupOfTheDevice",
        "critical": True,
        "at": NOON,
    }
    return SecurityEvent(**_stored({**fields, **changes}))


def make_attachment(**changes: Any) -> Attachment:
    fields = {
        "id": AttachmentId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "command": CommandId(_ids.uuid7(NOON)),
        "name": "logs.zip",
        "media_type": "application/zip",
        "size": 3,
        "sha256": "00" * 32,
    }
    return Attachment(**_stored({**fields, **changes}))


def make_station_group(**changes: Any) -> StationGroup:
    return StationGroup(**_stored({"id": StationGroupId(_ids.uuid7(NOON)), "name": "Public", **changes}))


def make_station(**changes: Any) -> Station:
    id = StationId(_ids.uuid7(NOON))
    return Station(**_stored({"id": id, "identity": StationIdentity(f"CP-{id.hex[-12:]}"), **changes}))


def make_configuration(**changes: Any) -> StationConfiguration:
    fields = {
        "id": StationConfigurationId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "reported": (ReportedKey(key="HeartbeatInterval", value="300", at=NOON),),
        "read_at": NOON,
    }
    return StationConfiguration(**_stored({**fields, **changes}))


def make_template(**changes: Any) -> ConfigurationTemplate:
    fields = {
        "id": ConfigurationTemplateId(_ids.uuid7(NOON)),
        "name": "Everywhere",
        "keys": (ExpectedKey(key="HeartbeatInterval", value="300"),),
    }
    return ConfigurationTemplate(**_stored({**fields, **changes}))


def make_quarantined_station(**changes: Any) -> QuarantinedStation:
    id = QuarantinedStationId(_ids.uuid7(NOON))
    fields = {
        "id": id,
        "identity": StationIdentity(f"NEW-{id.hex[-12:]}"),
        "remote_address": "203.0.113.7",
        "last_seen_at": NOON,
        "frames": (QuarantinedFrame(at=NOON, frame='[2,"1","Heartbeat",{}]'),),
    }
    return QuarantinedStation(**_stored({**fields, **changes}))


def make_station_state(**changes: Any) -> StationState:
    fields = {
        "station": StationId(_ids.uuid7(NOON)),
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
        "id": ConnectorId(_ids.uuid7(NOON)),
        "tenant": TENANT,
        "station": StationId(_ids.uuid7(NOON)),
        "number": 1,
        "status": "Available",
        "reported": "2026-06-10T12:00:00Z",
        "received_at": NOON,
    }
    return ConnectorState(**{**fields, **changes})


def make_report(**changes: Any) -> StationReport:
    fields = {
        "tenant": TENANT,
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "kind": ReportKind.STATUS,
        "content": {"connectorId": 1, "status": "Available", "errorCode": "NoError"},
        "at": NOON,
        "received_at": later(seconds=1),
    }
    return StationReport(**{**fields, **changes})


def make_command(**changes: Any) -> Command:
    fields = {
        "id": CommandId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "order": RemoteStart(connector=1, id_tag="04A1B2C3"),
        "operation": OperationId(_ids.uuid7(NOON)),
        "deadline": later(minutes=5),
    }
    return Command(**_stored({**fields, **changes}))


def make_profile(limit: str = "16", **changes: Any) -> ChargingProfile:
    period = SchedulePeriod(start_s=0, limit=Decimal(limit))
    schedule = ChargingSchedule(unit=RateUnit.A, periods=(period,), starts_at=NOON, duration_s=3600)
    fields = {"id": 1, "purpose": ProfilePurpose.DEFAULT, "schedule": schedule, "valid_until": later(hours=1)}
    return ChargingProfile(**{**fields, **changes})


def make_installed_profile(**changes: Any) -> InstalledProfile:
    fields = {
        "id": InstalledProfileId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "profile": make_profile(),
        "command": CommandId(_ids.uuid7(NOON)),
    }
    return InstalledProfile(**_stored({**fields, **changes}))


def make_schedule_comparison(**changes: Any) -> ScheduleComparison:
    fields = {
        "id": ScheduleComparisonId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "ours": composite([], 1, at=NOON, duration_s=600),
        "command": CommandId(_ids.uuid7(NOON)),
    }
    return ScheduleComparison(**_stored({**fields, **changes}))


def make_load_budget(**changes: Any) -> LoadBudget:
    fields = {"id": LoadBudgetId(_ids.uuid7(NOON)), "site": SiteId(_ids.uuid7(NOON))}
    return LoadBudget(**_stored({**fields, "limits": (Decimal(32),), **changes}))


def make_load_point(**changes: Any) -> LoadPoint:
    fields = {
        "id": LoadPointId(_ids.uuid7(NOON)),
        "budget": LoadBudgetId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "max_current": Decimal(32),
        "fail_safe": Decimal(6),
    }
    return LoadPoint(**_stored({**fields, **changes}))


def make_load_limit(**changes: Any) -> LoadLimit:
    fields = {"id": LoadLimitId(_ids.uuid7(NOON)), "budget": LoadBudgetId(_ids.uuid7(NOON))}
    return LoadLimit(**_stored({**fields, "limits": (Decimal(20),), **changes}))


def make_load_priority(**changes: Any) -> LoadPriority:
    fields = {"id": LoadPriorityId(_ids.uuid7(NOON)), "session": SessionId(_ids.uuid7(NOON))}
    return LoadPriority(**_stored({**fields, "priority": 5, **changes}))


def make_site_load(**changes: Any) -> SiteLoad:
    return SiteLoad(**_stored({"id": LoadBudgetId(_ids.uuid7(NOON)), **changes}))


def make_operation(**changes: Any) -> Operation:
    return Operation(**_stored({"id": OperationId(_ids.uuid7(NOON)), "kind": "import", **changes}))


def make_user_group(**changes: Any) -> UserGroup:
    return UserGroup(**_stored({"id": UserGroupId(_ids.uuid7(NOON)), "name": "Employees", **changes}))


def make_customer(**changes: Any) -> Customer:
    return Customer(**_stored({"id": CustomerId(_ids.uuid7(NOON)), "name": "Erika Mustermann", **changes}))


def make_contract(**changes: Any) -> Contract:
    id = ContractId(_ids.uuid7(NOON))
    fields = {"id": id, "number": f"V-{id.hex[-8:]}", "customer": CustomerId(_ids.uuid7(NOON))}
    return Contract(**_stored({**fields, **changes}))


def make_token(**changes: Any) -> Token:
    id = TokenId(_ids.uuid7(NOON))
    return Token(**_stored({"id": id, "id_tag": IdTag(f"04{id.hex[-12:]}"), **changes}))


def make_tariff(**changes: Any) -> Tariff:
    fields = {"id": TariffId(_ids.uuid7(NOON)), "name": "Standard", "prices": Prices(per_kwh=Decimal("0.39"))}
    return Tariff(**_stored({**fields, **changes}))


def make_tariff_version(**changes: Any) -> TariffVersion:
    fields = {
        "id": TariffVersionId(_ids.uuid7(NOON)),
        "tenant": TENANT,
        "tariff": TariffId(_ids.uuid7(NOON)),
        "number": 1,
        "prices": Prices(per_kwh=Decimal("0.39")),
        "since": NOON,
    }
    return TariffVersion(**{**fields, **changes})


def make_assignment(**changes: Any) -> TariffAssignment:
    fields = {"id": TariffAssignmentId(_ids.uuid7(NOON)), "tariff": TariffId(_ids.uuid7(NOON))}
    return TariffAssignment(**_stored({**fields, **changes}))


def make_active(**changes: Any) -> ActiveSession:
    """A session that has run for a quarter of an hour."""
    id = SessionId(_ids.uuid7(NOON))
    fields = {
        "id": id,
        "tenant": TENANT,
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "transaction_id": _ids.transaction_number(),
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
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "session": SessionId(_ids.uuid7(NOON)),
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
        "id": DoubtfulReportId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "kind": DoubtfulReportKind.STOP_WITHOUT_SESSION,
        "content": {"transactionId": 7, "meterStop": 4200, "timestamp": "2026-06-10T12:00:00Z"},
        "proposals": (SessionId(_ids.uuid7(NOON)),),
    }
    return DoubtfulReport(**_stored({**fields, **changes}))


def make_resolution(**changes: Any) -> Resolution:
    fields = {
        "id": ResolutionId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "action": ResolutionAction.ACCEPT_AS_IS,
        "reason": "Looked at on site",
        "by": "client:cli_1",
        "report": DoubtfulReportId(_ids.uuid7(NOON)),
    }
    return Resolution(**_stored({**fields, **changes}))


def make_local_list(**changes: Any) -> LocalList:
    """One that no station has been sent yet."""
    fields = {"id": LocalListId(_ids.uuid7(NOON)), "station": StationId(_ids.uuid7(NOON))}
    return LocalList(**_stored({**fields, **changes}))


def make_clearing(**changes: Any) -> CacheClearing:
    fields = {"station": StationId(_ids.uuid7(NOON)), "tenant": TENANT, "since": NOON}
    return CacheClearing(**{**fields, **changes})


def make_terms(**changes: Any) -> ReservationTerms:
    """Connector 1 for an hour."""
    fields = {"connector": 1, "id_tag": IdTag("04A1B2C3"), "expires_at": later(hours=1)}
    return ReservationTerms(**{**fields, **changes})


def make_reservation(**changes: Any) -> Reservation:
    fields = {
        "id": ReservationId(_ids.uuid7(NOON)),
        "station": StationId(_ids.uuid7(NOON)),
        "number": _ids.transaction_number(),
        "terms": make_terms(),
    }
    return Reservation(**_stored({**fields, **changes}))


def make_rating(session: EndedSession | None = None, version: TariffVersion | None = None) -> Rating:
    """The price of a session: without arguments, 12.345 kWh at 0.39."""
    priced = version or make_tariff_version()
    return rate_session(
        session or make_ended(tariff=priced.id), priced, id=RatingId(_ids.uuid7(NOON)), at=later(hours=2)
    )


def make_event(**changes: Any) -> Event:
    fields = {
        "id": EventId(_ids.uuid7(NOON)),
        "tenant": TENANT,
        "type": "session.started",
        "subject": "ses_01jxcrg0000000000000000000",
        "at": NOON,
        "data": {"energy_kwh": "12.345", "connector": 1, "doubts": [], "stop_reason": None},
    }
    return Event(**{**fields, **changes})


def told(reported: str | None, *, received: Instant | None = None) -> StationTime:
    """The time a station tells, received (unless said otherwise) a second after noon."""
    return judge_time(reported, received or later(seconds=1))


def report_start(**changes: Any) -> ReportStart:
    fields = {
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "id_tag": IdTag("04A1B2C3"),
        "meter": Energy.wh(1_000),
        "time": told(NOON.isoformat()),
        "message": "m-1/0123456789abcdef",
        "boot": 1,
    }
    return ReportStart(**{**fields, **changes})


def report_stop(**changes: Any) -> ReportStop:
    end = later(minutes=90)
    fields = {
        "station": StationId(_ids.uuid7(NOON)),
        "transaction_id": None,
        "meter": Energy.wh(13_345),
        "time": told(end.isoformat(), received=later(end, seconds=1)),
        "id_tag": None,
        "reason": "Local",
        "content": {"meterStop": 13_345},
    }
    return ReportStop(**{**fields, **changes})


def report_readings(
    registers_wh: Sequence[int], *, at: Instant = NOON, received: Instant | None = None, **changes: Any
) -> ReportReadings:
    """Meter values of the total register, one a minute from `at` on; each call makes another report."""
    values = []
    for minute, register in enumerate(registers_wh):
        time = later(at, minutes=minute)
        sample = {"value": str(register)}
        told_at = judge_time(time.isoformat(), received or later(time, seconds=1))
        values.append(TimedSamples(told_at, [sample], f'[{{"value":"{register}"}}]'))
    fields = {
        "station": StationId(_ids.uuid7(NOON)),
        "connector": 1,
        "transaction_id": None,
        "message": _ids.uuid7(NOON).hex,
    }
    return ReportReadings(**{**fields, "values": values, **changes})
