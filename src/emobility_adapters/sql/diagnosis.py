"""What can be seen of a database without changing it: for people who look for the cause of trouble."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql.engine import Database, open_database, sqlite_path
from emobility_core.ids import TenantId
from emobility_core.work import Scope

_LOOKING = Scope.system(TenantId(UUID(int=0)), "/", "doctor")


@attrs.frozen(kw_only=True)
class Diagnosis:
    """`schema` is the stored schema version, None for an empty database. `durable` says that what was
    acknowledged survives a loss of power, `walled` that row-level security binds the server (None on
    SQLite); `durability` and `role` say it in the database's own words."""

    server: str
    schema: str | None
    durable: bool
    durability: str
    walled: bool | None
    role: str | None


async def diagnose(url: str) -> Diagnosis | None:
    """Look at a database; None if its SQLite file does not exist. Raises `Unavailable`."""
    database = open_database(url)
    if database.is_sqlite and not Path(sqlite_path(url)).exists():
        return None
    try:
        async with database.reading(_LOOKING) as connection:
            return await _look(database, connection)
    finally:
        await database.dispose()


async def _look(database: Database, connection: AsyncConnection) -> Diagnosis:
    if database.is_sqlite:
        return await _sqlite(connection)
    return await _postgresql(connection)


async def _sqlite(connection: AsyncConnection) -> Diagnosis:
    version = await _one(connection, "SELECT sqlite_version()")
    synchronous = await _one(connection, "PRAGMA synchronous")
    journal = await _one(connection, "PRAGMA journal_mode")
    return Diagnosis(
        server=f"SQLite {version}",
        schema=await _schema(connection),
        durable=synchronous == 2,
        durability=f"synchronous={synchronous}, journal_mode={journal}",
        walled=None,
        role=None,
    )


async def _postgresql(connection: AsyncConnection) -> Diagnosis:
    settings = [
        (name, await _one(connection, f"SHOW {name}"))
        for name in ("fsync", "synchronous_commit", "full_page_writes")
    ]
    role = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    name, unbound = (await connection.execute(sa.text(role))).one()
    return Diagnosis(
        server=f"PostgreSQL {await _one(connection, 'SHOW server_version')}",
        schema=await _schema(connection),
        durable=all(value != "off" for _, value in settings),
        durability=", ".join(f"{name}={value}" for name, value in settings),
        walled=not unbound,
        role=name,
    )


async def _schema(connection: AsyncConnection) -> str | None:
    there = await connection.run_sync(lambda plain: sa.inspect(plain).has_table("alembic_version"))
    return str(await _one(connection, "SELECT version_num FROM alembic_version")) if there else None


async def _one(connection: AsyncConnection, statement: str) -> Any:
    return (await connection.execute(sa.text(statement))).scalar_one_or_none()
