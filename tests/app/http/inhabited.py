"""A house with one object of every kind, on a thread of its own: for clients that know no event loop."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest
import requests

from tests.app.http.house import House, Json, house
from tests.app.http.objects import everything

START_WITHIN_S = 30.0


@attrs.frozen
class Inhabited:
    """Where the API is, `http` signed in with every scope, and its objects by the prefix of their ids."""

    url: str
    http: requests.Session
    objects: dict[str, Json]


async def _inhabit(url: str, settled: Future[tuple[House, dict[str, Json]]], left: asyncio.Event) -> None:
    try:
        async with house(url) as served:
            settled.set_result((served, await everything(served)))
            await left.wait()
    except BaseException as error:
        if not settled.done():
            settled.set_exception(error)
        raise


@pytest.fixture(scope="module")
def inhabited(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    database = tmp_path_factory.mktemp("inhabited") / "house.db"
    shutil.copy(template, database)
    settled: Future[tuple[House, dict[str, Json]]] = Future()
    loop, left = asyncio.new_event_loop(), asyncio.Event()
    with ThreadPoolExecutor(1) as thread, requests.Session() as http:
        living = thread.submit(loop.run_until_complete, _inhabit(f"sqlite:///{database}", settled, left))
        served, objects = settled.result(START_WITHIN_S)
        http.headers["Authorization"] = served.http.headers["authorization"]
        yield Inhabited(served.server.http_url, http, objects)
        loop.call_soon_threadsafe(left.set)
        living.result(START_WITHIN_S)
        loop.close()
