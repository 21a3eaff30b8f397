"""Events make the sites that are concerned be looked at, and not once for each of many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.ids import StationId, shown
from emobility_core.instants import OneClock
from emobility_core.network import Station
from emobility_core.reactions import Reaction, SteeredStations, steer_load
from emobility_core.smart_charging import LoadBudget
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    make_event,
    make_load_budget,
    make_load_limit,
    make_load_point,
    make_station,
    make_station_state,
    make_tenant,
)
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.work import Page, Scope


def _of_the_tenant(make: Callable[..., Any]) -> Any:
    return attrs.Factory(lambda yard: make(tenant=yard.tenant.id), takes_self=True)


@attrs.define(eq=False)
class Yard:
    """One steered station and one that is not, and how often a unit of work was opened."""

    store: MemoryStore = attrs.field(factory=MemoryStore)
    tenant: Tenant = attrs.field(factory=make_tenant)
    budget: LoadBudget = attrs.field(default=_of_the_tenant(make_load_budget))
    steered: Station = attrs.field(default=_of_the_tenant(make_station))
    other: Station = attrs.field(default=_of_the_tenant(make_station))
    opened: int = 0

    @property
    def scope(self) -> Scope:
        return scope_of(self.tenant, "tests")

    async def furnish(self) -> None:
        mine = {"tenant": self.tenant.id}
        async with self.store.transactions(self.scope) as work:
            await work.tenants.add(self.tenant)
            await work.load_budgets.add(self.budget)
            await work.stations.add(self.steered)
            await work.station_states.put(make_station_state(station=self.steered.id, **mine))
            await work.load_points.add(
                make_load_point(**mine, budget=self.budget.id, station=self.steered.id)
            )

    @asynccontextmanager
    async def transactions(self, scope: Scope) -> AsyncIterator[Any]:
        self.opened += 1
        await asyncio.sleep(0)  # a database lets others come in between
        async with self.store.transactions(scope) as work:
            yield work

    def reaction(self) -> Reaction:
        return steer_load(
            reading=self.store.transactions,
            transactions=self.transactions,
            steered=SteeredStations(self.transactions, self.scope),
            everything=self.scope,
            clocks=OneClock(FrozenClock()),
            ids=SeededIds(),
        )

    async def commands(self) -> int:
        async with self.store.transactions(self.scope) as work:
            return len(await work.commands.page(Page(limit=100)))


def told(type: str, station: StationId, **data: Any) -> Any:
    return make_event(type=type, data={"station": shown("sta", station), **data})


@pytest.fixture
async def yard() -> Yard:
    made = Yard()
    await made.furnish()
    return made


async def test_a_station_that_is_not_steered_costs_no_query(yard: Yard) -> None:
    reaction = yard.reaction()
    await reaction.react(told("session.started", yard.other.id), yard.scope)
    known = yard.opened
    for kind in ("session.started", "session.ended", "connector.status_changed", "station.booted"):
        await reaction.react(told(kind, yard.other.id), yard.scope)
    await reaction.react(told("command.completed", yard.steered.id, kind="reset"), yard.scope)
    assert (yard.opened, await yard.commands()) == (known, 0)


async def test_many_events_at_once_are_one_or_two_looks(yard: Yard) -> None:
    reaction = yard.reaction()
    await reaction.react(told("station.online", yard.other.id), yard.scope)
    known = yard.opened
    event = told("command.completed", yard.steered.id, kind="set_charging_profile")
    await asyncio.gather(*(reaction.react(event, yard.scope) for _ in range(20)))
    assert yard.opened - known <= 3
    assert await yard.commands() == 1


async def test_a_change_of_a_load_concerns_its_site(yard: Yard) -> None:
    limit = make_load_limit(tenant=yard.tenant.id, budget=yard.budget.id)
    async with yard.store.transactions(yard.scope) as work:
        await work.load_limits.add(limit)
    event = make_event(type="load_limit.created", subject=shown("lli", limit.id), data={})
    await yard.reaction().react(event, yard.scope)
    assert await yard.commands() == 1


async def test_a_restart_has_the_fail_safe_sent_again(yard: Yard) -> None:
    reaction = yard.reaction()
    await reaction.react(told("station.online", yard.steered.id), yard.scope)
    async with yard.store.transactions(yard.scope) as work:
        load = await work.site_loads.get(yard.budget.id)
        calm = [attrs.evolve(one, awaited=None, command=None, confirmed=True) for one in load.standings]
        settled = [attrs.evolve(one, fail_safes=(60,)) for one in calm]
        await work.site_loads.replace(attrs.evolve(load, standings=tuple(settled)))
    await reaction.react(told("session.ended", yard.steered.id), yard.scope)
    assert await yard.commands() == 1
    await reaction.react(told("station.booted", yard.steered.id), yard.scope)
    assert await yard.commands() == 2
