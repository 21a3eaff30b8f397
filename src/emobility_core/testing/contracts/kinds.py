"""The kinds of master records, each with what a contract needs to try it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from emobility_core.access import GrantRight, UnknownGrant, UnknownRole, UnknownRoleAssignment
from emobility_core.accounting import (
    BatchStatus,
    DocumentKind,
    LineAnswer,
    LineKind,
    PostingFile,
    PostingState,
    TaxCategory,
    UnknownAccountRule,
    UnknownLedger,
    UnknownPosting,
    UnknownPostingBatch,
    UnknownPostingExport,
)
from emobility_core.certificates import (
    StationCertificateStatus,
    UnknownCertificateAuthority,
    UnknownStationCertificate,
)
from emobility_core.charging import (
    DoubtfulReportKind,
    DoubtState,
    ReservationOutcome,
    ReservationStatus,
    ResolutionAction,
    UnknownDoubtfulReport,
    UnknownReservation,
    UnknownResolution,
)
from emobility_core.clocks import UnknownTestClock
from emobility_core.commands import CommandStatus, RateUnit, UnknownAttachment, UnknownCommand
from emobility_core.configuration import (
    Check,
    ConfigurationStatus,
    Deviation,
    ExpectedKey,
    Fault,
    UnknownConfigurationTemplate,
    UnknownStationConfiguration,
)
from emobility_core.customers import (
    CustomerKind,
    IdTag,
    UnknownContract,
    UnknownCustomer,
    UnknownToken,
    UnknownUserGroup,
)
from emobility_core.errors import NotFound
from emobility_core.event_cursors import UnknownEventCursor
from emobility_core.identity import (
    ClientAuthentication,
    EndedBecause,
    UnknownClient,
    UnknownSignIn,
    UnknownTrustedIssuer,
    UnknownUser,
)
from emobility_core.instants import Period
from emobility_core.local_authorization import UnknownLocalList
from emobility_core.network import (
    Address,
    BootReport,
    LocalListPolicy,
    PowerClass,
    SecurityProfile,
    SecuritySource,
    UnknownQuarantinedStation,
    UnknownSecurityEvent,
    UnknownSite,
    UnknownStation,
    UnknownStationGroup,
)
from emobility_core.operations import OperationStatus, Progress, UnknownOperation
from emobility_core.privacy import Kept, UnknownErasure
from emobility_core.smart_charging import (
    ComparisonState,
    Grant,
    GroupPriority,
    LimitSource,
    LoadOrder,
    OrderKind,
    PointStanding,
    ProfileState,
    ScheduleDifference,
    Strategy,
    UnknownInstalledProfile,
    UnknownLoadBudget,
    UnknownLoadLimit,
    UnknownLoadPoint,
    UnknownLoadPriority,
    UnknownScheduleComparison,
    UnknownSiteLoad,
    Wiring,
)
from emobility_core.tariffs import UnknownTariff, UnknownTariffAssignment
from emobility_core.testing import builders
from emobility_core.testing.builders import later
from emobility_core.transfers import Counts, Removal, UnknownExport, UnknownImport
from emobility_core.webhooks import (
    DeliveryState,
    DisabledReason,
    UnknownWebhookDelivery,
    UnknownWebhookEndpoint,
    WebhookAttempt,
)


@attrs.frozen
class Kind:
    """A kind of record: its port, its builder, its refusal, and two values of one filterable attribute."""

    port: str
    make: Callable[..., Any]
    unknown: type[NotFound]
    attribute: str
    one: object
    other: object
    full: dict[str, object] = attrs.field(factory=dict)


_SOME = builders.make_user_group()
_STANDING = PointStanding(
    point=builders.make_load_point().id,
    fail_safes=(60, 320),
    grants=(None, Grant(current=160, until=later(minutes=5))),
    awaited=LoadOrder(
        point=builders.make_load_point().id, kind=OrderKind.GRANT, current=160, until=later(minutes=5)
    ),
    command=builders.make_command().id,
    not_before=later(seconds=30),
)
KINDS = [
    Kind("api_clients", builders.make_client, UnknownClient, "enabled", True, False,
         {"scopes": ("sessions:read", "events:read"), "authentication": ClientAuthentication.PRIVATE_KEY_JWT,
          "jwks": {"keys": [{"kty": "EC", "kid": "1"}]}, "redirect_uris": ("https://erp.example/back",),
          "first_party": True, "previous_secret_digest": "0ld", "previous_secret_until": later()}),
    Kind("users", builders.make_user, UnknownUser, "enabled", True, False, {"name": "Ada Lovelace"}),
    Kind("credentials", builders.make_credentials, UnknownUser, "totp_step", 0, 3,
         {"password_hash": "h4sh", "link_digest": "l1nk", "link_until": later(), "totp_secret": "s3aled",
          "totp_confirmed": True, "recovery_digests": ("r1", "r2"), "changed_at": later()}),
    Kind("sign_ins", builders.make_sign_in, UnknownSignIn, "ended_because", EndedBecause.REVOKED, None,
         {"redeemed_at": later(), "refresh_digest": "r3fresh", "refresh_until": later(days=14),
          "ended_at": later(days=1)}),
    Kind("roles", builders.make_role, UnknownRole, "name", "Day", "Night",
         {"description": "After six", "permissions": ("stations:read", "stations:command")}),
    Kind("role_assignments", builders.make_role_assignment, UnknownRoleAssignment, "role", "viewer",
         "operator", {"actor": "subject:erika@example.org", "sites": (builders.make_site().id,)}),
    Kind("grants", builders.make_grant, UnknownGrant, "grantee", builders.make_tenant().id,
         builders.make_tenant().id,
         {"rights": frozenset(GrantRight), "actors": ("subject:erika",), "user_groups": (_SOME.id,),
          "sites": (builders.make_site().id,), "station_groups": (builders.make_station_group().id,),
          "validity": Period(since=later(), until=later(days=1)), "tariff": builders.make_tariff().id,
          "revoked_at": later(hours=1)}),
    Kind("sites", builders.make_site, UnknownSite, "name", "North", "South",
         {"address": Address(street="Markt 1", city="Köln", country="AT"), "time_zone": "Europe/Vienna"}),
    Kind("station_groups", builders.make_station_group, UnknownStationGroup, "name", "Public", "Staff"),
    Kind("stations", builders.make_station, UnknownStation, "power_class", PowerClass.AC, PowerClass.HPC,
         {"site": builders.make_site().id, "name": "Süd", "key_digest": "d1gest",
          "pending_key_digest": "d2gest", "security_profile": SecurityProfile.BASIC,
          "requested_profile": SecurityProfile.TLS, "serial_number": "SN-7",
          "local_list": LocalListPolicy.ALL,
          "station_groups": (builders.make_station_group().id, builders.make_station_group().id)}),
    Kind("quarantined_stations", builders.make_quarantined_station, UnknownQuarantinedStation,
         "remote_address", "203.0.113.1", "2001:db8::1",
         {"boot": BootReport(vendor="V", model="M"), "key_digest": "d1gest", "withheld": 2}),
    Kind("certificate_authorities", builders.make_authority, UnknownCertificateAuthority, "enabled", True,
         False, {"sealed_key": "s3aled"}),
    Kind("station_certificates", builders.make_station_certificate, UnknownStationCertificate, "status",
         StationCertificateStatus.SENT, StationCertificateStatus.REVOKED,
         {"renewed_at": later(), "revoked_at": later(days=1), "reason": "stolen"}),
    Kind("attachments", builders.make_attachment, UnknownAttachment, "name", "logs.zip", "log.txt", {}),
    Kind("security_events", builders.make_security_event, UnknownSecurityEvent, "critical", True, False,
         {"info": "at noon", "reported": "2026-06-10T12:00:00Z", "source": SecuritySource.SERVER}),
    Kind("station_configurations", builders.make_configuration, UnknownStationConfiguration, "status",
         ConfigurationStatus.VERIFIED, ConfigurationStatus.DRIFTED,
         {"check": Check(before=ConfigurationStatus.DRIFTED, to_read=("A", "B")), "changes": {"a": "refused"},
          "deviations": (Deviation(key="A", expected="1", reported=None, fault=Fault.MISSING),),
          "unknown": ("B",), "awaiting_reboot": ("C",), "tries": 1, "boots": 7, "detail": "timeout"}),
    Kind("configuration_templates", builders.make_template, UnknownConfigurationTemplate, "vendor", "ABB",
         "*", {"model": "Terra*", "keys": (ExpectedKey(key="A", value="60", at_least=1, also=("0",)),)}),
    Kind("commands", builders.make_command, UnknownCommand, "status", CommandStatus.SENT,
         CommandStatus.EFFECTIVE, {"grant": builders.make_grant().id,
         "session": builders.make_active().id, "detail": "Accepted"}),
    Kind("charging_profiles", builders.make_installed_profile, UnknownInstalledProfile, "state",
         ProfileState.REQUESTED, ProfileState.INSTALLED,
         {"session": builders.make_active().id, "detail": "Accepted"}),
    Kind("schedule_comparisons", builders.make_schedule_comparison, UnknownScheduleComparison, "state",
         ComparisonState.ASKED, ComparisonState.ANSWERED,
         {"stations": builders.make_schedule_comparison().ours, "detail": "Accepted", "differences": (
             ScheduleDifference(start_s=0, end_s=60, ours=Decimal("6.5"), stations=None),)}),
    Kind("load_budgets", builders.make_load_budget, UnknownLoadBudget, "strategy", Strategy.FAIR,
         Strategy.PRIORITY, {"limits": (Decimal("32.5"), Decimal(16), Decimal(0)), "unit": RateUnit.W,
         "group_priorities": (GroupPriority(user_group=_SOME.id, priority=3),),
         "simultaneity": Decimal("0.6")}),
    Kind("load_points", builders.make_load_point, UnknownLoadPoint, "active", True, False,
         {"wiring": Wiring.L2L3L1, "phases": 1, "connector": 2, "max_current": Decimal("12.5")}),
    Kind("load_limits", builders.make_load_limit, UnknownLoadLimit, "source", LimitSource.OPERATOR,
         LimitSource.GRID_OPERATOR, {"since": later(hours=1), "until": later(hours=2), "reason": "Peak"}),
    Kind("load_priorities", builders.make_load_priority, UnknownLoadPriority, "priority", 1, 2),
    Kind("site_loads", builders.make_site_load, UnknownSiteLoad, "orders", 1, 2,
         {"standings": (_STANDING,)}),
    Kind("customers", builders.make_customer, UnknownCustomer, "kind", CustomerKind.PERSON,
         CustomerKind.COMPANY, {"email": "erika@example.org", "user_groups": (_SOME.id,)}),
    Kind("user_groups", builders.make_user_group, UnknownUserGroup, "name", "Staff", "Guests"),
    Kind("contracts", builders.make_contract, UnknownContract, "number", "V-1", "V-2",
         {"user_group": _SOME.id, "validity": Period(since=later(), until=later(days=1))}),
    Kind("tokens", builders.make_token, UnknownToken, "blocked", False, True,
         {"parent": IdTag("FLEET"), "customer": builders.make_customer().id, "label": "Karte 1",
          "contract": builders.make_contract().id, "validity": Period(until=later(days=9)),
          "blocked_since": later(hours=1), "concurrent": False}),
    Kind("tariffs", builders.make_tariff, UnknownTariff, "name", "Day", "Night",
         {"current": builders.make_tariff_version().id}),
    Kind("tariff_assignments", builders.make_assignment, UnknownTariffAssignment, "user_group", _SOME.id,
         None, {"station_group": builders.make_station_group().id, "power_class": PowerClass.DC,
                "validity": Period(since=later(), until=later(days=1))}),
    Kind("doubtful_reports", builders.make_doubtful_report, UnknownDoubtfulReport, "kind",
         DoubtfulReportKind.UNREADABLE, DoubtfulReportKind.STOP_WITHOUT_SESSION,
         {"session": builders.make_ended().id, "state": DoubtState.RESOLVED,
          "resolution": builders.make_resolution().id}),
    Kind("resolutions", builders.make_resolution, UnknownResolution, "action", ResolutionAction.DISCARD,
         ResolutionAction.CORRECT, {"session": builders.make_ended().id}),
    Kind("local_lists", builders.make_local_list, UnknownLocalList, "error", None, "failed",
         {"held": {"04A": "Accepted||"}, "held_version": 7, "sent_version": 8, "acknowledged_at": later(),
          "synced_at": later(), "verified_at": later(), "command": builders.make_command().id,
          "due_at": later(days=1), "tries": 2}),
    Kind("reservations", builders.make_reservation, UnknownReservation, "status",
         ReservationStatus.ACTIVE, ReservationStatus.USED,
         {"terms": builders.make_terms(token=builders.make_token().id, parent=IdTag("FLEET"),
                                       token_tenant=builders.make_tenant().id,
                                       grant=builders.make_grant().id),
          "replacement": builders.make_terms(connector=0), "outcome": ReservationOutcome.OCCUPIED,
          "session": builders.make_ended().id}),
    Kind("webhook_endpoints", builders.make_webhook_endpoint, UnknownWebhookEndpoint, "enabled", True, False,
         {"event_types": ("*", "token.created"), "include_descendants": True, "description": "ERP",
          "disabled_reason": DisabledReason.GONE, "previous_secret": "0ld", "previous_secret_until": later(),
          "paused_until": later(hours=1), "failing_since": later(hours=-1)}),
    Kind("webhook_deliveries", builders.make_webhook_delivery, UnknownWebhookDelivery, "state",
         DeliveryState.PENDING, DeliveryState.FAILED,
         {"tries": 2, "attempts": (WebhookAttempt(at=later(), duration_ms=15_000, error="too slow"),
                                   WebhookAttempt(at=later(), duration_ms=7, status=500))}),
    Kind("erasures", builders.make_erasure, UnknownErasure, "audit_entries", 1, 2,
         {"replaced": {"event": 3}, "kept": (
             Kept(what="sessions", count=1, until=date(2035, 1, 1), law="HGB 257"),)}),
    Kind("test_clocks", builders.make_test_clock, UnknownTestClock, "now", later(hours=1),
         later(hours=2), {"target": later(days=30), "operation": builders.make_operation().id}),
    Kind("event_cursors", builders.make_event_cursor, UnknownEventCursor, "client", "cli_1", "cli_2"),
    Kind("trusted_issuers", builders.make_trusted_issuer, UnknownTrustedIssuer, "issuer",
         "https://id.example/a", "https://id.example/b",
         {"audiences": ("a", "b"), "algorithms": ("Ed25519",), "required_claims": {"tid": "7", "hd": "a"},
          "subject_claim": "oid", "email_claim": None, "tenant_claim": "/ext/tenant",
          "tenant_system": "entra", "roles_claim": "groups",
          "roles": {"g-1": ("operator", "billing"), "g-2": ("viewer",)}, "enabled": False}),
    Kind("ledgers", builders.make_ledger, UnknownLedger, "currency", "EUR", "CHF",
         {"exports": {"json": {}, "datev": {"consultant": "1001"}}, "last_number": 7, "last_digest": "d1"}),
    Kind("account_rules", builders.make_account_rule, UnknownAccountRule, "account", "1410", "1210",
         {"ledgers": ("main",), "document_kinds": (DocumentKind.INVOICE,), "tax_key": "9", "position": 3,
          "line_kinds": (LineKind.ENERGY, LineKind.TIME), "tax_categories": (TaxCategory.REVERSE_CHARGE,),
          "vat_percents": (Decimal("8.1"),), "user_groups": (_SOME.id,), "cost_centre_1": "K1",
          "station_groups": (builders.make_station_group().id,), "cost_centre_2": "K2", "product": "P"}),
    Kind("postings", builders.make_posting, UnknownPosting, "state", PostingState.READY, PostingState.HELD,
         {"revision": 2, "supply_date": date(2026, 6, 9), "due_date": date(2026, 7, 1), "text": "Juni",
          "partner_account": "10001", "file": PostingFile(size=9, sha256="d1"),
          "session": builders.make_ended().id, "held": ("no-tariff",),
          "reverses": builders.make_posting().id, "reposts": builders.make_posting().id,
          "batch": builders.make_posting_batch().id, "assignments": (builders.make_assignment_of(),),
          "answers": (LineAnswer(line=1, accepted=False, reason="locked", at=later()),),
          "lines": (builders.make_posting_line("-1.19", site=builders.make_site().id, text="Süd",
                                               user_group=_SOME.id, user_cost_centre="K1"),)}),
    Kind("posting_batches", builders.make_posting_batch, UnknownPostingBatch, "status", BatchStatus.OPEN,
         BatchStatus.CLOSED,
         {"text": "Juni", "number": 7, "closed_at": later(), "digest": "d2", "previous_digest": "d1",
          "postings": 1, "lines": 2, "answered": 1, "rejected": 1, "first_date": date(2026, 6, 1),
          "last_date": date(2026, 6, 30), "totals": builders.make_posting().totals}),
    Kind("posting_exports", builders.make_posting_export, UnknownPostingExport, "format", "json", "csv"),
    Kind("imports", builders.make_import, UnknownImport, "dry_run", True, False,
         {"counts": Counts(rows=3, created=2, refused=1), "confirmed": 12, "deactivate_missing": True,
          "problem": "cancelled", "worker": _SOME.id, "stopped_at": later(), "finished_at": later()}),
    Kind("exports", builders.make_export, UnknownExport, "kind", "customers", "tokens",
         {"asked": {"updated_after": "2026-01-01T00:00:00Z"}, "rows": 3, "size": 77, "sha256": "f" * 64,
          "finished_at": later(), "removed_at": later(), "removal": Removal.ASKED}),
    Kind("operations", builders.make_operation, UnknownOperation, "status", OperationStatus.RUNNING,
         OperationStatus.FAILED, {"progress": Progress(3, 9), "result": {"site": "sit_1"}}),
]  # fmt: skip

each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.port for kind in KINDS])
