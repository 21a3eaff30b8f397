"""The real endpoint over the hot path of a real database; it can be restarted, and its storage can fail."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from typing import Any

import attrs

from emobility_adapters.ocpp.caller import Services
from emobility_adapters.ocpp.endpoint import OcppEndpoint
from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.ocpp.security import LineSecurity
from emobility_adapters.ocpp.v16.version import V16
from emobility_adapters.pki import CurrentTrust, ThreadedCertifier
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.hot import HotPath, open_hot_path
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.charging import ChargingTools, Session
from emobility_core.customers import IdTag
from emobility_core.ids import SessionId, StationId, TenantId
from emobility_core.instants import OneClock
from emobility_core.network import Station, StationIdentity
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import TENANT, make_station, make_tenant, make_token
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.work import Page, Scope

from ..world import CERTIFIER, Gone, digest

EVERYTHING = Scope(TENANT, "/", "system:machine")
NEVER_S = 10_000.0
WELCOME, BLOCKED, UNKNOWN = "04A1B2C3", "04BL0CK3", "04UNKN0W"


class Fault(Enum):
    """What is wrong with the storage: nothing, it takes nothing, or it fails once all is stored."""

    NONE = "none"
    REFUSES = "refuses"
    FAILS_AFTERWARDS = "fails afterwards"


@attrs.define(kw_only=True)
class Backend:
    """One tenant with a card that is welcome and one that is blocked."""

    database: Database
    tenant: Tenant
    clock: FrozenClock
    ids: SeededIds
    fault: Fault = Fault.NONE
    port: int = 0
    _running: AsyncExitStack = attrs.field(factory=AsyncExitStack)
    _hot: HotPath | None = None
    _stations: int = 0

    async def start(self) -> None:
        """Serve from what the database holds and nothing else."""
        hot = await self._running.enter_async_context(open_hot_path(self.database, EVERYTHING))
        self._hot = hot
        tools = ChargingTools(
            transactions=self._transactions,
            tokens=hot.directories.tokens,
            tariffs=hot.directories.tariffs,
            running=hot.running,
            ids=self.ids,
        )
        services = Services(
            transactions=self._transactions,
            tools=tools,
            clock=self.clock,
            seldom=SqlTransactions(self.database),
            certifier=ThreadedCertifier(CERTIFIER),
        )
        endpoint = OcppEndpoint(
            directory=hot.directories.stations,
            frames=hot.frames,
            services=services,
            versions=[V16(services)],
            lines=Lines(),
            digest=digest,
            security=self._security(hot),
            settle_s=NEVER_S,
            again_after_s=0.01,
        )
        listening = endpoint.listening(socket.create_server(("127.0.0.1", 0)))
        server = await self._running.enter_async_context(listening)
        self.port = next(iter(server.sockets)).getsockname()[1]

    def _security(self, hot: HotPath) -> LineSecurity:
        whole = SqlTransactions(self.database)
        tree = hot.directories.tree
        trust = CurrentTrust(transactions=whole, everything=EVERYTHING, path_of=tree.path)
        return LineSecurity(
            transactions=whole,
            trust=trust,
            clocks=OneClock(self.clock),
            ids=self.ids,
            home=scope_of(self.tenant, "test"),
        )

    async def stop(self) -> None:
        await self._running.aclose()
        await self.database.dispose()

    async def restart(self) -> None:
        await self._running.aclose()
        await self.start()

    @asynccontextmanager
    async def _transactions(self, scope: Scope) -> AsyncIterator[Any]:
        if self.fault is Fault.REFUSES:
            raise Gone()
        assert self._hot is not None
        async with self._hot.transactions(scope) as work:
            yield work
        if self.fault is Fault.FAILS_AFTERWARDS:
            raise Gone()

    async def new_station(self) -> Station:
        self._stations += 1
        identity = StationIdentity(f"M{self._stations}")
        station = make_station(tenant=TenantId(self.tenant.id), identity=identity)
        async with SqlTransactions(self.database)(EVERYTHING) as work:
            await work.stations.add(station)
        return station

    async def sessions(self, station: StationId) -> list[Session]:
        page = Page(limit=1_000, filters={"station": [station]}, descendants=True)
        async with SqlTransactions(self.database).reading(EVERYTHING) as work:
            found: list[Session] = await work.sessions.page(page)
        return found

    async def registers(self, session: SessionId) -> list[int]:
        """The registers of a session's readings in Wh, lowest first."""
        async with SqlTransactions(self.database).reading(EVERYTHING) as work:
            readings = await work.meter_readings.of_session(session)
        return sorted(one.energy.mwh // 1000 for one in readings if one.energy is not None)


@asynccontextmanager
async def a_backend(url: str) -> AsyncIterator[Backend]:
    """A backend over a migrated database without any tenant."""
    database = open_database(url)
    tenant = make_tenant()
    mine = {"tenant": TenantId(tenant.id)}
    async with SqlTransactions(database)(EVERYTHING) as work:
        await work.tenants.add(tenant)
        await work.tokens.add(make_token(**mine, id_tag=IdTag(WELCOME)))
        await work.tokens.add(make_token(**mine, id_tag=IdTag(BLOCKED), blocked=True))
    backend = Backend(database=database, tenant=tenant, clock=FrozenClock(), ids=SeededIds(1000))
    await backend.start()
    try:
        yield backend
    finally:
        await backend.stop()
