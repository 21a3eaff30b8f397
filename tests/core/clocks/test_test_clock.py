"""A test clock goes forwards only, and one clock counts in a line of the tree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.clocks import (
    FARTHEST_AHEAD,
    LONGEST_ADVANCE,
    ClockAhead,
    ClockOutOfReach,
    ClockUnderWay,
    ClockWouldGoBack,
    NotATestTenant,
    SecondTestClock,
    TestClock,
    TooFarAhead,
    arrive,
    begin_advance,
    pass_time,
    set_clock,
    stop_clock,
)
from emobility_core.ids import TenantId
from emobility_core.instants import LAST_INSTANT, TICK, Instant
from emobility_core.operations import OperationStatus
from emobility_core.tenancy import Tenant, TenantKind, scope_of
from emobility_core.testing.builders import later, make_operation, make_tenant, make_test_clock
from emobility_core.testing.clock import NOON, SeededIds

OPERATION = make_operation().id


def test_a_clock_on_its_way_is_not_sent_on_another_one() -> None:
    clock = make_test_clock().begin(later(days=1), OPERATION, at=NOON)
    with pytest.raises(ClockUnderWay):
        clock.begin(later(days=2), OPERATION, at=NOON)
    assert clock.passed(later(days=1), at=NOON).arrived(at=NOON).target is None


@pytest.mark.parametrize("back", [timedelta(0), timedelta(microseconds=1), timedelta(days=1)])
def test_a_clock_is_advanced_to_a_later_instant_only(back: timedelta) -> None:
    with pytest.raises(ClockWouldGoBack):
        make_test_clock().begin(Instant(NOON - back), OPERATION, at=NOON)


def test_a_clock_passes_no_time_backwards() -> None:
    with pytest.raises(ClockWouldGoBack):
        make_test_clock().passed(later(seconds=-1), at=NOON)


def test_a_clock_is_advanced_by_a_leap_year_at_most() -> None:
    clock = make_test_clock()
    assert clock.begin(Instant(NOON + LONGEST_ADVANCE), OPERATION, at=NOON).target is not None
    with pytest.raises(TooFarAhead):
        clock.begin(Instant(NOON + LONGEST_ADVANCE + timedelta(seconds=1)), OPERATION, at=NOON)


def test_a_clock_is_advanced_to_ten_years_ahead_of_real_time_at_most() -> None:
    latest = Instant(NOON + FARTHEST_AHEAD)
    clock = make_test_clock(now=Instant(latest - timedelta(days=1)))
    assert clock.begin(latest, OPERATION, at=NOON).target == latest
    with pytest.raises(ClockOutOfReach) as refusal:
        clock.begin(Instant(latest + TICK), OPERATION, at=NOON)
    assert refusal.value.latest == latest
    # Real time goes on, and with it how far a clock may go.
    assert clock.begin(Instant(latest + TICK), OPERATION, at=later(seconds=1)).target is not None


def test_a_clock_ahead_of_real_time_stays() -> None:
    clock = make_test_clock(now=later(hours=1))
    with pytest.raises(ClockAhead):
        clock.require_removable(at=later(minutes=59))
    clock.require_removable(at=later(hours=1))


@attrs.frozen
class Tree:
    """A live root, with a test tenant, a test tenant below that one, and a live one beside it."""

    store: MemoryStore
    root: Tenant
    trial: Tenant
    part: Tenant
    beside: Tenant
    ids: SeededIds

    async def set(self, tenant: Tenant, now: Instant | None = None) -> TestClock:
        async with self.store.transactions(scope_of(self.root, "tests")) as work:
            return await set_clock(TenantId(tenant.id), now, work=work, real=NOON, ids=self.ids)

    async def events(self) -> list[str]:
        entries = await self.store.feed.after(0, scope=scope_of(self.root, "tests"), limit=100)
        return [one.event.type for one in entries]


@pytest.fixture
async def tree() -> Tree:
    store, root = MemoryStore(), make_tenant()
    trial = make_tenant(root, kind=TenantKind.TEST)
    part, beside = make_tenant(trial, kind=TenantKind.TEST), make_tenant(root)
    async with store.transactions(scope_of(root, "tests")) as work:
        for tenant in (root, trial, part, beside):
            await work.tenants.add(tenant)
    return Tree(store, root, trial, part, beside, SeededIds())


async def test_a_clock_begins_at_real_time_or_later(tree: Tree) -> None:
    assert (await tree.set(tree.trial)).now == NOON
    with pytest.raises(ClockWouldGoBack):
        await tree.set(tree.part, later(seconds=-1))


async def test_a_clock_begins_ten_years_ahead_of_real_time_at_most(tree: Tree) -> None:
    latest = Instant(NOON + FARTHEST_AHEAD)
    for beyond in (Instant(latest + TICK), LAST_INSTANT):
        with pytest.raises(ClockOutOfReach):
            await tree.set(tree.trial, beyond)
    assert (await tree.set(tree.trial, latest)).now == latest


async def test_a_live_tenant_and_whoever_stands_above_one_gets_no_clock(tree: Tree) -> None:
    for tenant in (tree.beside, tree.root):
        with pytest.raises(NotATestTenant):
            await tree.set(tenant)


@pytest.mark.parametrize("first", ["trial", "part"])
async def test_a_second_clock_in_a_line_is_refused(tree: Tree, first: str) -> None:
    await tree.set(getattr(tree, first))
    for tenant in (tree.trial, tree.part):
        with pytest.raises(SecondTestClock):
            await tree.set(tenant)


async def test_the_operation_counts_the_seconds_and_ends_with_the_way(tree: Tree) -> None:
    clock = await tree.set(tree.trial)
    bound: dict[str, Any] = {"real": NOON, "ids": tree.ids}
    async with tree.store.transactions(scope_of(tree.root, "tests")) as work:
        _, operation = await begin_advance(clock.id, later(minutes=2), work=work, **bound)
        await pass_time(clock.id, later(seconds=30), work=work, **bound)
        known = await work.operations.get(operation.id)
        assert (known.progress.done, known.progress.total) == (30, 120)
        await pass_time(clock.id, later(minutes=2), work=work, **bound)
        await arrive(clock.id, work=work, **bound)
        known = await work.operations.get(operation.id)
        assert known.status is OperationStatus.SUCCEEDED
        assert (await work.test_clocks.get(clock.id)).now == later(minutes=2)
    assert await tree.events() == ["test_clock.created", "operation.completed", "test_clock.advanced"]


async def test_without_its_clock_a_tenant_lives_by_real_time(tree: Tree) -> None:
    clock = await tree.set(tree.trial)
    async with tree.store.transactions(scope_of(tree.root, "tests")) as work:
        await stop_clock(clock.id, work=work, real=NOON, ids=tree.ids)
    assert (await tree.set(tree.trial, later(days=1))).now == later(days=1)
    assert (await tree.events())[1] == "test_clock.deleted"
