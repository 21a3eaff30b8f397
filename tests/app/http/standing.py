"""A server that stands for all tests of a file: for refusals, which leave nothing behind.

It runs on a thread of its own; each test asks it by a client in its own loop.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.app.http.house import House, Json, house
from tests.app.http.objects import everything

_WITHIN_S = 30.0
Objects = dict[str, Json]


@contextmanager
def standing_at(url: str, *, furnished: bool = False) -> Iterator[tuple[House, Objects]]:
    """A house over a migrated database, on a thread of its own; furnished, it has an object of every kind,
    told by the prefix of their ids."""
    settled: Future[tuple[House, Objects]] = Future()
    loop, left = asyncio.new_event_loop(), asyncio.Event()
    with ThreadPoolExecutor(1) as thread:
        living = thread.submit(loop.run_until_complete, _live(url, furnished, settled, left))
        yield settled.result(_WITHIN_S)
        loop.call_soon_threadsafe(left.set)
        living.result(_WITHIN_S)
        loop.close()


async def _live(
    url: str, furnished: bool, settled: Future[tuple[House, Objects]], left: asyncio.Event
) -> None:
    try:
        async with house(url) as served:
            settled.set_result((served, await everything(served) if furnished else {}))
            await left.wait()
    except BaseException as error:
        if not settled.done():
            settled.set_exception(error)
        raise


@pytest.fixture(scope="module")
def one_house(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = tmp_path_factory.mktemp("standing") / "house.db"
    shutil.copy(template, database)
    with standing_at(f"sqlite:///{database}") as (served, _):
        yield served


@pytest.fixture
async def standing(one_house: House) -> AsyncIterator[House]:
    server, headers = one_house.server, {"Authorization": one_house.http.headers["authorization"]}
    async with httpx.AsyncClient(base_url=server.http_url, timeout=30, headers=headers) as http:
        yield House(server, http)
