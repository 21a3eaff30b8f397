"""The composition root: a whole server, put together of adapters and the core, one module a concern."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.oidc import open_issuer_keys
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.migration import migrate
from emobility_adapters.sql.work import SqlTransactions
from emobility_adapters.system import SystemClock, SystemIds
from emobility_adapters.webhooks import open_sender
from emobility_app.auth import new_signing_key
from emobility_app.compose.following import followed, relay, settling
from emobility_app.compose.ground import EVERYTHING, Ground, grounded
from emobility_app.compose.jobs import jobs, timekeeper, under_way
from emobility_app.compose.simulations import simulations
from emobility_app.compose.stations import line_to, lose_lines, stations_of
from emobility_app.compose.transfers import transfers_of
from emobility_app.compose.web import uploads_of, web
from emobility_app.compose.webhooks import webhook_jobs
from emobility_app.serving import listening, port_of, serving
from emobility_app.settings import Address, Settings
from emobility_core.clocks import TenantClocks
from emobility_core.reactions import SteeredStations

__all__ = ["EVERYTHING", "Server", "running"]


@attrs.frozen(kw_only=True)
class Server:
    """A running server and where it is reached."""

    http_url: str
    ocpp_url: str
    plain_ocpp_url: str | None
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
        plain = None if settings.plain_ocpp is None else _bound(settings.plain_ocpp, stack)
        sockets = _Sockets(_bound(settings.http, stack), _bound(settings.ocpp, stack), plain)
        if settings.migrate:
            await migrate(settings.database, clock=clock, ids=ids, new_signing_key=new_signing_key)
        database = open_database(settings.database)
        stack.push_async_callback(database.dispose)
        feed = SqlFeed(database, EVERYTHING)
        clocks = TenantClocks(clock)
        opened = open_hot_path(database, EVERYTHING, committed=feed.wake, clocks=clocks)
        hot = await stack.enter_async_context(opened)
        ground = await grounded(settings, database, feed, hot, clock, clocks, ids)
        yield await _started(ground, sockets, stack)


@attrs.frozen
class _Sockets:
    http: socket.socket
    ocpp: socket.socket
    plain_ocpp: socket.socket | None


def _bound(address: Address, stack: AsyncExitStack) -> socket.socket:
    bound = listening(address)
    stack.callback(bound.close)
    return bound


async def _started(ground: Ground, sockets: _Sockets, stack: AsyncExitStack) -> Server:
    settings, transactions, clock, ids = ground.settings, ground.transactions, ground.clock, ground.ids
    safe = "s" if settings.tls else ""
    http_url = f"http{safe}://{_reached(settings.http, sockets.http)}"
    public_url = (settings.public_url or http_url).rstrip("/")

    stations = await stations_of(ground)
    await lose_lines(ground)
    tail = await followed(ground, stations)
    uploads = await uploads_of(ground)
    transfers, worker = await transfers_of(ground, stack)
    line = line_to(stations, ground, uploads.tickets, public_url=public_url)
    steered = SteeredStations(transactions.reading, EVERYTHING)
    reacting = await relay(ground, stations, tail, line, steered)
    issuer_keys = await stack.enter_async_context(open_issuer_keys(settings.issuer_reach, clock))
    simulated = simulations(ground, stations)
    stack.callback(simulated.bound.close)
    simulator = simulated.simulator
    keeper = timekeeper(ground, stations, simulator, settling(ground, reacting, simulator))
    called = await web(
        ground, stations, tail, uploads, issuer_keys, transfers, keeper, simulator, public_url=public_url
    )

    await stack.enter_async_context(ground.feed.placing())
    sender = await stack.enter_async_context(open_sender(settings.webhook_reach))
    pushing = await webhook_jobs(ground, tail, sender)
    regular = jobs(ground, stations, tail, reacting, uploads.files, steered, transfers, keeper)
    regular += [worker.run(), *pushing]
    await stack.enter_async_context(under_way(regular))
    await stack.enter_async_context(serving(called.app, sockets.http, settings.tls))
    # Streams end before the server that carries them waits for its last answers.
    stack.callback(called.close)
    await stack.enter_async_context(stations.endpoint.listening(sockets.ocpp, tls=stations.security.context))
    await stack.enter_async_context(simulated.hosted(stations))
    plain_url = None
    if settings.plain_ocpp is not None and sockets.plain_ocpp is not None:
        await stack.enter_async_context(stations.endpoint.listening(sockets.plain_ocpp))
        plain_url = f"ws://{_reached(settings.plain_ocpp, sockets.plain_ocpp)}/ocpp"
    return Server(
        http_url=http_url,
        plain_ocpp_url=plain_url,
        ocpp_url=f"ws{safe}://{_reached(settings.ocpp, sockets.ocpp)}/ocpp",
        database=ground.database,
        transactions=transactions,
        clock=clock,
        ids=ids,
        lines=stations.lines,
    )


def _reached(address: Address, bound: socket.socket) -> Address:
    """The address with the port that the system chose where it was asked to."""
    return attrs.evolve(address, port=port_of(bound))
