"""The endpoint over the in-memory adapter: a tenant, stations, tokens, a tariff, and the relay by hand."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import attrs
from websockets.asyncio.server import Server

from emobility_adapters.memory import (
    MemoryFrames,
    MemoryRunningSessions,
    MemoryStations,
    MemoryStore,
    MemoryTariffs,
    MemoryTokens,
    MemoryWork,
)
from emobility_adapters.ocpp.admission import Admission
from emobility_adapters.ocpp.caller import Services
from emobility_adapters.ocpp.endpoint import OcppEndpoint
from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.ocpp.quarantine import Limits, Quarantine
from emobility_adapters.ocpp.securing import SecuringLine
from emobility_adapters.ocpp.security import LineSecurity
from emobility_adapters.ocpp.tls import station_context, trust_authorities
from emobility_adapters.ocpp.v16.version import V16
from emobility_adapters.ocpp.vendors import shipped
from emobility_adapters.ocpp.version import Version
from emobility_adapters.pki import CurrentTrust, PkiCertifier, ThreadedCertifier
from emobility_core.charging import (
    ChargingTools,
    DoubtfulReport,
    EndedSession,
    MeterReading,
    Session,
    end_stalled,
    request_start,
    request_stop,
)
from emobility_core.commands import Command, Order, RemoteStart, command_station
from emobility_core.customers import IdTag
from emobility_core.errors import Unavailable
from emobility_core.ids import SessionId, StationId, TariffVersionId, TenantId
from emobility_core.instants import Instant, OneClock
from emobility_core.network import (
    ConnectorState,
    KnownStation,
    Station,
    StationDirectory,
    StationIdentity,
    StationReport,
    StationState,
    flag_unreachable,
    key_bytes,
)
from emobility_core.rating import Rating
from emobility_core.reactions import (
    Reaction,
    check_configurations,
    follow_certificates,
    mark_local_lists,
    owe_cache_clearings,
    rate_sessions,
    send_commands,
    settle_commands,
    settle_local_lists,
    settle_reservations,
    use_reservations,
)
from emobility_core.tariffs import Prices
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import (
    later,
    make_assignment,
    make_station,
    make_tariff,
    make_tariff_version,
    make_tenant,
    make_token,
)
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Page, Scope

from .strict import assert_strict
from .wire import PATIENCE_S, WireStation, connected

EVERYWHERE = Scope.system(TenantId(UUID(int=0)), "/", "test")
EVERYTHING = Page(limit=10_000, descendants=True)
CARD = "04A1B2C3"
# Stations speak of noon and the two hours since.
NOW = later(NOON, hours=2)
CERTIFIER = PkiCertifier(b"sealed")


@attrs.frozen
class Gone(Unavailable):
    """The storage is gone.

    Remedy: bring it back.
    """

    code = "gone"


class Storage:
    """The store's transactions: none while `gone`, none that commits while `full`.

    While `broken` they hold nothing but the worklist of doubts and the station's state.
    """

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.gone = False
        self.full = False
        self.broken = False
        self.open = asyncio.Event()
        self.open.set()

    @asynccontextmanager
    async def transactions(self, scope: Scope) -> AsyncIterator[MemoryWork]:
        if self.gone:
            raise Gone()
        await self.open.wait()
        async with self._store.transactions(scope) as work:
            if self.broken:
                del work.sessions, work.station_reports
            yield work
            if self.full:
                raise Gone()


class Directory:
    """The store's directories; they know nothing while `gone`."""

    def __init__(self, store: MemoryStore) -> None:
        self._stations, self._tokens = MemoryStations(store), MemoryTokens(store)
        self._tariffs = MemoryTariffs(store)
        self.gone = False

    async def find(self, identity: StationIdentity) -> KnownStation | None:
        self._refuse_while_gone()
        return await self._stations.find(identity)

    async def find_token(self, id_tag: IdTag, at_tenant: TenantId) -> Any:
        self._refuse_while_gone()
        return await self._tokens.find(id_tag, at_tenant=at_tenant)

    async def version_for(self, station: StationId, token: Any, *, at: Any) -> TariffVersionId | None:
        return await self._tariffs.version_for(station, token, at=at)

    def _refuse_while_gone(self) -> None:
        if self.gone:
            raise Gone()


