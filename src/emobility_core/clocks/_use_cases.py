"""Setting a test clock, advancing it step by step, and returning to real time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from emobility_core.clocks._ports import ClockWork
from emobility_core.clocks._test_clock import (
    ClockWouldGoBack,
    NotATestTenant,
    SecondTestClock,
    TestClock,
    require_reach,
)
from emobility_core.ids import EventId, Ids, OperationId, TenantId, TestClockId, shown
from emobility_core.instants import Instant
from emobility_core.operations import Operation, Progress, operation_completed
from emobility_core.tenancy import Tenant, TenantKind
from emobility_core.work import Event, Page

KIND = "advance-test-clock"
_MANY = 10_000
_SECOND = timedelta(seconds=1)


async def set_clock(
    tenant: TenantId, now: Instant | None, *, work: ClockWork, real: Instant, ids: Ids
) -> TestClock:
    """Give a test tenant a clock that stands at `now`, or where time is by now (`real`).

    Raises `NotATestTenant`, `SecondTestClock`, `ClockWouldGoBack`, `ClockOutOfReach`.
    """
    wanted = real if now is None else now
    if wanted < real:
        raise ClockWouldGoBack(real, wanted)
    require_reach(wanted, at=real)
    held = await _held(tenant, work)
    line = await work.test_clocks.along(held[0].path)
    below = await work.test_clocks.page(Page.of("tenant", [one.id for one in held]))
    if line or below:
        raise SecondTestClock(tenant)
    clock = TestClock(
        id=TestClockId(ids.uuid7(real)), tenant=tenant, created_at=real, updated_at=real, now=wanted
    )
    await work.test_clocks.add(clock)
    work.outbox.publish(_event("created", clock, ids))
    return clock


async def _held(tenant: TenantId, work: ClockWork) -> list[Tenant]:
    """The tenant and all below it, held so that of two who set clocks in one line one is the second."""
    own = await work.tenants.get_for_change(tenant)
    seen = await work.tenants.page(Page(limit=_MANY, descendants=True))
    below = [one for one in seen if one.path.startswith(own.path) and one.id != own.id]
    for one in (own, *below):
        if one.kind is not TenantKind.TEST:
            raise NotATestTenant(one.id)
    return [own, *[await work.tenants.get_for_change(one.id) for one in below]]


async def begin_advance(
    id: UUID, target: Instant, *, work: ClockWork, real: Instant, ids: Ids
) -> tuple[TestClock, Operation]:
    """Send a clock on its way to an instant; its operation counts the seconds that have passed.

    Raises `UnknownTestClock`, `ClockUnderWay`, `ClockWouldGoBack`, `TooFarAhead`, `ClockOutOfReach`.
    """
    before = await work.test_clocks.get_for_change(id)
    operation = Operation(
        id=OperationId(ids.uuid7(before.now)),
        tenant=before.tenant,
        created_at=before.now,
        updated_at=before.now,
        kind=KIND,
        progress=Progress(0, max(1, (target - before.now) // _SECOND)),
    )
    begun = before.begin(target, operation.id, at=real)
    await work.operations.add(operation)
    return await work.test_clocks.replace(begun), operation


async def pass_time(id: UUID, to: Instant, *, work: ClockWork, real: Instant, ids: Ids) -> TestClock:
    """Let a clock on its way come to an instant that is not beyond its target."""
    before = await work.test_clocks.get_for_change(id)
    clock = await work.test_clocks.replace(before.passed(to, at=real))
    if clock.operation is not None and clock.target is not None:
        operation = await work.operations.get(clock.operation)
        left = (clock.target - to) // _SECOND
        done = operation.step(max(0, operation.progress.total - left), at=to)
        await work.operations.replace(done)
    return clock


async def arrive(id: UUID, *, work: ClockWork, real: Instant, ids: Ids) -> TestClock:
    """Note that all that was due up to a clock's target is done."""
    before = await work.test_clocks.get_for_change(id)
    clock = await work.test_clocks.replace(before.arrived(at=real))
    if before.operation is not None:
        operation = await work.operations.get(before.operation)
        ended = operation.succeed({"test_clock": shown("tck", id)}, at=clock.now)
        stored = await work.operations.replace(ended)
        work.outbox.publish(operation_completed(stored, at=clock.now, ids=ids))
    work.outbox.publish(_event("advanced", clock, ids))
    return clock


async def stop_clock(id: UUID, *, work: ClockWork, real: Instant, ids: Ids) -> TestClock:
    """Return a clock's tenant to real time; raise `UnknownTestClock`, `ClockUnderWay`, `ClockAhead`."""
    clock = await work.test_clocks.get_for_change(id)
    clock.require_removable(at=real)
    await work.test_clocks.remove(clock.id)
    work.outbox.publish(_event("deleted", clock, ids))
    return clock


def _event(what: str, clock: TestClock, ids: Ids) -> Event:
    id = shown("tck", clock.id)
    return Event(
        id=EventId(ids.uuid7(clock.now)),
        tenant=clock.tenant,
        type=f"test_clock.{what}",
        subject=id,
        at=clock.now,
        data={"test_clock": id, "now": clock.now.isoformat()},
    )
