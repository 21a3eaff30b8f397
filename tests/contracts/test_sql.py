"""The SQL store keeps every promise of its ports, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.hot.access import SqlAccess
from emobility_adapters.sql.hot.granted import SqlGrantedTokens
from emobility_adapters.sql.hot.listed import SqlListedTokens
from emobility_adapters.sql.hot.running import SqlRunningSessions
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.testing import contracts
from emobility_core.testing.builders import TENANT, make_event
from emobility_core.testing.contracts import Seeded, seeded
from emobility_core.work import Scope

EVERYTHING = Scope(TENANT, "/", "system:contract")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Seeded]:
    database = open_database(database_url)
    feed = SqlFeed(database, EVERYTHING)
    directories = SqlDirectories(lambda: database.reading(EVERYTHING))
    access = SqlAccess(lambda: database.reading(EVERYTHING), directories.tree)
    granted = SqlGrantedTokens(lambda: database.reading(EVERYTHING), directories)

    async def settle() -> None:
        # The use cases publish what they change; the contract writes past them.
        for kind in ("tenant", "station", "token", "tariff"):
            directories.heed(make_event(type=f"{kind}.updated"))
        for kind in ("tenant", "station", "role", "grant"):
            access.heed(make_event(type=f"{kind}.updated"))
            granted.heed(make_event(type=f"{kind}.updated"))

    async with feed.placing():
        yield await seeded(
            SqlTransactions(database, feed.wake),
            feed=feed,
            tokens=directories.tokens,
            tariffs=directories.tariffs,
            stations=directories.stations,
            access=access,
            granted=granted,
            listed=SqlListedTokens(lambda: database.reading(EVERYTHING), directories.tree),
            running=SqlRunningSessions(lambda: database.reading(EVERYTHING)),
            settle=settle,
        )
    await database.dispose()


class TestAccounting(contracts.AccountingContract): ...


class TestAuditEntries(contracts.AuditEntriesContract): ...


class TestRecords(contracts.RecordsContract): ...


class TestTransferWorkers(contracts.TransferWorkersContract): ...


class TestUniqueValues(contracts.UniqueValuesContract): ...


class TestLoad(contracts.LoadContract): ...


class TestTenants(contracts.TenantsContract): ...


class TestMoves(contracts.MovesContract): ...


class TestSessions(contracts.SessionsContract): ...


class TestSessionPages(contracts.SessionPagesContract): ...


class TestMeterReadings(contracts.MeterReadingsContract): ...


class TestStationStates(contracts.StationStatesContract): ...


class TestConnectors(contracts.ConnectorsContract): ...


class TestStationReports(contracts.StationReportsContract): ...


class TestStationConfigurations(contracts.StationConfigurationsContract): ...


class TestConfigurationTemplates(contracts.ConfigurationTemplatesContract): ...


class TestQuarantinedStations(contracts.QuarantinedStationsContract): ...


class TestCertificateAuthorities(contracts.CertificateAuthoritiesContract): ...


class TestInstalledCertificates(contracts.InstalledCertificatesContract): ...


class TestStationCertificates(contracts.StationCertificatesContract): ...


class TestCommands(contracts.CommandsContract): ...


class TestTariffVersions(contracts.TariffVersionsContract): ...


class TestRatedSessions(contracts.RatedSessionsContract): ...


class TestReactedEvents(contracts.ReactedEventsContract): ...


class TestIdempotencyKeys(contracts.IdempotencyKeysContract): ...


class TestOwnerships(contracts.OwnershipsContract): ...


class TestForeignWrites(contracts.ForeignWritesContract): ...


class TestTransactions(contracts.TransactionsContract): ...


class TestFeed(contracts.FeedContract): ...


class TestStationDirectory(contracts.StationDirectoryContract): ...


class TestTokenDirectory(contracts.TokenDirectoryContract): ...


class TestTariffDirectory(contracts.TariffDirectoryContract): ...


class TestRunningSessions(contracts.RunningSessionsContract): ...


class TestAccess(contracts.AccessContract): ...


class TestGrantedTokens(contracts.GrantedTokensContract): ...


class TestLimitedScopes(contracts.LimitedScopesContract): ...


class TestReservations(contracts.ReservationsContract): ...


class TestLocalLists(contracts.LocalListsContract): ...


class TestCacheClearings(contracts.CacheClearingsContract): ...


class TestListedTokens(contracts.ListedTokensContract): ...


class TestWebhooks(contracts.WebhooksContract): ...


class TestEventCursors(contracts.EventCursorsContract): ...


class TestTestClocks(contracts.TestClocksContract): ...


class TestPartsApart(contracts.PartsApartContract): ...


class TestPastEvents(contracts.PastEventsContract): ...


class TestSpent(contracts.SpentContract): ...


class TestSignInFailures(contracts.SignInFailuresContract): ...


class TestSignIns(contracts.SignInsContract): ...
