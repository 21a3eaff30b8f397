"""Steering over a store: what is ordered is stored with its command, and nothing is ordered twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.commands import Command, CommandStatus, ProfilePurpose, RateUnit, SetChargingProfile
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.smart_charging import (
    GroupPriority,
    LimitSource,
    LoadPoint,
    SiteLoad,
    Strategy,
    UnknownSiteLoad,
    Wiring,
    steer_site,
)
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    later,
    make_active,
    make_connector,
    make_customer,
    make_load_budget,
    make_load_limit,
    make_load_point,
    make_load_priority,
    make_station,
    make_station_state,
    make_tenant,
    make_user_group,
)
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Page, Scope, StaleWrite

# Sites are steered in whole seconds.
WHOLE = Instant(NOON.replace(microsecond=0))


@attrs.define(eq=False)
class Yard:
    """Stations of one site over a store in memory; `answer` speaks for all of them."""

    store: MemoryStore = attrs.field(factory=MemoryStore)
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    ids: SeededIds = attrs.field(factory=SeededIds)
    tenant: Tenant = attrs.field(factory=make_tenant)
    points: list[LoadPoint] = attrs.field(factory=list)
    budget: Any = None

    @property
    def scope(self) -> Scope:
        return scope_of(self.tenant, "tests")

    async def add(self, port: str, *records: Any) -> None:
        async with self.store.transactions(self.scope) as work:
            for record in records:
                await getattr(work, port).add(record)

    async def furnish(self, *points: dict[str, Any], **budget: Any) -> None:
        mine = {"tenant": self.tenant.id}
        self.budget = make_load_budget(**mine, **budget)
        await self.add("tenants", self.tenant)
        await self.add("load_budgets", self.budget)
        for point in points:
            station = make_station(**mine)
            await self.add("stations", station)
            async with self.store.transactions(self.scope) as work:
                await work.station_states.put(make_station_state(station=station.id, **mine))
            made = make_load_point(**mine, budget=self.budget.id, station=station.id, **point)
            self.points.append(made)
            await self.add("load_points", made)

    async def plug_in(self, *numbers: int, **fields: Any) -> list[Any]:
        sessions = [
            make_active(tenant=self.tenant.id, station=self.points[number].station, **fields)
            for number in numbers
        ]
        await self.add("sessions", *sessions)
        return sessions

    async def steer(self, restarted: StationId | None = None, transactions: Any = None) -> int:
        return await steer_site(
            self.budget.id,
            scope=self.scope,
            reading=self.store.transactions,
            transactions=transactions or self.store.transactions,
            clock=self.clock,
            ids=self.ids,
            restarted=restarted,
        )

    async def queued(self) -> list[Command]:
        async with self.store.transactions(self.scope) as work:
            page = Page(limit=1000, filters={"status": [CommandStatus.QUEUED]})
            found: list[Command] = await work.commands.page(page)
            return found

    async def answer(
        self, status: CommandStatus = CommandStatus.EFFECTIVE, detail: str | None = None
    ) -> list[Command]:
        commands = await self.queued()
        async with self.store.transactions(self.scope) as work:
            for command in commands:
                await work.commands.replace(attrs.evolve(command, status=status, detail=detail))
        return commands

    async def settle(self, rounds: int = 6) -> None:
        for _ in range(rounds):
            await self.steer()
            await self.answer()

    async def load(self) -> SiteLoad:
        async with self.store.transactions(self.scope) as work:
            found: SiteLoad = await work.site_loads.get(self.budget.id)
            return found

    async def allowed(self) -> list[int]:
        standings, now = (await self.load()).by_point(), self.clock.now()
        tolerance = self.budget.clock_tolerance
        return [standings[point.id].highest(now, tolerance) for point in self.points]


def profiles(commands: Sequence[Command]) -> list[SetChargingProfile]:
    return [command.order for command in commands if isinstance(command.order, SetChargingProfile)]


@pytest.fixture
def yard() -> Yard:
    return Yard()


async def test_orders_are_stored_with_their_commands_and_given_once(yard: Yard) -> None:
    await yard.furnish({}, {})
    assert await yard.steer() == 2
    standings = (await yard.load()).standings
    commands = await yard.queued()
    assert {standing.command for standing in standings} == {command.id for command in commands}
    assert {command.deadline for command in commands} == {later(WHOLE, seconds=30)}
    assert await yard.steer() == 0


async def test_a_server_that_dies_before_it_commits_has_ordered_nothing(yard: Yard) -> None:
    await yard.furnish({})

    @asynccontextmanager
    async def dying(scope: Scope) -> AsyncIterator[Any]:
        async with yard.store.transactions(scope) as work:
            yield work
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await yard.steer(transactions=dying)
    assert await yard.queued() == []
    with pytest.raises(UnknownSiteLoad):
        await yard.load()


async def test_a_round_that_finds_all_in_order_opens_no_unit_that_could_write(yard: Yard) -> None:
    await yard.furnish({}, {})
    await yard.settle()
    opened = 0

    @asynccontextmanager
    async def counted(scope: Scope) -> AsyncIterator[Any]:
        nonlocal opened
        opened += 1
        async with yard.store.transactions(scope) as work:
            yield work

    assert (await yard.steer(transactions=counted), opened) == (0, 0)
    await yard.plug_in(0)
    assert (await yard.steer(transactions=counted), opened) == (2, 1)


async def test_of_two_that_decide_at_once_one_has_ordered_nothing(yard: Yard) -> None:
    await yard.furnish({})
    await yard.settle(1)
    load = await yard.load()
    await yard.plug_in(0)
    await yard.steer()
    with pytest.raises(StaleWrite):
        async with yard.store.transactions(yard.scope) as work:
            await work.site_loads.replace(load)


async def test_two_sessions_share_and_the_order_says_for_how_long(yard: Yard) -> None:
    await yard.furnish({}, {}, {})
    await yard.settle(1)
    await yard.plug_in(0, 1)
    await yard.settle()
    assert await yard.allowed() == [160, 160, 0]
    async with yard.store.transactions(yard.scope) as work:
        (order,) = profiles(await work.commands.page(Page(limit=1, backwards=True)))
    profile, schedule = order.profile, order.profile.schedule
    assert (profile.purpose, profile.stack_level) == (ProfilePurpose.STATION_MAX, 1)
    assert schedule.starts_at == later(WHOLE, seconds=-30)
    assert profile.valid_until is not None
    assert schedule.duration_s == (profile.valid_until - schedule.starts_at).total_seconds()


async def test_an_answer_that_never_came_keeps_both_in_mind(yard: Yard) -> None:
    await yard.furnish({})
    await yard.settle(1)
    await yard.plug_in(0)
    await yard.steer()
    await yard.answer(CommandStatus.TIMEOUT)
    await yard.steer()
    (standing,) = (await yard.load()).standings
    tolerance = yard.budget.clock_tolerance
    now = yard.clock.now()
    assert (standing.lowest(now, tolerance), standing.highest(now, tolerance)) == (60, 320)


async def test_a_station_that_refuses_has_what_it_had(yard: Yard) -> None:
    await yard.furnish({})
    await yard.settle(1)
    await yard.plug_in(0)
    await yard.steer()
    await yard.answer(CommandStatus.REJECTED)
    assert await yard.steer() == 0
    assert await yard.allowed() == [60]
    yard.clock.advance(timedelta(minutes=4))
    assert await yard.steer() == 0
    yard.clock.advance(timedelta(minutes=1))
    assert await yard.steer() == 1


@pytest.mark.parametrize("words", ["InternalError", "answered without a status", "accepted"])
async def test_a_station_that_does_not_refuse_plainly_may_have_obeyed(yard: Yard, words: str) -> None:
    """It draws 32 A meanwhile: what others are given must not count on its fail-safe."""
    await yard.furnish({}, {})
    await yard.settle()
    await yard.plug_in(0)
    await yard.settle(1)
    await yard.steer()
    await yard.answer(CommandStatus.REJECTED, words)
    await yard.plug_in(1)
    await yard.settle()
    assert (await yard.allowed())[0] == 320
    assert sum(await yard.allowed()) <= 320
    yard.clock.advance(timedelta(minutes=4))
    assert await yard.steer() == 0


async def test_the_fail_safe_is_sent_again_after_a_restart(yard: Yard) -> None:
    await yard.furnish({})
    await yard.settle(2)
    assert await yard.steer(yard.points[0].station) == 1
    (order,) = profiles(await yard.queued())
    assert (order.profile.stack_level, order.profile.valid_until) == (0, None)


async def test_a_point_of_one_connector_is_limited_by_a_default_on_its_phases_in_its_unit(yard: Yard) -> None:
    direct = {"connector": 2, "wiring": Wiring.L1L2L3, "unit": RateUnit.W}
    single = {"connector": 1, "wiring": Wiring.L2}
    await yard.furnish(direct, single)
    await yard.steer()
    orders = {order.connector: order.profile for order in profiles(await yard.queued())}
    assert {profile.purpose for profile in orders.values()} == {ProfilePurpose.DEFAULT}
    watts, amperes = (orders[number].schedule for number in (2, 1))
    assert (watts.unit, watts.periods[0].limit, watts.periods[0].phases) == (RateUnit.W, Decimal(4140), None)
    assert (amperes.unit, amperes.periods[0].limit, amperes.periods[0].phases) == (RateUnit.A, Decimal(6), 1)


async def test_the_group_of_the_driver_and_the_session_itself_make_it_urgent(yard: Yard) -> None:
    group = make_user_group(tenant=yard.tenant.id)
    urgent = GroupPriority(user_group=group.id, priority=5)
    await yard.furnish({}, {}, {}, strategy=Strategy.PRIORITY, group_priorities=(urgent,))
    await yard.settle(1)
    boss = make_customer(tenant=yard.tenant.id, user_groups=(group.id,))
    await yard.add("user_groups", group)
    await yard.add("customers", boss)
    await yard.plug_in(0)
    await yard.plug_in(1, customer=boss.id)
    await yard.settle()
    assert await yard.allowed() == [60, 260, 0]
    (ambulance,) = await yard.plug_in(2)
    priority = make_load_priority(tenant=yard.tenant.id, session=ambulance.id, priority=9)
    await yard.add("load_priorities", priority)
    await yard.settle()
    assert await yard.allowed() == [60, 60, 200]


async def test_a_vehicle_that_is_full_leaves_what_it_does_not_draw(yard: Yard) -> None:
    await yard.furnish({}, {})
    await yard.settle(1)
    await yard.plug_in(0, 1)
    full = make_connector(tenant=yard.tenant.id, station=yard.points[0].station, status="SuspendedEV")
    async with yard.store.transactions(yard.scope) as work:
        await work.connectors.put(full)
    await yard.settle()
    assert await yard.allowed() == [60, 260]


async def test_a_limit_for_a_time_holds_and_ends(yard: Yard) -> None:
    await yard.furnish({}, {})
    await yard.settle(1)
    await yard.plug_in(0, 1)
    await yard.settle()
    dimmed = make_load_limit(
        tenant=yard.tenant.id,
        budget=yard.budget.id,
        source=LimitSource.GRID_OPERATOR,
        limits=(),
        until=later(minutes=10),
    )
    await yard.add("load_limits", dimmed)
    await yard.settle()
    # Two devices: (1 + 0.8) * 4.2 kW are 10.9 A on each phase, which is enough for one.
    assert sorted(await yard.allowed()) == [0, 109]
    yard.clock.advance(timedelta(minutes=10, seconds=1))
    await yard.settle()
    assert await yard.allowed() == [160, 160]


async def test_a_point_on_one_phase_keeps_its_whole_minimum_when_dimmed(yard: Yard) -> None:
    """4.2 kW are 18.2 A on one phase; reckoned as on three it was left with 6 A, 1.4 kW."""
    await yard.furnish({"wiring": Wiring.L1}, limits=(Decimal(32),))
    await yard.settle(1)
    await yard.plug_in(0)
    mine = {"tenant": yard.tenant.id, "budget": yard.budget.id}
    await yard.add("load_limits", make_load_limit(**mine, source=LimitSource.GRID_OPERATOR, limits=()))
    await yard.settle()
    assert await yard.allowed() == [182]


@pytest.mark.parametrize(
    ("point", "of_point", "of_budget"),
    [
        ({"unit": RateUnit.W}, {"phases": 1}, {}),
        ({"unit": RateUnit.W}, {"unit": RateUnit.A}, {}),
        ({"unit": RateUnit.A}, {"unit": RateUnit.W}, {}),
        ({"unit": RateUnit.W}, {}, {"voltage": 120}),
        ({"wiring": Wiring.L1}, {"wiring": Wiring.L1L2L3}, {}),
    ],
)
async def test_what_would_mean_another_current_by_now_is_told_anew(
    yard: Yard, point: dict[str, Any], of_point: dict[str, Any], of_budget: dict[str, Any]
) -> None:
    """4140 W are 6 A on three phases and 18 A on one: until it is told anew, who knows what it draws."""
    await yard.furnish(point, {}, limits=(Decimal(64),))
    await yard.settle()
    await yard.plug_in(0, 1)
    await yard.settle()
    assert await yard.allowed() == [320, 320]
    async with yard.store.transactions(yard.scope) as work:
        await work.load_points.replace(attrs.evolve(yard.points[0], **of_point))
        await work.load_budgets.replace(attrs.evolve(yard.budget, limits=(Decimal(32),), **of_budget))
    await yard.steer()
    assert (await yard.allowed())[0] == 320
    await yard.settle()
    by_id: dict[StationId, list[SetChargingProfile]] = {one.station: [] for one in yard.points}
    async with yard.store.transactions(yard.scope) as work:
        for command in await work.commands.page(Page(limit=1000)):
            by_id[command.station] += profiles([command])
    fail_safes = [
        order.profile.schedule for order in by_id[yard.points[0].station] if order.profile.stack_level == 0
    ]
    assert len(fail_safes) == 2
    assert fail_safes[0] != fail_safes[1]
    yard.clock.advance(timedelta(minutes=6))
    await yard.settle()
    assert sum(await yard.allowed()) <= 320


async def test_a_point_that_was_never_told_counts_with_what_it_can_draw_by_now(yard: Yard) -> None:
    await yard.furnish({"max_current": Decimal(16)})
    await yard.steer()
    await yard.answer(CommandStatus.TIMEOUT)
    async with yard.store.transactions(yard.scope) as work:
        await work.load_points.replace(attrs.evolve(yard.points[0], max_current=Decimal(32)))
    await yard.steer()
    assert await yard.allowed() == [320]
    yard.clock.advance(timedelta(minutes=1))
    await yard.settle()
    assert await yard.allowed() == [60]


async def test_a_point_that_is_not_active_is_not_told_anything(yard: Yard) -> None:
    await yard.furnish({"active": False}, {"max_current": Decimal(16)})
    await yard.settle(2)
    assert {standing.point for standing in (await yard.load()).standings} == {yard.points[1].id}
