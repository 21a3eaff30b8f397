"""The store: one unit of work at a time, which leaves everything or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import cast

from emobility_adapters.memory.access import (
    GRANTS,
    ROLE_ASSIGNMENTS,
    ROLES,
    MemoryGrants,
    MemoryRoleAssignments,
    MemoryRoles,
)
from emobility_adapters.memory.accounting import (
    MemoryAccountRules,
    MemoryPostingBatches,
    MemoryPostingExports,
    MemoryPostings,
    batch_claims,
    export_claims,
    ledger_claims,
    posting_claims,
)
from emobility_adapters.memory.attachments import MemoryAttachments
from emobility_adapters.memory.audit import MemoryAuditEntries
from emobility_adapters.memory.certificates import (
    MemoryAuthorities,
    MemoryInstalledCertificates,
    MemoryStationCertificates,
)
from emobility_adapters.memory.clocks import MemoryTestClocks
from emobility_adapters.memory.events import MemoryFeed, MemoryOutbox, MemoryReacted
from emobility_adapters.memory.idempotency import MemoryIdempotencyKeys
from emobility_adapters.memory.load import MemoryLoadLimits
from emobility_adapters.memory.local_lists import MemoryCacheClearings, MemoryLocalLists
from emobility_adapters.memory.network import (
    MemoryConnectors,
    MemoryStationReports,
    MemoryStationStates,
)
from emobility_adapters.memory.ownership import MemoryOwnerships
from emobility_adapters.memory.prices import MemoryRatedSessions, MemoryTariffVersions
from emobility_adapters.memory.records import (
    Claim,
    MemoryCommands,
    MemoryHandedDown,
    MemoryQuarantinedStations,
    MemoryRecords,
    MemoryStationConfigurations,
    MemoryTenants,
)
from emobility_adapters.memory.reservations import MemoryReservations
from emobility_adapters.memory.sessions import MemoryReadings, MemorySessions
from emobility_adapters.memory.sign_ins import MemorySignInFailures, MemorySignIns, MemoryTrustedIssuers
from emobility_adapters.memory.spent import MemorySpent
from emobility_adapters.memory.transfers import MemoryTransferWorkers
from emobility_adapters.memory.tree import MemoryTreeContents
from emobility_adapters.memory.unit import Tables, Unit
from emobility_adapters.memory.webhooks import (
    DELIVERIES,
    MemoryEventCursors,
    MemoryWebhookDeliveries,
    MemoryWebhookEndpoints,
    event_of,
    name_of,
)
from emobility_core.access import UnknownGrant, UnknownRole, UnknownRoleAssignment
from emobility_core.accounting import (
    Ledger,
    UnknownAccountRule,
    UnknownLedger,
    UnknownPosting,
    UnknownPostingBatch,
    UnknownPostingExport,
)
from emobility_core.audit import Auditor
from emobility_core.charging import (
    DoubtfulReport,
    Reservation,
    Resolution,
    UnknownDoubtfulReport,
    UnknownReservation,
    UnknownResolution,
)
from emobility_core.clocks import UnknownTestClock
from emobility_core.commands import Attachment, UnknownAttachment, UnknownCommand
from emobility_core.configuration import (
    ConfigurationTemplate,
    StationConfiguration,
    UnknownConfigurationTemplate,
    UnknownStationConfiguration,
)
from emobility_core.customers import (
    Contract,
    Customer,
    Token,
    UnknownContract,
    UnknownCustomer,
    UnknownToken,
    UnknownUserGroup,
    UserGroup,
)
from emobility_core.event_cursors import UnknownEventCursor
from emobility_core.identity import (
    ApiClient,
    Credentials,
    UnknownClient,
    UnknownSignIn,
    UnknownTrustedIssuer,
    UnknownUser,
    User,
)
from emobility_core.local_authorization import LocalList, UnknownLocalList
from emobility_core.network import (
    QuarantinedStation,
    SecurityEvent,
    Site,
    Station,
    StationGroup,
    UnknownQuarantinedStation,
    UnknownSecurityEvent,
    UnknownSite,
    UnknownStation,
    UnknownStationGroup,
)
from emobility_core.operations import Operation, UnknownOperation
from emobility_core.privacy import Erasure, UnknownErasure
from emobility_core.smart_charging import (
    InstalledProfile,
    LoadBudget,
    LoadPoint,
    LoadPriority,
    ScheduleComparison,
    SiteLoad,
    UnknownInstalledProfile,
    UnknownLoadBudget,
    UnknownLoadLimit,
    UnknownLoadPoint,
    UnknownLoadPriority,
    UnknownScheduleComparison,
    UnknownSiteLoad,
)
from emobility_core.tariffs import Tariff, TariffAssignment, UnknownTariff, UnknownTariffAssignment
from emobility_core.tenancy import UnknownTenant
from emobility_core.transfers import Export, Import, UnknownExport, UnknownImport
from emobility_core.webhooks import UnknownWebhookDelivery, UnknownWebhookEndpoint
from emobility_core.work import Scope


class MemoryWork:
    """The ports of one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.tenants = MemoryTenants(unit, "tenants", UnknownTenant)
        self.tree = MemoryTreeContents(unit)
        self.test_clocks = MemoryTestClocks(unit, "test clocks", UnknownTestClock)
        self.api_clients = MemoryRecords[ApiClient](unit, "api clients", UnknownClient)
        self.trusted_issuers = MemoryTrustedIssuers(unit, "trusted issuers", UnknownTrustedIssuer)
        self.roles = MemoryRoles(unit, ROLES, UnknownRole)
        self.role_assignments = MemoryRoleAssignments(unit, ROLE_ASSIGNMENTS, UnknownRoleAssignment)
        self.grants = MemoryGrants(unit, GRANTS, UnknownGrant)
        self.users = MemoryRecords[User](unit, "users", UnknownUser, _email)
        self.credentials = MemoryRecords[Credentials](unit, "credentials", UnknownUser)
        self.sign_ins = MemorySignIns(unit, "sign ins", UnknownSignIn)
        self.sign_in_failures = MemorySignInFailures(unit)
        self.spent = MemorySpent(unit)
        self.sites = MemoryRecords[Site](unit, "sites", UnknownSite)
        self.station_groups = MemoryRecords[StationGroup](unit, "station groups", UnknownStationGroup)
        self.stations = MemoryRecords[Station](unit, "stations", UnknownStation, _identity)
        self.station_states = MemoryStationStates(unit)
        self.connectors = MemoryConnectors(unit)
        self.station_reports = MemoryStationReports(unit)
        self.certificate_authorities = MemoryAuthorities(unit)
        self.station_certificates = MemoryStationCertificates(unit)
        self.installed_certificates = MemoryInstalledCertificates(unit)
        self.attachments = MemoryAttachments(unit, "attachments", UnknownAttachment, _command)
        self.security_events = MemoryRecords[SecurityEvent](unit, "security events", UnknownSecurityEvent)
        self.commands = MemoryCommands(unit, "commands", UnknownCommand)
        self.quarantined_stations = MemoryQuarantinedStations(
            unit, "quarantined stations", UnknownQuarantinedStation, _identity
        )
        self.station_configurations = MemoryStationConfigurations(
            unit, "station configurations", UnknownStationConfiguration, _station
        )
        self.configuration_templates = MemoryHandedDown[ConfigurationTemplate](
            unit, "configuration templates", UnknownConfigurationTemplate
        )
        self.charging_profiles = MemoryRecords[InstalledProfile](
            unit, "charging profiles", UnknownInstalledProfile
        )
        self.schedule_comparisons = MemoryRecords[ScheduleComparison](
            unit, "schedule comparisons", UnknownScheduleComparison
        )
        self.load_budgets = MemoryRecords[LoadBudget](unit, "load budgets", UnknownLoadBudget, _site)
        self.load_points = MemoryRecords[LoadPoint](unit, "load points", UnknownLoadPoint, _place)
        self.load_limits = MemoryLoadLimits(unit, "load limits", UnknownLoadLimit)
        self.load_priorities = MemoryRecords[LoadPriority](
            unit, "load priorities", UnknownLoadPriority, _session
        )
        self.site_loads = MemoryRecords[SiteLoad](unit, "site loads", UnknownSiteLoad)
        self.customers = MemoryRecords[Customer](unit, "customers", UnknownCustomer)
        self.user_groups = MemoryRecords[UserGroup](unit, "user groups", UnknownUserGroup)
        self.contracts = MemoryRecords[Contract](unit, "contracts", UnknownContract, _number)
        self.tokens = MemoryRecords[Token](unit, "tokens", UnknownToken, _id_tag)
        self.tariffs = MemoryHandedDown[Tariff](unit, "tariffs", UnknownTariff)
        self.tariff_versions = MemoryTariffVersions(unit)
        self.tariff_assignments = MemoryHandedDown[TariffAssignment](
            unit, "tariff assignments", UnknownTariffAssignment
        )
        self.sessions = MemorySessions(unit)
        self.meter_readings = MemoryReadings(unit)
        self.doubtful_reports = MemoryRecords[DoubtfulReport](unit, "doubtful reports", UnknownDoubtfulReport)
        self.resolutions = MemoryRecords[Resolution](unit, "resolutions", UnknownResolution)
        self.local_lists = MemoryLocalLists(unit, "local lists", UnknownLocalList, _listing_station)
        self.cache_clearings = MemoryCacheClearings(unit)
        self.reservations = MemoryReservations(unit, "reservations", UnknownReservation, _reserved_number)
        self.rated_sessions = MemoryRatedSessions(unit)
        self.imports = MemoryRecords[Import](unit, "imports", UnknownImport)
        self.exports = MemoryRecords[Export](unit, "exports", UnknownExport)
        self.transfer_workers = MemoryTransferWorkers(unit)
        self.operations = MemoryRecords[Operation](unit, "operations", UnknownOperation)
        self.webhook_endpoints = MemoryWebhookEndpoints(unit, "webhook endpoints", UnknownWebhookEndpoint)
        self.webhook_deliveries = MemoryWebhookDeliveries(unit, DELIVERIES, UnknownWebhookDelivery, event_of)
        self.event_cursors = MemoryEventCursors(unit, "event cursors", UnknownEventCursor, name_of)
        self.ledgers = MemoryRecords[Ledger](unit, "ledgers", UnknownLedger, ledger_claims)
        self.account_rules = MemoryAccountRules(unit, "account rules", UnknownAccountRule)
        self.postings = MemoryPostings(unit, "postings", UnknownPosting, posting_claims)
        self.posting_batches = MemoryPostingBatches(
            unit, "posting batches", UnknownPostingBatch, batch_claims
        )
        self.posting_exports = MemoryPostingExports(
            unit, "posting exports", UnknownPostingExport, export_claims
        )
        self.reacted = MemoryReacted(unit)
        self.ownerships = MemoryOwnerships(unit)
        self.idempotency_keys = MemoryIdempotencyKeys(unit)
        self.erasures = MemoryRecords[Erasure](unit, "erasures", UnknownErasure)
        self.audit_entries = MemoryAuditEntries(unit)
        self.outbox = MemoryOutbox()


