"""Each test clock is looked after by itself: what fails in the time of one tenant stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_app.clocks import Timed, Timekeeper, Times
from emobility_core.clocks import TenantClocks, begin_advance, set_clock
from emobility_core.ids import TenantId
from emobility_core.instants import Clock, Instant
from emobility_core.tenancy import Tenant, TenantKind, scope_of
from emobility_core.testing.builders import later, make_tenant
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Scope

ROOT = make_tenant()
BROKEN, SOUND = make_tenant(ROOT, kind=TenantKind.TEST), make_tenant(ROOT, kind=TenantKind.TEST)


@attrs.define
class Mended:
    """Work whose time comes nowhere, and that has a bug in the time of one tenant until it is mended."""

    bug: Exception | None
    failures: int = 0

    async def due(self, scope: Scope, now: Instant, until: Instant) -> Instant | None:
        if self.bug is not None and scope.path == BROKEN.path:
            self.failures += 1
            raise self.bug
        return None

    async def run(self, scope: Scope, clock: Clock) -> None:
        raise AssertionError("nothing is due")


@attrs.frozen
class World:
    """Two test tenants whose clocks have set out."""

    store: MemoryStore
    clocks: TenantClocks
    work: Mended

    async def advanced(self) -> list[TenantId]:
        """Whose clock has arrived."""
        entries = await self.store.feed.after(0, scope=scope_of(ROOT, "tests"), limit=100)
        return [one.event.tenant for one in entries if one.event.type == "test_clock.advanced"]

    async def arrived(self, tenant: Tenant, keeper: Timekeeper) -> None:
        while tenant.id not in await self.advanced():
            keeper.wake()
            await self.store.feed.wait(await self.store.feed.last(), timeout_s=0.01)


@asynccontextmanager
async def _running(bug: Exception) -> AsyncIterator[tuple[World, Timekeeper]]:
    store, clocks, ids = MemoryStore(), TenantClocks(FrozenClock()), SeededIds()
    everything = scope_of(ROOT, "tests")
    async with store.transactions(everything) as work:
        for tenant in (ROOT, BROKEN, SOUND):
            await work.tenants.add(tenant)
        for tenant in (BROKEN, SOUND):
            clock = await set_clock(TenantId(tenant.id), None, work=work, real=NOON, ids=ids)
            await begin_advance(clock.id, later(days=1), work=work, real=NOON, ids=ids)
            clocks.stand(TenantId(tenant.id), NOON)
    paths = {one.id: one.path for one in (ROOT, BROKEN, SOUND)}

    async def path_of(tenant: TenantId) -> str:
        return paths[tenant]

    async def settled(scope: Scope) -> None:
        return None

    world = World(store, clocks, Mended(bug))
    keeper = Timekeeper(
        times=Times(clocks, path_of), work=[Timed(name="mended", due=world.work.due, run=world.work.run)],
        settled=settled, reading=store.transactions, transactions=store.transactions, everything=everything,
        ids=ids, broken_pause_s=0.0,
    )  # fmt: skip
    running = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(20):
            yield world, keeper
        assert not running.done(), "it goes on for all others"
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.mark.parametrize("bug", [OverflowError("date value out of range"), KeyError("x")])
async def test_a_bug_in_the_time_of_one_tenant_stops_no_other_clock(
    bug: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with _running(bug) as (world, keeper):
        await world.arrived(SOUND, keeper)
        assert world.work.failures > 0
        assert await world.advanced() == [SOUND.id]
        assert caplog.records[0].exc_info is not None, "it is told as a bug"


async def test_a_clock_that_failed_is_looked_at_again(caplog: pytest.LogCaptureFixture) -> None:
    async with _running(OverflowError()) as (world, keeper):
        await world.arrived(SOUND, keeper)
        world.work.bug = None
        await world.arrived(BROKEN, keeper)
        assert world.clocks.now_at(BROKEN.path) == later(days=1)