@attrs.frozen
class Tokens:
    directory: Directory

    async def find(self, id_tag: IdTag, *, at_tenant: TenantId) -> Any:
        return await self.directory.find_token(id_tag, at_tenant)


def digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


class Everywhere:
    """Somebody may wait for any station."""

    def __contains__(self, station: StationId) -> bool:
        return True


@attrs.define(kw_only=True, slots=False)
class World:
    """What a test works with; what it reads is read as the tenant at the root."""

    store: MemoryStore
    storage: Storage
    directory: Directory
    clock: FrozenClock
    ids: SeededIds
    tools: ChargingTools
    frames: MemoryFrames
    lines: Lines
    root: Tenant
    trust: CurrentTrust
    gate_directory: StationDirectory
    admission: Admission
    quarantine: Quarantine | None = None
    stations: dict[str, Station] = attrs.field(factory=dict)
    server: Server | None = None
    port: int = 0
    reacted: int = 0
    heard: int = 0
    endpoint: OcppEndpoint | None = None

    @property
    def scope(self) -> Scope:
        return Scope(TenantId(self.root.id), self.root.path, "test")

    async def add_station(
        self, identity: str, *, key: str | None = None, tenant: Tenant | None = None, **changes: Any
    ) -> Station:
        owner = tenant or self.root
        station = make_station(
            tenant=TenantId(owner.id),
            identity=StationIdentity(identity),
            key_digest=None if key is None else digest(key_bytes(key)),
            **changes,
        )
        async with self.store.transactions(self.scope) as work:
            await work.stations.add(station)
        self.stations[identity] = station
        return station

    async def add_tenant(self, name: str) -> Tenant:
        tenant = make_tenant(self.root, name=name)
        async with self.store.transactions(self.scope) as work:
            await work.tenants.add(tenant)
        return tenant

    async def add_token(self, id_tag: str, **changes: Any) -> None:
        token = make_token(**{"tenant": TenantId(self.root.id), "id_tag": IdTag(id_tag), **changes})
        async with self.store.transactions(self.scope) as work:
            await work.tokens.add(token)

    @asynccontextmanager
    async def station(self, identity: str = "CP1") -> AsyncIterator[WireStation]:
        """A connected station, made known first if it is not."""
        if identity not in self.stations:
            await self.add_station(identity)
        async with connected(self.port, f"/ocpp/{identity}") as wire:
            # The line is up when the first answer is there: then the connection is recorded too.
            await wire.beats()
            yield wire

    async def sessions(self) -> list[Session]:
        async with self.store.transactions(self.scope) as work:
            return await work.sessions.page(EVERYTHING)

    async def session(self) -> Session:
        (one,) = await self.sessions()
        return one

    async def ended(self) -> EndedSession:
        session = await self.session()
        assert isinstance(session, EndedSession)
        return session

    async def readings(self, session: SessionId | None = None, of: str = "CP1") -> list[MeterReading]:
        """The readings of a session, or the un-linked ones of a station."""
        key: Any = session or self.stations[of].id
        async with self.store.transactions(self.scope) as work:
            return await work.meter_readings.of_session(key)

    async def doubtful(self) -> list[DoubtfulReport]:
        async with self.store.transactions(self.scope) as work:
            return await work.doubtful_reports.page(EVERYTHING)

    async def reports(self, of: str = "CP1") -> list[StationReport]:
        """Newest first."""
        async with self.store.transactions(self.scope) as work:
            return await work.station_reports.latest(self.stations[of].id, limit=1000)

    async def state(self, of: str = "CP1") -> StationState:
        async with self.store.transactions(self.scope) as work:
            state = await work.station_states.find(self.stations[of].id)
        assert state is not None
        return state

    async def connector(self, number: int = 1, of: str = "CP1") -> ConnectorState:
        async with self.store.transactions(self.scope) as work:
            state = await work.connectors.find(self.stations[of].id, number)
        assert state is not None
        return state

    async def rating(self, session: SessionId) -> Rating:
        async with self.store.transactions(self.scope) as work:
            rating = await work.rated_sessions.find(session)
        assert rating is not None
        return rating

    def frames_of(self, identity: str = "CP1") -> list[str]:
        """What the station has sent, as kept."""
        kept = self.frames.frames[self.stations[identity].id]
        return [frame for inbound, frame, _ in kept if inbound]

    async def event(self, kind: str, *, after: int = 0) -> int:
        """Wait until an event of this type is in the feed behind `after`, and return its position."""
        async with asyncio.timeout(PATIENCE_S):
            position = after
            while True:
                found = await self.store.feed.after(after, scope=self.scope, limit=10_000, types=[kind])
                if found:
                    return found[0].position
                position = await self.store.feed.last()
                await self.store.feed.wait(position, timeout_s=PATIENCE_S)

    async def request_start(self, connector: int | None = 1, *, tag: str = CARD, of: str = "CP1") -> Command:
        """Queue a remote start, as the API does."""
        return await request_start(
            RemoteStart(id_tag=tag, connector=connector),
            self.stations[of].id,
            scope=self.scope,
            transactions=self.store.transactions,
            tools=self.tools,
            clock=self.clock,
        )

    async def request_stop(self, session: SessionId) -> Command:
        """Queue a remote stop, as the API does."""
        return await request_stop(
            session,
            scope=self.scope,
            transactions=self.store.transactions,
            clock=self.clock,
            ids=self.ids,
        )

    async def ask(self, order: Order, *, of: str = "CP1") -> Command:
        """Queue any other order, as the API does."""
        async with self.store.transactions(self.scope) as work:
            return await command_station(
                work, order, station=self.stations[of].id, clock=self.clock, ids=self.ids
            )

    async def watch(self, *, listening_since: Instant | None = None, turn: Any = None) -> None:
        """Look after what has fallen silent, as the server does now and then."""
        looking = self.store.transactions
        bound: dict[str, Any] = {"reading": looking, "transactions": looking, "clock": self.clock}
        await end_stalled(scope=EVERYWHERE, ids=self.ids, **bound)
        bound |= {"turn": turn or self.lines.turn, "listening_since": listening_since}
        await flag_unreachable(scope=EVERYWHERE, ids=self.ids, **bound)

    async def react(self) -> None:
        """Bring all new events to the reactions, as the relay does, until no more come of it."""
        while entries := await self.store.feed.after(self.reacted, scope=self.scope, limit=1):
            self.reacted = entries[0].position
            event = entries[0].event
            scope = Scope.system(event.tenant, self.store.tables.path_of(event.tenant) or "", "test")
            for reaction in self._reactions():
                if reaction.hears(event):
                    await reaction.react(event, scope)

    @functools.cached_property
    def careful(self) -> SecuringLine:
        """The line with a careful hand for keys and profiles."""

        async def path_of(tenant: TenantId) -> str:
            return self.store.tables.path_of(tenant) or self.root.path

        return SecuringLine(
            line=self.lines,
            transactions=self.storage.transactions,
            path_of=path_of,
            digest=digest,
            clocks=OneClock(self.clock),
            ids=self.ids,
        )

    async def hear(self) -> None:
        """Bring all new events to those who remember, as the tail of the feed does."""
        assert self.endpoint is not None
        for entry in await self.store.feed.after(self.heard, scope=self.scope, limit=10_000):
            self.heard = entry.position
            self.trust.heed(entry.event)
            self.endpoint.heed(entry.event)

    def _reactions(self) -> list[Reaction]:
        open_: Callable[[Scope], Any] = self.store.transactions
        bound: dict[str, Any] = {"transactions": open_, "clocks": OneClock(self.clock), "ids": self.ids}
        return [
            rate_sessions(**bound),
            send_commands(line=self.careful, **bound),
            follow_certificates(**bound),
            settle_commands(awaited=Everywhere(), **bound),
            settle_reservations(**bound),
            use_reservations(
                transactions=self.store.transactions,
                reserved=Everywhere(),
                tools=self.tools,
                clocks=OneClock(self.clock),
            ),
            check_configurations(**bound),
            mark_local_lists(everything=EVERYWHERE, **bound),
            settle_local_lists(**bound),
            owe_cache_clearings(transactions=self.store.transactions, everything=EVERYWHERE),
        ]


