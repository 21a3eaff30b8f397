"""Whatever becomes of its lines, a station's charges are on record exactly once, to the watt-hour."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from .backend import Backend, a_backend
from .machine import playing

pytestmark = pytest.mark.slow


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def backend(runner: asyncio.Runner, database_url: str) -> Iterator[Backend]:
    opening = a_backend(database_url)
    yield runner.run(opening.__aenter__())
    runner.run(opening.__aexit__(None, None, None))


def test_the_ledger_of_sessions_equals_what_the_station_did(runner: asyncio.Runner, backend: Backend) -> None:
    on_sqlite = backend.database.is_sqlite
    bounds = settings(max_examples=12 if on_sqlite else 4, stateful_step_count=4)
    run_state_machine_as_test(playing(runner, backend), settings=bounds)
