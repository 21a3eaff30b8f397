"""The in-memory store keeps every promise of its ports."""

import pytest

from emobility_adapters.memory import (
    MemoryAccess,
    MemoryGrantedTokens,
    MemoryListedTokens,
    MemoryRunningSessions,
    MemoryStations,
    MemoryStore,
    MemoryTariffs,
    MemoryTokens,
)
from emobility_core.testing import contracts
from emobility_core.testing.contracts import Seeded, seeded


@pytest.fixture
async def store() -> Seeded:
    memory = MemoryStore()
    return await seeded(
        memory.transactions,
        feed=memory.feed,
        tokens=MemoryTokens(memory),
        tariffs=MemoryTariffs(memory),
        listed=MemoryListedTokens(memory),
        running=MemoryRunningSessions(memory),
        stations=MemoryStations(memory),
        access=MemoryAccess(memory.tables),
        granted=MemoryGrantedTokens(memory),
    )


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


class TestFeed(contracts.FeedContract): ...


class TestReactedEvents(contracts.ReactedEventsContract): ...


class TestIdempotencyKeys(contracts.IdempotencyKeysContract): ...


class TestOwnerships(contracts.OwnershipsContract): ...


class TestForeignWrites(contracts.ForeignWritesContract): ...


class TestTransactions(contracts.TransactionsContract): ...


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