@asynccontextmanager
async def a_world(
    *, tls: ssl.SSLContext | None = None, further: Sequence[Version] = (), **settings: Any
) -> AsyncIterator[World]:
    """An endpoint that listens; `settings` are those of the endpoint, `further` versions besides 1.6.

    `directory` wraps the one that the gate looks into. With `strangers` unknown stations are quarantined
    within these limits.
    """
    store, clock, ids = MemoryStore(), FrozenClock(NOW), SeededIds(1000)
    storage, directory, frames, lines = Storage(store), Directory(store), MemoryFrames(), Lines()
    tools = ChargingTools(
        transactions=storage.transactions,
        tokens=Tokens(directory),
        tariffs=directory,
        running=MemoryRunningSessions(store),
        ids=ids,
    )
    root = make_tenant()

    async def path_of(tenant: TenantId) -> str:
        return store.tables.path_of(tenant) or root.path

    trust = CurrentTrust(
        transactions=store.transactions, everything=Scope.system(root.id, "/", "test"), path_of=path_of
    )
    world = World(
        store=store,
        trust=trust,
        gate_directory=settings.pop("directory", lambda one: one)(directory),
        admission=settings.pop("admission", None) or Admission(),
        storage=storage,
        directory=directory,
        clock=clock,
        ids=ids,
        tools=tools,
        frames=frames,
        lines=lines,
        root=root,
    )
    await _furnish(world)
    strangers: Limits | None = settings.pop("strangers", None)
    if strangers is not None:
        world.quarantine = Quarantine(
            scope=world.scope,
            directory=directory,
            transactions=storage.transactions,
            clock=clock,
            ids=ids,
            digest=digest,
            limits=strangers,
        )
    services = Services(
        transactions=storage.transactions,
        seldom=storage.transactions,
        certifier=ThreadedCertifier(CERTIFIER),
        tools=tools,
        clock=clock,
        profiles=settings.pop("profiles", shipped()),
    )
    security = _security(world, behind_proxy=settings.pop("behind_proxy", False))
    if tls is not None:
        world.trust.announce = partial(trust_authorities, tls)
        tls.sslobject_class = station_context([], security.handshake_failed).sslobject_class
    endpoint = OcppEndpoint(
        directory=world.gate_directory,
        admission=world.admission,
        frames=settings.pop("frames", frames),
        services=services,
        versions=[*further, V16(services)],
        lines=lines,
        digest=digest,
        security=security,
        quarantine=world.quarantine,
        **settings,
    )
    async with endpoint.listening(socket.create_server(("127.0.0.1", 0)), tls=tls) as server:
        world.server, world.endpoint = server, endpoint
        world.port = next(iter(server.sockets)).getsockname()[1]
        yield world
    if not further:
        assert_strict(frames)


def _security(world: World, *, behind_proxy: bool) -> LineSecurity:
    return LineSecurity(
        transactions=world.store.transactions,
        trust=world.trust,
        clocks=OneClock(world.clock),
        ids=world.ids,
        home=world.scope,
        behind_proxy=behind_proxy,
    )


async def _furnish(world: World) -> None:
    """One tenant, one card, one tariff of 0.39 a kWh for everybody."""
    tenant = TenantId(world.root.id)
    tariff = make_tariff(tenant=tenant)
    version = make_tariff_version(tenant=tenant, tariff=tariff.id, prices=Prices(per_kwh=Decimal("0.39")))
    async with world.store.transactions(world.scope) as work:
        await work.tenants.add(world.root)
        await work.tariff_versions.add(version)
        await work.tariffs.add(attrs.evolve(tariff, current=version.id))
        await work.tariff_assignments.add(make_assignment(tenant=tenant, tariff=tariff.id))
    await world.add_token(CARD)
