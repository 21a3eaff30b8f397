"""Migrations make the very schema that the tables describe, once, whoever begins."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import sqlalchemy as sa

from emobility_adapters.sql._tables import metadata, server_key, tenant
from emobility_adapters.sql.engine import open_database, owner_engine
from emobility_adapters.sql.migration import migrate, schema_revision
from emobility_adapters.system import SystemClock, SystemIds
from emobility_core.tenancy import ROOT_NAME

_SQLITE_COLUMNS = """
    SELECT m.name, c.name, upper(c.type), c."notnull", c.pk
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2
"""
_SQLITE_INDEXES = """
    SELECT m.tbl_name, i."unique", i.origin, i.partial, m.name NOT LIKE 'sqlite_auto%',
           (SELECT group_concat(coalesce(x.name, '(expression)')) FROM pragma_index_info(m.name) x),
           replace(replace(substr(m.sql, instr(m.sql, ' ON ')), '"', ''), ' ', '')
    FROM sqlite_master m JOIN pragma_index_list(m.tbl_name) i ON i.name = m.name
    WHERE m.type = 'index' ORDER BY 1, 6, 7
"""
_POSTGRESQL_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
_POSTGRESQL_INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"


async def _migrate(url: str) -> str:
    return await migrate(url, clock=SystemClock(), ids=SystemIds(), new_signing_key=lambda: "key")


async def _rows(url: str, *queries: sa.Executable) -> list[Sequence[object]]:
    engine = owner_engine(url)
    async with engine.begin() as connection:
        found: list[Sequence[object]] = [
            tuple(row) for query in queries for row in (await connection.execute(query)).all()
        ]
    await engine.dispose()
    return found


async def _described(url: str) -> list[Sequence[object]]:
    if url.startswith("sqlite:"):
        texts = (_SQLITE_COLUMNS, _SQLITE_INDEXES)
    else:
        texts = (_POSTGRESQL_COLUMNS, _POSTGRESQL_INDEXES)
    rows = await _rows(url, *map(sa.text, texts))
    return [row for row in rows if row[0] != "alembic_version"]


async def test_the_migrated_schema_is_the_described_one(empty_url: str) -> None:
    engine = owner_engine(empty_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    described = await _described(empty_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    await engine.dispose()
    assert len(described) > 250
    await _migrate(empty_url)
    assert await _described(empty_url) == described


async def test_a_second_migration_changes_nothing(empty_url: str) -> None:
    kept = (sa.select(tenant.c.id, tenant.c.name), sa.select(server_key.c.name, server_key.c.value))
    revision = await _migrate(empty_url)
    before = await _rows(empty_url, *kept)
    assert await _migrate(empty_url) == revision
    assert await _rows(empty_url, *kept) == before
    assert [row[1] for row in before if row[1] == ROOT_NAME] == [ROOT_NAME]
    assert {str(row[0]) for row in before[1:]} == {"hmac", "signing"}


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    script = (
        "import asyncio; from emobility_adapters.sql.migration import migrate;"
        "from emobility_adapters.system import SystemClock, SystemIds;"
        f"print(asyncio.run(migrate({empty_url!r}, clock=SystemClock(), ids=SystemIds(),"
        " new_signing_key=lambda: 'key')))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    told = [await process.communicate() for process in processes]
    database = open_database(empty_url)
    present, newest = await schema_revision(database)
    await database.dispose()
    assert present == newest
    assert [out.decode().strip() for out, _ in told] == [newest] * 3, told
    assert len(await _rows(empty_url, sa.select(tenant.c.id))) == 1
