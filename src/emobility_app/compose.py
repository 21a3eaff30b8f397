"""The composition root: the only module that names adapters."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

import attrs

from emobility_adapters.files import FolderFiles
from emobility_adapters.ocpp.admission import Admission, Admits
from emobility_adapters.ocpp.allowance import Rate
from emobility_adapters.ocpp.caller import Heartbeat
from emobility_adapters.ocpp.caller import Services as StationServices
from emobility_adapters.ocpp.endpoint import OcppEndpoint
from emobility_adapters.ocpp.lines import Drain, Lines
from emobility_adapters.ocpp.quarantine import Quarantine
from emobility_adapters.ocpp.securing import SecuringLine
from emobility_adapters.ocpp.v16.replay import replaying
from emobility_adapters.ocpp.v16.version import V16
from emobility_adapters.ocpp.vendors import with_own
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.hot import HotPath, open_hot_path
from emobility_adapters.sql.keys import server_key
from emobility_adapters.sql.migration import migrate
from emobility_adapters.sql.overview import SqlOverviews
from emobility_adapters.sql.positions import SqlPositions
from emobility_adapters.sql.work import SqlTransactions
from emobility_adapters.system import SystemClock, SystemIds
from emobility_app.auth import AccessTokens, SigningKey, TokenEndpoint, new_signing_key
from emobility_app.digests import keyed_digest
from emobility_app.http.app import build_app
from emobility_app.http.services import Services
from emobility_app.loads import load_rounds
from emobility_app.pages.live import LivePage, plain_page
from emobility_app.relay import FollowedFeed, Relay, Tail
from emobility_app.securing import secured
from emobility_app.serving import listening, port_of, serving
from emobility_app.settings import Address, Settings, UnknownStations
from emobility_app.upkeep import configuration_rounds, list_rounds, upkeep, watching
from emobility_app.uploads import UploadLine, Uploads, UploadTickets, upload_routes
from emobility_core.charging import ChargingTools
from emobility_core.errors import NotFound
from emobility_core.identity import ApiClient
from emobility_core.ids import ClientId, TenantId
from emobility_core.network import record_lines_lost
from emobility_core.reactions import (
    SteeredStations,
    check_configurations,
    follow_certificates,
    mark_local_lists,
    owe_cache_clearings,
    rate_sessions,
    send_commands,
    settle_commands,
    settle_local_lists,
    settle_profiles,
    settle_reservations,
    steer_load,
    use_reservations,
)
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.work import Event, FeedEntry, Page, Scope

# The whole tree, whoever its root is.
EVERYTHING = Scope.system(TenantId(UUID(int=0)), "/", "server")


@attrs.frozen(kw_only=True)
class Server:
    """A running server and where it is reached."""

    http_url: str
    ocpp_url: str
    database: Database
    transactions: SqlTransactions
    clock: SystemClock
    ids: SystemIds
    lines: Lines


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Server]:
    """Run a whole server while the block runs; leaving it answers what is under way.

    Raises `DatabaseUnavailable`, `SchemaTooNew`, and `OSError` for an address that is in use: that is seen
    first, so that a second server changes nothing under the first one.
    """
    clock, ids = SystemClock(), SystemIds()
    async with AsyncExitStack() as stack:
        sockets = _Sockets(_bound(settings.http, stack), _bound(settings.ocpp, stack))
        if settings.migrate:
            await migrate(settings.database, clock=clock, ids=ids, new_signing_key=new_signing_key)
        database = open_database(settings.database)
        stack.push_async_callback(database.dispose)
        feed = SqlFeed(database, EVERYTHING)
        hot = await stack.enter_async_context(open_hot_path(database, EVERYTHING, committed=feed.wake))
        yield await _started(settings, sockets, database, feed, hot, clock, ids, stack)


@attrs.frozen
class _Sockets:
    http: socket.socket
    ocpp: socket.socket


def _bound(address: Address, stack: AsyncExitStack) -> socket.socket:
    bound = listening(address)
    stack.callback(bound.close)
    return bound


async def _started(
    settings: Settings, sockets: _Sockets, database: Database, feed: SqlFeed, hot: HotPath,
    clock: SystemClock, ids: SystemIds, stack: AsyncExitStack,
) -> Server:  # fmt: skip
    secret = await server_key(database, "hmac")
    digest, transactions = keyed_digest(secret), SqlTransactions(database, feed.wake, hot.live.heed)
    tree, lines = hot.directories.tree, Lines()
    await tree.load()
    security = await secured(
        settings,
        transactions,
        everything=EVERYTHING,
        directories=hot.directories,
        server_key=secret,
        clock=clock,
        ids=ids,
    )

    tools = ChargingTools(
        transactions=hot.transactions,
        tokens=hot.directories.tokens,
        tariffs=hot.directories.tariffs,
        running=hot.running,
        ids=ids,
    )
    quarantine = None
    if settings.unknown_stations is UnknownStations.QUARANTINE:
        quarantine = Quarantine(
            scope=scope_of(await _keeper(settings, transactions), "quarantine"),
            directory=hot.directories.stations,
            transactions=transactions,
            clock=clock,
            ids=ids,
            digest=digest,
        )
    at_stations = StationServices(
        transactions=hot.transactions,
        seldom=transactions,
        certifier=security.certifier,
        tools=tools,
        clock=clock,
        profiles=with_own(settings.vendor_profiles),
        heartbeat=_heartbeat(settings),
    )
    endpoint = OcppEndpoint(
        directory=hot.directories.stations,
        frames=hot.frames,
        services=at_stations,
        versions=[V16(at_stations)],
        lines=lines,
        digest=digest,
        security=security.lines,
        quarantine=quarantine,
        **_treatment(settings),
    )
    await record_lines_lost(scope=EVERYTHING, transactions=transactions, clock=clock, ids=ids)
    # The directories hear first: whoever looks again must not find what they remember.
    heeding = _heeding(hot.directories, hot.live, hot.awaited, hot.reserved, security.trust, endpoint)
    tail = Tail(feed, EVERYTHING, observers=[heeding], on_read=hot.directories.confirm)
    await tail.start()
    await hot.awaited.load()
    safe = "s" if settings.tls else ""
    http_url = f"http{safe}://{_reached(settings.http, sockets.http)}"
    public_url = (settings.public_url or http_url).rstrip("/")
    tickets, files = UploadTickets(digest=digest, clock=clock), FolderFiles(settings.upload_folder)
    await asyncio.to_thread(files.sweep)
    careful = SecuringLine(
        line=UploadLine(line=lines, tickets=tickets, public_url=public_url),
        transactions=transactions,
        path_of=tree.path,
        digest=digest,
        clock=clock,
        ids=ids,
        changed=hot.directories.stations.forget,
    )
    await hot.reserved.load()
    steered = SteeredStations(transactions.reading, EVERYTHING)
    reactions = [
        rate_sessions(transactions=hot.transactions, clock=clock, ids=ids),
        settle_commands(transactions=transactions, awaited=hot.awaited, clock=clock, ids=ids),
        settle_reservations(transactions=transactions, clock=clock, ids=ids),
        mark_local_lists(transactions=transactions, everything=EVERYTHING, ids=ids),
        settle_local_lists(transactions=transactions, clock=clock, ids=ids),
        owe_cache_clearings(transactions=transactions, everything=EVERYTHING),
        use_reservations(transactions=transactions, reserved=hot.reserved, tools=tools, clock=clock),
        check_configurations(transactions=transactions, clock=clock, ids=ids),
        settle_profiles(transactions=transactions, ids=ids),
        steer_load(
            reading=transactions.reading,
            transactions=transactions,
            steered=steered,
            everything=EVERYTHING,
            clock=clock,
            ids=ids,
        ),
        send_commands(transactions=transactions, line=careful, clock=clock, ids=ids),
        follow_certificates(transactions=transactions, clock=clock, ids=ids),
    ]
    relay = Relay(tail, reactions, SqlPositions(database, EVERYTHING, clock), tree.path)
    key = SigningKey(await server_key(database, "signing"))
    tokens = AccessTokens(key, issuer=public_url, clock=clock, ids=ids)
    followed = FollowedFeed(feed, tail)
    services = Services(
        transactions=transactions,
        reading=transactions.reading,
        feed=followed,
        tools=tools,
        replay=replaying(tools),
        clock=clock,
        ids=ids,
        digest=digest,
        certifier=security.certifier,
        path_of=tree.path,
        tokens=tokens,
        key=key,
        public_url=public_url,
        files=files,
    )
    page = LivePage(SqlOverviews(database), scope=EVERYTHING, clock=clock)
    pages = page.routes() if settings.shows_live_page else plain_page()
    uploads = Uploads(
        tickets=tickets,
        files=files,
        transactions=transactions,
        everything=EVERYTHING,
        path_of=tree.path,
        clock=clock,
        ids=ids,
        longest=settings.longest_upload,
    )
    routes = [*pages, *upload_routes(uploads)]
    app = build_app(services, TokenEndpoint(_finding(transactions), tokens, digest), routes)

    watch = watching(
        transactions.reading,
        hot.transactions,
        EVERYTHING,
        clock,
        ids,
        turn=lines.turn,
        listening_since=clock.now(),
    )
    regular = upkeep(
        transactions, watch, EVERYTHING, clock, ids, keep_frames=settings.keep_frames, files=files
    )
    await stack.enter_async_context(feed.placing())
    rounds = configuration_rounds(transactions, transactions.reading, EVERYTHING, tree.path, clock, ids)
    lists = list_rounds(transactions, transactions.reading, hot.listed, EVERYTHING, clock, ids)
    loads = load_rounds(transactions.reading, transactions, steered, EVERYTHING, clock, ids)
    await stack.enter_async_context(_jobs(tail.run(), relay.run(), regular, rounds, lists, loads))
    await stack.enter_async_context(serving(app, sockets.http, settings.tls))
    # Streams end before the server that carries them waits for its last answers.
    stack.callback(page.close)
    stack.callback(followed.close)
    await stack.enter_async_context(endpoint.listening(sockets.ocpp, tls=security.context))
    return Server(
        http_url=http_url,
        ocpp_url=f"ws{safe}://{_reached(settings.ocpp, sockets.ocpp)}/ocpp",
        database=database,
        transactions=transactions,
        clock=clock,
        ids=ids,
        lines=lines,
    )


async def _keeper(settings: Settings, transactions: SqlTransactions) -> Tenant:
    """The tenant who looks after unknown stations; raise `UnknownTenant` for one that is not there."""
    async with transactions.reading(EVERYTHING) as work:
        if settings.quarantine_tenant is not None:
            return await work.tenants.get(settings.quarantine_tenant)
        (root,) = await work.tenants.page(Page(limit=1, filters={"parent": [None]}, descendants=True))
        return root


def _treatment(settings: Settings) -> dict[str, Any]:
    """How the endpoint treats stations, in its own words."""
    told = settings.operating
    return {
        "admission": Admission(Admits(at_once=told.handshakes), behind_proxy=settings.behind_proxy),
        "drain": Drain(per_s=told.drain_rate, within_s=told.drain_within.total_seconds()),
        # A station that was offline for a day brings its backlog at once.
        "rate": Rate(per_s=told.station_rate, burst=20 * told.station_rate),
    }


def _heartbeat(settings: Settings) -> Heartbeat:
    told = settings.operating
    return Heartbeat(int(told.heartbeat.total_seconds()), int(told.heartbeat_spread.total_seconds()))


class _Heeds(Protocol):
    def heed(self, event: Event) -> None: ...


def _heeding(*parts: _Heeds) -> Callable[[FeedEntry], None]:
    def heed(entry: FeedEntry) -> None:
        for part in parts:
            part.heed(entry.event)

    return heed


def _finding(transactions: SqlTransactions) -> Callable[[ClientId], Awaitable[ApiClient | None]]:
    async def find(id: ClientId) -> ApiClient | None:
        try:
            async with transactions.reading(EVERYTHING) as work:
                client: ApiClient = await work.api_clients.get(id)
                return client
        except NotFound:
            return None

    return find


def _reached(address: Address, bound: socket.socket) -> Address:
    """The address with the port that the system chose where it was asked to."""
    return attrs.evolve(address, port=port_of(bound))


@asynccontextmanager
async def _jobs(*jobs: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Jobs that run as long as the server; one that fails takes the server down rather than limp on."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
