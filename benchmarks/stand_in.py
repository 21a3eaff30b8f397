"""A stand-in for the server: the least that lets the harness be proven; its figures mean nothing.

It answers every call, and first stores sessions, readings and frames with one commit for many.
`--lose N` drops every Nth reading and `--refuse N` every Nth boot, to see the harness notice it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sqlite3
from collections.abc import Mapping
from typing import Protocol

import asyncpg
import orjson
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

_TABLES = (
    "CREATE TABLE IF NOT EXISTS charging_session (id integer)",
    "CREATE TABLE IF NOT EXISTS meter_reading (payload text)",
    "CREATE TABLE IF NOT EXISTS station_frame (frame text, inbound boolean)",
)
_INSERTS = {
    "session": "INSERT INTO charging_session VALUES ($1)",
    "reading": "INSERT INTO meter_reading VALUES ($1)",
    "frame": "INSERT INTO station_frame VALUES ($1, true)",
}
_WINDOW_S = 0.005


class _Store(Protocol):
    async def write(self, rows: Mapping[str, list[tuple[object]]]) -> None: ...


class _Sqlite:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *_TABLES):
            self._connection.execute(statement)

    async def write(self, rows: Mapping[str, list[tuple[object]]]) -> None:
        await asyncio.to_thread(self._write, rows)

    def _write(self, rows: Mapping[str, list[tuple[object]]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for kind, values in rows.items():
            self._connection.executemany(_INSERTS[kind].replace("$1", "?"), values)
        self._connection.execute("COMMIT")


class _Postgresql:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def write(self, rows: Mapping[str, list[tuple[object]]]) -> None:
        async with self._connection.transaction():
            for kind, values in rows.items():
                await self._connection.executemany(_INSERTS[kind], values)


class _StandIn:
    def __init__(self, store: _Store, lose: int, refuse: int) -> None:
        self._store = store
        self._lose = lose
        self._refuse = refuse
        self._ids = itertools.count(1)
        self._readings = itertools.count(1)
        self._boots = itertools.count(1)
        self._rows: dict[str, list[tuple[object]]] = {kind: [] for kind in _INSERTS}
        self._writing = asyncio.Lock()
        self._flush: asyncio.Task[None] | None = None

    async def serve_station(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                assert isinstance(message, str)
                _, message_id, action, payload = orjson.loads(message)
                self._rows["frame"].append((message,))
                answer = self._answer(action, payload)
                await self._durable()
                await connection.send(orjson.dumps([3, message_id, answer]).decode())
        except ConnectionClosed:
            pass

    def _answer(self, action: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        if action == "BootNotification":
            refused = self._refuse and not next(self._boots) % self._refuse
            status = "Rejected" if refused else "Accepted"
            return {"status": status, "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
        if action == "MeterValues" and not (self._lose and not next(self._readings) % self._lose):
            self._rows["reading"].append((orjson.dumps(payload).decode(),))
        if action == "StartTransaction":
            transaction = next(self._ids)
            self._rows["session"].append((transaction,))
            return {"transactionId": transaction, "idTagInfo": {"status": "Accepted"}}
        return {"idTagInfo": {"status": "Accepted"}} if action == "Authorize" else {}

    async def _durable(self) -> None:
        if self._flush is None:
            self._flush = asyncio.create_task(self._flush_soon())
        await asyncio.shield(self._flush)

    async def _flush_soon(self) -> None:
        await asyncio.sleep(_WINDOW_S)
        async with self._writing:
            rows, self._rows, self._flush = self._rows, {kind: [] for kind in _INSERTS}, None
            await self._store.write({kind: values for kind, values in rows.items() if values})


async def _main(options: argparse.Namespace) -> None:
    store: _Store
    if options.database.startswith("sqlite:///"):
        store = _Sqlite(options.database.removeprefix("sqlite:///"))
    else:
        connection = await asyncpg.connect(options.database)
        for statement in _TABLES:
            await connection.execute(statement)
        store = _Postgresql(connection)
    stand_in = _StandIn(store, options.lose, options.refuse)
    async with serve(stand_in.serve_station, options.host, options.port, compression=None, backlog=4096):
        await asyncio.Event().wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--lose", type=int, default=0)
    parser.add_argument("--refuse", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(_main(_options()))
