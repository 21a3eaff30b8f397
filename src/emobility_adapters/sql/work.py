"""Units of work over SQLAlchemy Core: for the API, the command line and reactions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

import attrs
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.access import (
    GRANT,
    ROLE,
    ROLE_ASSIGNMENT,
    SqlGrants,
    SqlRoleAssignments,
    SqlRoles,
)
from emobility_adapters.sql.accounting import (
    SqlAccountRules,
    SqlPostingBatches,
    SqlPostingExports,
    SqlPostings,
)
from emobility_adapters.sql.attachments import SqlAttachments
from emobility_adapters.sql.audit import SqlAuditEntries
from emobility_adapters.sql.certificates import (
    SqlAuthorities,
    SqlInstalledCertificates,
    SqlStationCertificates,
)
from emobility_adapters.sql.clocks import SqlTestClocks
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.events import SqlOutbox, SqlReacted
from emobility_adapters.sql.exchanges import SqlExchanges
from emobility_adapters.sql.idempotency import SqlIdempotencyKeys
from emobility_adapters.sql.identity import (
    CREDENTIALS,
    SIGN_IN,
    USER,
    SqlSignInFailures,
    SqlSignIns,
    SqlSpent,
    SqlTrustedIssuers,
)
from emobility_adapters.sql.keys import SqlServerKeys
from emobility_adapters.sql.load import LOAD_LIMIT, SqlLoadLimits
from emobility_adapters.sql.local_lists import SqlCacheClearings, SqlLocalLists
from emobility_adapters.sql.network import SqlConnectors, SqlStationReports, SqlStationStates
from emobility_adapters.sql.onboarding import (
    SqlQuarantinedStations,
    SqlStationConfigurations,
)
from emobility_adapters.sql.ownership import SqlOwnerships
from emobility_adapters.sql.personal_data import SqlPersonalData
from emobility_adapters.sql.prices import SqlRatedSessions, SqlTariffVersions
from emobility_adapters.sql.records import Kind, SqlCommands, SqlHandedDown, SqlRecords, SqlTenants
from emobility_adapters.sql.reservations import SqlReservations
from emobility_adapters.sql.sessions import SqlReadings, SqlSessions
from emobility_adapters.sql.transfers import SqlTransferWorkers
from emobility_adapters.sql.tree import SqlTreeContents
from emobility_adapters.sql.webhooks import SqlEventCursors, SqlWebhookDeliveries, SqlWebhookEndpoints
from emobility_core.accounting import (
    AccountRule,
    Ledger,
    Posting,
    PostingBatch,
    PostingExport,
    UnknownAccountRule,
    UnknownLedger,
    UnknownPosting,
    UnknownPostingBatch,
    UnknownPostingExport,
)
from emobility_core.audit import Auditor
from emobility_core.certificates import (
    CertificateAuthority,
    StationCertificate,
    UnknownCertificateAuthority,
    UnknownStationCertificate,
)
from emobility_core.charging import (
    DoubtfulReport,
    Reservation,
    Resolution,
    UnknownDoubtfulReport,
    UnknownReservation,
    UnknownResolution,
)
from emobility_core.clocks import TestClock, UnknownTestClock
from emobility_core.commands import Attachment, Command, UnknownAttachment, UnknownCommand
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
from emobility_core.event_cursors import EventCursor, UnknownEventCursor
from emobility_core.identity import ApiClient, TrustedIssuer, UnknownClient, UnknownTrustedIssuer
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
    UnknownLoadPoint,
    UnknownLoadPriority,
    UnknownScheduleComparison,
    UnknownSiteLoad,
)
from emobility_core.tariffs import Tariff, TariffAssignment, UnknownTariff, UnknownTariffAssignment
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.transfers import Export, Import, UnknownExport, UnknownImport
from emobility_core.webhooks import (
    UnknownWebhookDelivery,
    UnknownWebhookEndpoint,
    WebhookDelivery,
    WebhookEndpoint,
)
from emobility_core.work import Event, Scope

TENANT = Kind(table=tables.tenant, record=Tenant, unknown=UnknownTenant)
TEST_CLOCK = Kind(table=tables.test_clock, record=TestClock, unknown=UnknownTestClock)
API_CLIENT = Kind(table=tables.api_client, record=ApiClient, unknown=UnknownClient)
TRUSTED_ISSUER = Kind(table=tables.trusted_issuer, record=TrustedIssuer, unknown=UnknownTrustedIssuer)
SITE = Kind(table=tables.site, record=Site, unknown=UnknownSite)
STATION_GROUP = Kind(table=tables.station_group, record=StationGroup, unknown=UnknownStationGroup)
STATION = Kind(table=tables.station, record=Station, unknown=UnknownStation)
QUARANTINED_STATION = Kind(
    table=tables.quarantined_station, record=QuarantinedStation, unknown=UnknownQuarantinedStation
)
CERTIFICATE_AUTHORITY = Kind(
    table=tables.certificate_authority, record=CertificateAuthority, unknown=UnknownCertificateAuthority
)
STATION_CERTIFICATE = Kind(
    table=tables.station_certificate, record=StationCertificate, unknown=UnknownStationCertificate
)
ATTACHMENT = Kind(table=tables.attachment, record=Attachment, unknown=UnknownAttachment)
SECURITY_EVENT = Kind(table=tables.security_event, record=SecurityEvent, unknown=UnknownSecurityEvent)
STATION_CONFIGURATION = Kind(
    table=tables.station_configuration, record=StationConfiguration, unknown=UnknownStationConfiguration
)
CONFIGURATION_TEMPLATE = Kind(
    table=tables.configuration_template, record=ConfigurationTemplate, unknown=UnknownConfigurationTemplate
)
COMMAND = Kind(table=tables.command, record=Command, unknown=UnknownCommand)
INSTALLED_PROFILE = Kind(
    table=tables.installed_profile, record=InstalledProfile, unknown=UnknownInstalledProfile
)
SCHEDULE_COMPARISON = Kind(
    table=tables.schedule_comparison, record=ScheduleComparison, unknown=UnknownScheduleComparison
)
LOAD_BUDGET = Kind(table=tables.load_budget, record=LoadBudget, unknown=UnknownLoadBudget)
LOAD_POINT = Kind(table=tables.load_point, record=LoadPoint, unknown=UnknownLoadPoint)
LOAD_PRIORITY = Kind(table=tables.load_priority, record=LoadPriority, unknown=UnknownLoadPriority)
SITE_LOAD = Kind(table=tables.site_load, record=SiteLoad, unknown=UnknownSiteLoad)
CUSTOMER = Kind(table=tables.customer, record=Customer, unknown=UnknownCustomer)
USER_GROUP = Kind(table=tables.user_group, record=UserGroup, unknown=UnknownUserGroup)
CONTRACT = Kind(table=tables.contract, record=Contract, unknown=UnknownContract)
TOKEN = Kind(table=tables.token, record=Token, unknown=UnknownToken)
TARIFF = Kind(table=tables.tariff, record=Tariff, unknown=UnknownTariff)
TARIFF_ASSIGNMENT = Kind(
    table=tables.tariff_assignment, record=TariffAssignment, unknown=UnknownTariffAssignment
)
DOUBTFUL_REPORT = Kind(table=tables.doubtful_report, record=DoubtfulReport, unknown=UnknownDoubtfulReport)
RESOLUTION = Kind(table=tables.resolution, record=Resolution, unknown=UnknownResolution)
LOCAL_LIST = Kind(table=tables.local_list, record=LocalList, unknown=UnknownLocalList)
RESERVATION = Kind(table=tables.reservation, record=Reservation, unknown=UnknownReservation)
WEBHOOK_ENDPOINT = Kind(table=tables.webhook_endpoint, record=WebhookEndpoint, unknown=UnknownWebhookEndpoint)
WEBHOOK_DELIVERY = Kind(table=tables.webhook_delivery, record=WebhookDelivery, unknown=UnknownWebhookDelivery)
EVENT_CURSOR = Kind(table=tables.event_cursor, record=EventCursor, unknown=UnknownEventCursor)
LEDGER = Kind(table=tables.ledger, record=Ledger, unknown=UnknownLedger)
ACCOUNT_RULE = Kind(table=tables.account_rule, record=AccountRule, unknown=UnknownAccountRule)
POSTING = Kind(table=tables.posting, record=Posting, unknown=UnknownPosting)
POSTING_BATCH = Kind(table=tables.posting_batch, record=PostingBatch, unknown=UnknownPostingBatch)
POSTING_EXPORT = Kind(table=tables.posting_export, record=PostingExport, unknown=UnknownPostingExport)
ERASURE = Kind(table=tables.erasure, record=Erasure, unknown=UnknownErasure)
DATA_IMPORT = Kind(table=tables.data_import, record=Import, unknown=UnknownImport)
DATA_EXPORT = Kind(table=tables.data_export, record=Export, unknown=UnknownExport)
OPERATION = Kind(table=tables.operation, record=Operation, unknown=UnknownOperation)


class SqlWork:
    """One connection within one scope, seen through every port."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self.connection = connection
        self.tenants = SqlTenants(connection, scope, TENANT)
        self.tree = SqlTreeContents(connection, scope)
        self.test_clocks = SqlTestClocks(connection, scope, TEST_CLOCK)
        self.api_clients = SqlRecords(connection, scope, API_CLIENT)
        self.trusted_issuers = SqlTrustedIssuers(connection, scope, TRUSTED_ISSUER)
        self.roles = SqlRoles(connection, scope, ROLE)
        self.role_assignments = SqlRoleAssignments(connection, scope, ROLE_ASSIGNMENT)
        self.grants = SqlGrants(connection, scope, GRANT)
        self.users = SqlRecords(connection, scope, USER)
        self.credentials = SqlRecords(connection, scope, CREDENTIALS)
        self.sign_ins = SqlSignIns(connection, scope, SIGN_IN)
        self.sign_in_failures = SqlSignInFailures(connection, scope)
        self.spent = SqlSpent(connection, scope)
        self.sites = SqlRecords(connection, scope, SITE)
        self.station_groups = SqlRecords(connection, scope, STATION_GROUP)
        self.stations = SqlRecords(connection, scope, STATION)
        self.station_states = SqlStationStates(connection, scope)
        self.connectors = SqlConnectors(connection, scope)
        self.station_reports = SqlStationReports(connection, scope)
        self.exchanges = SqlExchanges(connection, scope)
        self.certificate_authorities = SqlAuthorities(connection, scope, CERTIFICATE_AUTHORITY)
        self.station_certificates = SqlStationCertificates(connection, scope, STATION_CERTIFICATE)
        self.installed_certificates = SqlInstalledCertificates(connection, scope)
        self.security_events = SqlRecords(connection, scope, SECURITY_EVENT)
        self.attachments = SqlAttachments(connection, scope, ATTACHMENT)
        self.commands = SqlCommands(connection, scope, COMMAND)
        self.quarantined_stations = SqlQuarantinedStations(connection, scope, QUARANTINED_STATION)
        self.station_configurations = SqlStationConfigurations(connection, scope, STATION_CONFIGURATION)
        self.configuration_templates = SqlHandedDown(connection, scope, CONFIGURATION_TEMPLATE)
        self.charging_profiles = SqlRecords(connection, scope, INSTALLED_PROFILE)
        self.schedule_comparisons = SqlRecords(connection, scope, SCHEDULE_COMPARISON)
        self.load_budgets = SqlRecords(connection, scope, LOAD_BUDGET)
        self.load_points = SqlRecords(connection, scope, LOAD_POINT)
        self.load_limits = SqlLoadLimits(connection, scope, LOAD_LIMIT)
        self.load_priorities = SqlRecords(connection, scope, LOAD_PRIORITY)
        self.site_loads = SqlRecords(connection, scope, SITE_LOAD)
        self.customers = SqlRecords(connection, scope, CUSTOMER)
        self.user_groups = SqlRecords(connection, scope, USER_GROUP)
        self.contracts = SqlRecords(connection, scope, CONTRACT)
        self.tokens = SqlRecords(connection, scope, TOKEN)
        self.tariffs = SqlHandedDown(connection, scope, TARIFF)
        self.tariff_versions = SqlTariffVersions(connection, scope)
        self.tariff_assignments = SqlHandedDown(connection, scope, TARIFF_ASSIGNMENT)
        self.sessions = SqlSessions(connection, scope)
        self.meter_readings = SqlReadings(connection, scope)
        self.doubtful_reports = SqlRecords(connection, scope, DOUBTFUL_REPORT)
        self.resolutions = SqlRecords(connection, scope, RESOLUTION)
        self.local_lists = SqlLocalLists(connection, scope, LOCAL_LIST)
        self.cache_clearings = SqlCacheClearings(connection, scope)
        self.reservations = SqlReservations(connection, scope, RESERVATION)
        self.rated_sessions = SqlRatedSessions(connection, scope)
        self.imports = SqlRecords(connection, scope, DATA_IMPORT)
        self.exports = SqlRecords(connection, scope, DATA_EXPORT)
        self.transfer_workers = SqlTransferWorkers(connection)
        self.operations = SqlRecords(connection, scope, OPERATION)
        self.webhook_endpoints = SqlWebhookEndpoints(connection, scope, WEBHOOK_ENDPOINT)
        self.webhook_deliveries = SqlWebhookDeliveries(connection, scope, WEBHOOK_DELIVERY)
        self.event_cursors = SqlEventCursors(connection, scope, EVENT_CURSOR)
        self.ledgers = SqlRecords(connection, scope, LEDGER)
        self.account_rules = SqlAccountRules(connection, scope, ACCOUNT_RULE)
        self.postings = SqlPostings(connection, scope, POSTING)
        self.posting_batches = SqlPostingBatches(connection, scope, POSTING_BATCH)
        self.posting_exports = SqlPostingExports(connection, scope, POSTING_EXPORT)
        self.reacted = SqlReacted(connection)
        self.ownerships = SqlOwnerships(connection, scope)
        self.server_keys = SqlServerKeys(connection)
        self.idempotency_keys = SqlIdempotencyKeys(connection)
        self.erasures = SqlRecords(connection, scope, ERASURE)
        self.personal_data = SqlPersonalData(connection)
        self.audit_entries = SqlAuditEntries(connection, scope)
        self.outbox = SqlOutbox()


@attrs.frozen
class SqlTransactions:
    """The core's `Transactions`; `wake` hears of every unit that was committed, `heed` of its events:
    the feed tells of them only a moment later. `auditor` writes down what units change."""

    database: Database
    wake: Callable[[], None] = lambda: None
    heed: Callable[[Event], None] = lambda _: None
    auditor: Auditor | None = None

    def __call__(self, scope: Scope) -> AbstractAsyncContextManager[SqlWork]:
        return self._unit(scope)

    @asynccontextmanager
    async def _unit(self, scope: Scope) -> AsyncIterator[SqlWork]:
        async with self.database.writing(scope) as connection:
            work = SqlWork(connection, scope)
            if self.auditor is None:
                yield work
            else:
                watched = self.auditor.watch(work, scope)
                yield cast("SqlWork", watched)
                await watched.record()
            await work.outbox.store(connection)
        for event in work.outbox.events:
            self.heed(event)
        self.wake()

    @asynccontextmanager
    async def reading(self, scope: Scope) -> AsyncIterator[SqlWork]:
        """A unit that only reads: beside any writer, and nothing it does is kept."""
        async with self.database.reading(scope) as connection:
            yield SqlWork(connection, scope)
