"""What each port promises, as test classes to inherit: give the fixture `store`, keep every promise.

    class TestMySessions(SessionsContract):
        @pytest.fixture
        async def store(self):
            return await seeded(my_transactions)

The tests are coroutines; run them with pytest-asyncio in automatic mode or the like.
"""

from emobility_core.testing.contracts import (
    _assertions as _assertions,
)
from emobility_core.testing.contracts.access import (
    AccessContract,
    GrantedTokensContract,
    LimitedScopesContract,
)
from emobility_core.testing.contracts.accounting import AccountingContract
from emobility_core.testing.contracts.audit import AuditEntriesContract
from emobility_core.testing.contracts.certificates import (
    CertificateAuthoritiesContract,
    InstalledCertificatesContract,
    StationCertificatesContract,
)
from emobility_core.testing.contracts.clocks import (
    PartsApartContract,
    TestClocksContract,
)
from emobility_core.testing.contracts.directories import (
    RunningSessionsContract,
    StationDirectoryContract,
    TariffDirectoryContract,
    TokenDirectoryContract,
)
from emobility_core.testing.contracts.erp_export import ErpExportContract, closed_content
from emobility_core.testing.contracts.events import (
    FeedContract,
    ReactedEventsContract,
)
from emobility_core.testing.contracts.exchanges import (
    ExchangesContract,
)
from emobility_core.testing.contracts.files import FileStoreContract
from emobility_core.testing.contracts.foreign import (
    ForeignWritesContract,
)
from emobility_core.testing.contracts.idempotency import (
    IdempotencyKeysContract,
)
from emobility_core.testing.contracts.identity import (
    SignInFailuresContract,
    SignInsContract,
    SpentContract,
)
from emobility_core.testing.contracts.load import (
    LoadContract,
)
from emobility_core.testing.contracts.local_lists import (
    CacheClearingsContract,
    ListedTokensContract,
    LocalListsContract,
)
from emobility_core.testing.contracts.meter_readings import (
    MeterReadingsContract,
)
from emobility_core.testing.contracts.moves import (
    MovesContract,
)
from emobility_core.testing.contracts.network import (
    CommandsContract,
    ConnectorsContract,
    StationReportsContract,
    StationStatesContract,
)
from emobility_core.testing.contracts.onboarding import (
    ConfigurationTemplatesContract,
    QuarantinedStationsContract,
    StationConfigurationsContract,
)
from emobility_core.testing.contracts.ownership import OwnershipsContract
from emobility_core.testing.contracts.prices import (
    RatedSessionsContract,
    TariffVersionsContract,
)
from emobility_core.testing.contracts.records import (
    RecordsContract,
    TenantsContract,
    UniqueValuesContract,
)
from emobility_core.testing.contracts.reservations import (
    ReservationsContract,
)
from emobility_core.testing.contracts.seeded import (
    Logged,
    Seeded,
    seeded,
)
from emobility_core.testing.contracts.session_pages import (
    SessionPagesContract,
)
from emobility_core.testing.contracts.sessions import (
    SessionsContract,
)
from emobility_core.testing.contracts.signatures import SignaturesContract
from emobility_core.testing.contracts.transactions import (
    TransactionsContract,
)
from emobility_core.testing.contracts.transfers import TransferWorkersContract
from emobility_core.testing.contracts.webhooks import (
    EventCursorsContract,
    PastEventsContract,
    WebhooksContract,
)

__all__ = [
    "AccessContract",
    "AccountingContract",
    "AuditEntriesContract",
    "CacheClearingsContract",
    "CertificateAuthoritiesContract",
    "CommandsContract",
    "ConfigurationTemplatesContract",
    "ConnectorsContract",
    "ErpExportContract",
    "EventCursorsContract",
    "ExchangesContract",
    "FeedContract",
    "FileStoreContract",
    "ForeignWritesContract",
    "GrantedTokensContract",
    "IdempotencyKeysContract",
    "InstalledCertificatesContract",
    "LimitedScopesContract",
    "ListedTokensContract",
    "LoadContract",
    "LocalListsContract",
    "Logged",
    "MeterReadingsContract",
    "MovesContract",
    "OwnershipsContract",
    "PartsApartContract",
    "PastEventsContract",
    "QuarantinedStationsContract",
    "RatedSessionsContract",
    "ReactedEventsContract",
    "RecordsContract",
    "ReservationsContract",
    "RunningSessionsContract",
    "Seeded",
    "SessionPagesContract",
    "SessionsContract",
    "SignInFailuresContract",
    "SignInsContract",
    "SignaturesContract",
    "SpentContract",
    "StationCertificatesContract",
    "StationConfigurationsContract",
    "StationDirectoryContract",
    "StationReportsContract",
    "StationStatesContract",
    "TariffDirectoryContract",
    "TariffVersionsContract",
    "TenantsContract",
    "TestClocksContract",
    "TokenDirectoryContract",
    "TransactionsContract",
    "TransferWorkersContract",
    "UniqueValuesContract",
    "WebhooksContract",
    "_assertions",
    "closed_content",
    "seeded",
]
