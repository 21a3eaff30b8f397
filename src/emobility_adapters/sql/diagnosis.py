"""What can be seen of a database without changing it: for people who look for the cause of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.migration import schema_revision
from emobility_adapters.sql.urls import sqlite_path
from emobility_core.ids import TenantId
from emobility_core.work import Scope

_LOOKING = Scope.system(TenantId(UUID(int=0)), "/", "doctor")


@attrs.frozen(kw_only=True)
class Diagnosis:
    """`schema` is the stored schema version, None for an empty database, `newest` this program's. What
    follows is None while there is no schema, and on SQLite: `durable` says that what was acknowledged
    survives a loss of power, `walled` that row-level security binds the server. `parked` counts the events
    by the reaction that could not deal with them."""

    schema: str | None
    newest: str
    server: str | None = None
    durable: bool | None = None
    durability: str = ""
    walled: bool | None = None
    role: str | None = None
    parked: Mapping[str, int] = attrs.field(factory=dict)


async def diagnose(url: str) -> Diagnosis | None:
    """Look at a database; None if its SQLite file does not exist. Raises `Unavailable`."""
    database, path = open_database(url), sqlite_path(url)
    if path is not None and not await asyncio.to_thread(Path(path).exists):
        return None
    try:
        schema, newest = await schema_revision(database)
        found = Diagnosis(schema=schema, newest=newest)
        if schema is None:
            return found
        async with database.reading(_LOOKING) as connection:
            return await _look(found, database, connection)
    finally:
        await database.dispose()


async def _look(found: Diagnosis, database: Database, connection: AsyncConnection) -> Diagnosis:
    look = _sqlite if database.is_sqlite else _postgresql
    seen = await look(connection)
    if found.schema == found.newest:
        seen["parked"] = await _parked(connection)
    return attrs.evolve(found, **seen)


async def _parked(connection: AsyncConnection) -> dict[str, int]:
    subscriber = tables.delivery.c.subscriber
    counts = sa.select(subscriber, sa.func.count()).group_by(subscriber)
    return {row[0]: row[1] for row in await connection.execute(counts)}


async def _sqlite(connection: AsyncConnection) -> dict[str, Any]:
    # Nothing to judge: each connection that writes settles durability for itself, or fails.
    return {"server": f"SQLite {await _one(connection, 'SELECT sqlite_version()')}"}


async def _postgresql(connection: AsyncConnection) -> dict[str, Any]:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    settings = {name: await _one(connection, f"SHOW {name}") for name in names}
    role = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    name, unbound = (await connection.execute(sa.text(role))).one()
    return {
        "server": f"PostgreSQL {await _one(connection, 'SHOW server_version')}",
        "durable": "off" not in settings.values(),
        "durability": ", ".join(f"{name}={value}" for name, value in settings.items()),
        "walled": not unbound,
        "role": name,
    }


async def _one(connection: AsyncConnection, statement: str) -> Any:
    return (await connection.execute(sa.text(statement))).scalar_one_or_none()