class MemoryStore:
    """All records of one process; `auditor` writes down what units change."""

    def __init__(self, auditor: Auditor | None = None) -> None:
        self.tables = Tables()
        self.feed = MemoryFeed(self.tables)
        self._auditor = auditor
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transactions(self, scope: Scope) -> AsyncIterator[MemoryWork]:
        """Open a unit of work; the next one waits until it is left."""
        async with self._lock:
            unit = Unit(self.tables, scope)
            work = MemoryWork(unit)
            if self._auditor is None:
                yield work
            else:
                watched = self._auditor.watch(work, scope)
                yield cast("MemoryWork", watched)
                await watched.record()
            unit.commit()
            self.feed.append(work.outbox.events)


def _identity(station: Station | QuarantinedStation) -> Iterable[Claim]:
    return [("identity", station.identity.text, ("identity", station.identity.folded))]


def _station(configuration: StationConfiguration) -> Iterable[Claim]:
    yield "station", str(configuration.station), ("configuration", configuration.station)


def _site(budget: LoadBudget) -> Iterable[Claim]:
    return [("site", str(budget.site), ("load budget", budget.site))]


def _place(point: LoadPoint) -> Iterable[Claim]:
    return [("connector", str(point.connector), ("load point", point.station, point.connector))]


def _session(priority: LoadPriority) -> Iterable[Claim]:
    return [("session", str(priority.session), ("load priority", priority.session))]


def _command(attachment: Attachment) -> Iterable[Claim]:
    return [("command", str(attachment.command), ("attachment of", attachment.command))]


def _email(user: User) -> Iterable[Claim]:
    return [("email", user.email, ("email", user.tenant, user.email))]


def _number(contract: Contract) -> Iterable[Claim]:
    return [("number", contract.number, ("contract number", contract.tenant, contract.number))]


def _listing_station(one: LocalList) -> Iterable[Claim]:
    return [("station", str(one.station), ("local list", one.station))]


def _reserved_number(one: Reservation) -> Iterable[Claim]:
    return [("number", str(one.number), ("reservation number", one.station, one.number))]


def _id_tag(token: Token) -> Iterable[Claim]:
    return [("id_tag", token.id_tag.text, ("id tag", token.tenant, token.id_tag.folded))]
