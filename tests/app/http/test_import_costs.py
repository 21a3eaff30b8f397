"""What an import costs: statements by the hundred rows, memory by the piece, at any length of the file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database
from emobility_app.compose import EVERYTHING
from emobility_app.store import migrated
from tests.app.http.house import House, Json, house
from tests.app.http.importing import CSV

pytestmark = pytest.mark.slow

# The way is the same on both; on the slower one as many as would be seen if they were kept in memory.
MANY = {"sqlite": 100_000, "postgresql": 30_000}
# Two hundred rows are looked up, stored and told of together.
PER_ROW, PER_UNCHANGED_ROW = 0.15, 0.06
# Pieces of files, batches, the caches of the database drivers; a hundred thousand customers are 300 MB.
MORE_MEMORY = 64 * 1024 * 1024


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'many.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@contextmanager
def statements_of(database: Database) -> Iterator[list[int]]:
    """How many statements imports send meanwhile, one sent with many values being one; what the server does
    each second besides depends on how long it takes."""
    sent = [0]

    def count(*_: Any) -> None:
        if (task := asyncio.current_task()) is not None and task.get_name() == "transfers":
            sent[0] += 1

    engines = {database.writer.sync_engine, database.reader.sync_engine}
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", count)
    yield sent
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", count)


async def customers(many: int) -> AsyncIterator[bytes]:
    """A table of customers, made as it is sent."""
    yield b"external_id,name,kind,email,language\r\n"
    for first in range(0, many, 1_000):
        numbers = range(first, min(many, first + 1_000))
        yield b"".join(b"%d,Customer %d,person,c%d@example.org,de\r\n" % (n, n, n) for n in numbers)


async def brought_in(served: House, many: int) -> tuple[Json, set[int], int]:
    """Import so many: the operation at its end, the totals that it told, and the most memory meanwhile."""
    asked = {"kind": "customers", "system": "sap"}
    told = {"Content-Type": CSV}
    begun = await served.http.post("/v1/imports", params=asked, content=customers(many), headers=told)
    assert begun.status_code == 202, begun.text
    process, most, totals, done = psutil.Process(), 0, set(), 0
    while True:
        seen = await served.http.get(begun.headers["location"], headers={"Prefer": "wait=1"})
        operation: Json = seen.json()
        progress = operation["progress"]
        assert progress["done"] >= done
        done = progress["done"]
        totals.add(progress["total"])
        most = max(most, process.memory_info().rss)
        if operation["status"] != "running":
            return operation, totals, most


@pytest.mark.timeout(1800)
async def test_a_hundred_thousand_customers_come_in_one_go(url: str, tmp_path: Path) -> None:
    many = MANY[url.partition(":")[0]]
    await migrated(url)
    async with house(url, uploads=tmp_path / "uploads") as served:
        database = served.server.database
        await brought_in(served, 2_000)
        before = psutil.Process().memory_info().rss
        with statements_of(database) as sent:
            operation, totals, most = await brought_in(served, many)
        assert operation["status"] == "succeeded"
        assert (operation["result"]["created"], operation["result"]["unchanged"]) == (
            str(many - 2_000),
            "2000",
        )
        assert operation["progress"] == {"done": many, "total": many}
        assert totals <= {1, many}  # the one of the moment before the file was counted
        assert 0 < sent[0] / many < PER_ROW
        assert most - before < MORE_MEMORY
        async with database.reading(EVERYTHING) as connection:
            events = sa.select(sa.func.count()).where(tables.event.c.type == "customer.created")
            assert (await connection.execute(events)).scalar_one() == many
            owned = sa.select(sa.func.count()).select_from(tables.ownership)
            assert (await connection.execute(owned)).scalar_one() == many


async def test_what_is_unchanged_costs_less_and_not_one_row_is_written_anew(url: str, tmp_path: Path) -> None:
    await migrated(url)
    async with house(url, uploads=tmp_path / "uploads") as served:
        database = served.server.database
        await brought_in(served, 4_000)
        with statements_of(database) as sent:
            operation, _, _ = await brought_in(served, 4_000)
        assert operation["result"]["unchanged"] == "4000"
        assert 0 < sent[0] / 4_000 < PER_UNCHANGED_ROW
        async with database.reading(EVERYTHING) as connection:
            versions = sa.select(tables.customer.c.version).distinct()
            assert (await connection.execute(versions)).scalars().all() == [0]
