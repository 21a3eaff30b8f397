"""A server that stands for all tests of a file: for refusals, which leave nothing behind.

It runs on a thread of its own; each test asks it by a client in its own loop.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.app.http.house import House, house

_WITHIN_S = 60.0
T = TypeVar("T")


@contextmanager
def standing_at(url: str, furnish: Callable[[House], Awaitable[T]]) -> Iterator[tuple[House, T]]:
    """A house over a migrated database, on a thread of its own, with what furnishing it has come to."""
    settled: Future[tuple[House, T]] = Future()
    loop, left = asyncio.new_event_loop(), asyncio.Event()
    with ThreadPoolExecutor(1) as thread:
        living = thread.submit(loop.run_until_complete, _live(url, furnish, settled, left))
        yield settled.result(_WITHIN_S)
        loop.call_soon_threadsafe(left.set)
        living.result(_WITHIN_S)
        loop.close()


async def _live(
    url: str,
    furnish: Callable[[House], Awaitable[T]],
    settled: Future[tuple[House, T]],
    left: asyncio.Event,
) -> None:
    try:
        async with house(url) as served:
            settled.set_result((served, await furnish(served)))
            await left.wait()
    except BaseException as error:
        if not settled.done():
            settled.set_exception(error)
        raise


@pytest.fixture(scope="module")
def one_house(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = tmp_path_factory.mktemp("standing") / "house.db"
    shutil.copy(template, database)
    with standing_at(f"sqlite:///{database}", _bare) as (served, _):
        yield served


async def _bare(_: House) -> None:
    """With nothing in it."""


@pytest.fixture
async def standing(one_house: House) -> AsyncIterator[House]:
    server, headers = one_house.server, {"Authorization": one_house.http.headers["authorization"]}
    async with httpx.AsyncClient(base_url=server.http_url, timeout=30, headers=headers) as http:
        yield House(server, http)
