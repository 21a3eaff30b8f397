"""The composition root: the only module that names adapters."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import attrs

from emobility_adapters.ocpp.endpoint import OcppEndpoint
from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.ocpp.v16.handlers import Services as StationServices
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
from emobility_app.pages.live import LivePage, plain_page
from emobility_app.relay import FollowedFeed, Relay, Tail
from emobility_app.serving import listening, port_of, serving
from emobility_app.settings import Settings
from emobility_app.upkeep import upkeep
from emobility_core.charging import ChargingTools
from emobility_core.errors import NotFound
from emobility_core.identity import ApiClient
from emobility_core.ids import ClientId, TenantId
from emobility_core.network import record_lines_lost
from emobility_core.reactions import rate_sessions, send_commands, settle_commands
from emobility_core.work import FeedEntry, Scope

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

    Raises `DatabaseUnavailable`, `SchemaTooNew`, and `OSError` for an address that is in use.
    """
    clock, ids = SystemClock(), SystemIds()
    if settings.migrate:
        await migrate(settings.database, clock=clock, ids=ids, new_signing_key=new_signing_key)
    async with AsyncExitStack() as stack:
        database = open_database(settings.database)
        stack.push_async_callback(database.dispose)
        feed = SqlFeed(database, EVERYTHING)
        hot = await stack.enter_async_context(open_hot_path(database, EVERYTHING, committed=feed.wake))
        yield await _started(settings, database, feed, hot, clock, ids, stack)


async def _started(
    settings: Settings, database: Database, feed: SqlFeed, hot: HotPath, clock: SystemClock, ids: SystemIds,
    stack: AsyncExitStack,
) -> Server:  # fmt: skip
    digest = keyed_digest(await server_key(database, "hmac"))
    transactions = SqlTransactions(database, feed.wake)
    tree, lines = hot.directories.tree, Lines()
    await tree.load()

    def heed(entry: FeedEntry) -> None:
        hot.directories.heed(entry.event)
        hot.awaited.heed(entry.event)

    await record_lines_lost(scope=EVERYTHING, transactions=transactions, clock=clock, ids=ids)
    tail = Tail(feed, EVERYTHING, observers=[heed])
    await tail.start()
    await hot.awaited.load()
    tools = ChargingTools(
        transactions=hot.transactions, tokens=hot.directories.tokens, tariffs=hot.directories.tariffs, ids=ids
    )
    reactions = [
        rate_sessions(transactions=hot.transactions, clock=clock, ids=ids),
        settle_commands(transactions=transactions, awaited=hot.awaited, clock=clock, ids=ids),
        send_commands(transactions=transactions, line=lines, clock=clock, ids=ids),
    ]
    relay = Relay(tail, reactions, SqlPositions(database, EVERYTHING, clock), tree.path)
    endpoint = OcppEndpoint(
        directory=hot.directories.stations,
        frames=hot.frames,
        services=StationServices(transactions=hot.transactions, tools=tools, clock=clock),
        lines=lines,
        digest=digest,
    )
    http_socket = listening(settings.http)
    stack.callback(http_socket.close)
    scheme, tls = ("https", _tls(settings)) if settings.tls else ("http", None)
    http_url = f"{scheme}://{settings.http.host}:{port_of(http_socket)}"
    key = SigningKey(await server_key(database, "signing"))
    public_url = (settings.public_url or http_url).rstrip("/")
    tokens = AccessTokens(key, issuer=public_url, clock=clock, ids=ids)
    followed = FollowedFeed(feed, tail)
    services = Services(
        transactions=transactions,
        reading=transactions.reading,
        feed=followed,
        tools=tools,
        clock=clock,
        ids=ids,
        digest=digest,
        path_of=tree.path,
        tokens=tokens,
        key=key,
        public_url=public_url,
    )

    async def find_client(id: ClientId) -> ApiClient | None:
        try:
            async with transactions.reading(EVERYTHING) as work:
                client: ApiClient = await work.api_clients.get(id)
                return client
        except NotFound:
            return None

    page = LivePage(SqlOverviews(database), scope=EVERYTHING, clock=clock)
    pages = page.routes() if settings.shows_live_page else plain_page()
    app = build_app(services, TokenEndpoint(find_client, tokens, digest), pages)

    regular = upkeep(transactions, EVERYTHING, clock, ids)
    await stack.enter_async_context(_jobs(feed.run(), tail.run(), relay.run(), regular))
    await stack.enter_async_context(serving(app, http_socket, settings.tls))
    # Streams end before the server that carries them waits for its last answers.
    stack.callback(page.close)
    stack.callback(followed.close)
    stations = await stack.enter_async_context(
        endpoint.listening(settings.ocpp.host, settings.ocpp.port, tls=tls)
    )
    ocpp_port = next(iter(stations.sockets)).getsockname()[1]
    return Server(
        http_url=http_url,
        ocpp_url=f"{'wss' if tls else 'ws'}://{settings.ocpp.host}:{ocpp_port}/ocpp",
        database=database,
        transactions=transactions,
        clock=clock,
        ids=ids,
        lines=lines,
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    assert settings.tls is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls.certificate, settings.tls.key)
    return context


@asynccontextmanager
async def _jobs(*jobs: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Jobs that run as long as the server; one that fails takes the server down rather than limp on."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
