"""What is done now and then is done, whatever of it cannot be."""

import asyncio
from datetime import timedelta

import pytest

from emobility_adapters.memory import MemoryStore
from emobility_app.upkeep import each, upkeep
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.testing.builders import TENANT
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Scope, StaleWrite


async def test_what_one_job_cannot_do_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def contended() -> None:
        raise StaleWrite(TenantId(SeededIds().uuid7(NOON)))

    async def other() -> None:
        done.append("other")

    await each([contended, other])
    assert done == ["other"]
    assert "tried again" in caplog.text


async def test_frames_are_paired_a_minute_after_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emobility_app.upkeep._EVERY_S", 0)
    paired: asyncio.Future[Instant] = asyncio.get_running_loop().create_future()

    async def pair(before: Instant) -> None:
        if not paired.done():
            paired.set_result(before)

    async def nothing() -> None:
        """There is no station to watch over."""

    store, everything = MemoryStore(), Scope(TENANT, "/", "test")
    running = upkeep(
        store.transactions, nothing, everything, FrozenClock(NOON), SeededIds(), pair_frames=pair
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(running)
        assert await paired == NOON - timedelta(minutes=1)
        task.cancel()
