"""One visit to its thread for each statement, none to begin and end what only reads, none left behind."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.sqlite_connection import SqliteConnection
from emobility_core.ids import TenantId
from emobility_core.testing.builders import make_tenant
from emobility_core.work import Scope

EVERYTHING = Scope.system(TenantId(make_tenant().id), "/", "tests")
WORDS = sa.table("words", sa.column("word"))


@pytest.fixture
async def database(tmp_path: Path) -> Database:
    with sqlite3.connect(tmp_path / "words.db") as connection:
        connection.execute("CREATE TABLE words (word TEXT UNIQUE)")
    connection.close()
    return open_database(f"sqlite:///{tmp_path / 'words.db'}")


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time that a thread was asked to do something."""
    found: list[None] = []
    visit = SqliteConnection.visit

    async def counted(self: SqliteConnection, work: object) -> object:
        found.append(None)
        return await visit(self, work)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteConnection, "visit", counted)
    return found


async def test_what_is_read_is_one_visit_a_statement(database: Database, visits: list[None]) -> None:
    async with database.reading(EVERYTHING):
        """The connection is opened and settled once."""
    visits.clear()
    async with database.reading(EVERYTHING) as connection:
        for _ in range(3):
            assert (await connection.execute(sa.select(WORDS.c.word))).all() == []
    assert len(visits) == 3
    await database.dispose()


async def test_what_is_written_is_one_visit_a_statement_and_two_for_its_transaction(
    database: Database, visits: list[None]
) -> None:
    async with database.writing(EVERYTHING):
        """The connection is opened and settled once."""
    visits.clear()
    async with database.writing(EVERYTHING) as connection:
        added = await connection.execute(WORDS.insert(), [{"word": "a"}, {"word": "b"}])
        assert added.rowcount == 2
        changed = WORDS.update().where(WORDS.c.word == "a").values(word="c").returning(WORDS.c.word)
        assert (await connection.execute(changed)).scalars().all() == ["c"]
    assert len(visits) == 4
    async with database.reading(EVERYTHING) as connection:
        found = await connection.execute(sa.select(WORDS.c.word).order_by(WORDS.c.word))
        assert found.scalars().all() == ["b", "c"]
    await database.dispose()


async def test_what_fails_is_taken_back(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.writing(EVERYTHING) as connection:
            await connection.execute(WORDS.insert(), [{"word": "a"}, {"word": "a"}])
    async with database.reading(EVERYTHING) as connection:
        assert (await connection.execute(sa.select(WORDS.c.word))).all() == []
    await database.dispose()


async def test_a_statement_that_nobody_waits_for_any_more_spoils_no_other(database: Database) -> None:
    long = sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
        "SELECT max(i) FROM n"
    )
    begun = asyncio.Event()

    async def ask() -> None:
        async with database.reading(EVERYTHING) as connection:
            begun.set()
            await connection.execute(long)

    tasks = [asyncio.create_task(ask()) for _ in range(4)]
    await begun.wait()
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(one, asyncio.CancelledError)
        for one in await asyncio.gather(*tasks, return_exceptions=True)
    )
    async with database.reading(EVERYTHING) as connection:
        assert (await connection.execute(sa.text("SELECT 1"))).scalar() == 1
    await database.dispose()


async def test_what_came_of_a_statement_is_not_held() -> None:
    connection = await SqliteConnection.open(":memory:", only_reads=True)
    await connection.cursor().execute("SELECT 1")
    assert connection._visit is None
    with pytest.raises(sqlite3.OperationalError):
        await connection.cursor().execute("SELECT nothing")
    assert connection._visit is None
    await connection.close()


async def test_of_a_file_that_cannot_be_opened_no_thread_is_left(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await SqliteConnection.open(str(tmp_path / "nowhere" / "x.db"), only_reads=True)
    for thread in threading.enumerate():
        if thread.name.startswith("sqlite"):
            thread.join()
    assert threading.active_count() == before


async def test_a_connection_that_was_closed_says_so(tmp_path: Path) -> None:
    connection = await SqliteConnection.open(str(tmp_path / "x.db"), only_reads=False)
    await connection.close()
    await connection.close()
    connection.stop()
    with pytest.raises(sqlite3.OperationalError, match="closed"):
        await connection.cursor().execute("SELECT 1")
