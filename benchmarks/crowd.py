"""A million sessions: one that a station really charged, many times over, straight into the tables.

Each copy has an id, an identity and a transaction of its own, and its price, as if it had been recorded.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg

_AT_ONCE = 20_000
_SESSION = "SELECT * FROM charging_session WHERE state = 'ended' ORDER BY id LIMIT 1"
_RATING = "SELECT * FROM rated_session WHERE session = "
Row = dict[str, Any]


def crowd(url: str, count: int) -> None:
    """Add copies until `count` sessions are there."""
    if url.startswith("sqlite:///"):
        _sqlite(url.removeprefix("sqlite:///"), count)
    else:
        asyncio.run(_postgresql(url, count))


def _copies(session: Row, rating: Row, first: UUID, count: int) -> Iterator[tuple[Row, Row]]:
    """Ids follow that of `first`, so that the copies are the newest."""
    for number in range(1, count + 1):
        id, price = UUID(int=first.int + 2 * number), UUID(int=first.int + 2 * number + 1)
        copy = {
            **session,
            "id": _like(session["id"], id),
            "start_identity": f"copy-{number}",
            "transaction_id": 1_000_000_000 + number,
        }
        yield copy, {**rating, "id": _like(rating["id"], price), "session": copy["id"]}


def _like(sample: object, id: UUID) -> object:
    """An id in the form in which this database holds them."""
    if isinstance(sample, bytes):
        return id.bytes
    if isinstance(sample, str):
        return str(id) if "-" in sample else id.hex
    return id


def _uuid(stored: object) -> UUID:
    return UUID(bytes=stored) if isinstance(stored, bytes) else UUID(str(stored))


def _batches(copies: Iterator[tuple[Row, Row]]) -> Iterator[tuple[list[Row], list[Row]]]:
    while batch := list(islice(copies, _AT_ONCE)):
        yield [session for session, _ in batch], [rating for _, rating in batch]


def _sqlite(path: str, count: int) -> None:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        there, last = connection.execute("SELECT count(*), max(id) FROM charging_session").fetchone()
        session = dict(connection.execute(_SESSION).fetchone())
        rating = dict(connection.execute(f"{_RATING} ?", (session["id"],)).fetchone())
        for sessions, ratings in _batches(_copies(session, rating, _uuid(last), count - there)):
            for table, rows in (("charging_session", sessions), ("rated_session", ratings)):
                connection.executemany(_insert(table, rows[0]), rows)
            connection.commit()
    finally:
        connection.close()


def _insert(table: str, row: Mapping[str, object]) -> str:
    return f"INSERT INTO {table} ({_names(row)}) VALUES ({', '.join(f':{name}' for name in row)})"


def _names(row: Mapping[str, object]) -> str:
    return ", ".join(f'"{name}"' for name in row)


async def _postgresql(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        there = await connection.fetchval("SELECT count(*) FROM charging_session")
        last = await connection.fetchval("SELECT id FROM charging_session ORDER BY id DESC LIMIT 1")
        session = dict(await connection.fetchrow(_SESSION))
        rating = dict(await connection.fetchrow(f"{_RATING} $1", session["id"]))
        for sessions, ratings in _batches(_copies(session, rating, _uuid(last), count - there)):
            for table, rows in (("charging_session", sessions), ("rated_session", ratings)):
                records = [tuple(row.values()) for row in rows]
                await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
