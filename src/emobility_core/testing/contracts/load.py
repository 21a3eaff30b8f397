"""What limits, points and priorities of a site's load promise beside what all records do."""

from __future__ import annotations

import asyncio

import pytest

from emobility_core.smart_charging import UnknownLoadBudget
from emobility_core.testing.builders import (
    later,
    make_load_budget,
    make_load_limit,
    make_load_point,
    make_load_priority,
)
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Page


class LoadContract:
    """Load budgets and what belongs to them."""

    async def test_limits_are_told_until_they_end_and_those_to_come_as_well(self, store: Seeded) -> None:
        budget = make_load_budget(tenant=store.a.id)
        mine = {"tenant": store.a.id, "budget": budget.id}
        over = make_load_limit(**mine, until=later(hours=1))
        running = make_load_limit(**mine, until=later(hours=1, seconds=1))
        endless = make_load_limit(**mine)
        to_come = make_load_limit(**mine, since=later(hours=9), until=later(hours=10))
        async with store.unit() as work:
            for limit in (over, running, endless, to_come, make_load_limit(tenant=store.a.id)):
                await work.load_limits.add(limit)
        async with store.unit() as work:
            found = await work.load_limits.unexpired(budget.id, later(hours=1))
        assert found == [running, endless, to_come]
        async with store.unit(store.c) as work:
            assert await work.load_limits.unexpired(budget.id, later()) == []

    async def test_of_many_points_stored_at_once_each_sees_those_before_it(self, store: Seeded) -> None:
        """Else fail-safes that fit one by one exceed the limit together."""
        budget = make_load_budget(tenant=store.a.id)
        mine = Page(filters={"budget": [budget.id]})
        async with store.unit() as work:
            await work.load_budgets.add(budget)

        async def store_one() -> int:
            async with store.unit() as work:
                assert await work.load_budgets.get_for_change(budget.id) == budget
                before = await work.load_points.page(mine)
                await work.load_points.add(make_load_point(tenant=store.a.id, budget=budget.id))
                return len(before)

        assert sorted(await asyncio.gather(*(store_one() for _ in range(8)))) == list(range(8))

    async def test_what_is_got_for_a_change_is_the_newest_and_ones_own(self, store: Seeded) -> None:
        budget = make_load_budget(tenant=store.a.id)
        async with store.unit() as work:
            await work.load_budgets.add(budget)
            changed = await work.load_budgets.replace(budget)
        async with store.unit() as work:
            assert await work.load_budgets.get_for_change(budget.id) == changed
        async with store.unit(store.c) as work:
            with pytest.raises(UnknownLoadBudget):
                await work.load_budgets.get_for_change(budget.id)

    async def test_a_site_has_one_budget(self, store: Seeded) -> None:
        budget = make_load_budget(tenant=store.a.id)
        async with store.unit() as work:
            await work.load_budgets.add(budget)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.load_budgets.add(make_load_budget(tenant=store.a.id, site=budget.site))
        assert refusal.value.field == "site"

    async def test_a_connector_is_one_point(self, store: Seeded) -> None:
        point = make_load_point(tenant=store.a.id, connector=1)
        async with store.unit() as work:
            await work.load_points.add(point)
            await work.load_points.add(make_load_point(tenant=store.a.id, station=point.station))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                again = make_load_point(tenant=store.a.id, station=point.station, connector=1)
                await work.load_points.add(again)
        assert refusal.value.field == "connector"

    async def test_a_session_has_one_priority(self, store: Seeded) -> None:
        priority = make_load_priority(tenant=store.a.id)
        async with store.unit() as work:
            await work.load_priorities.add(priority)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.load_priorities.add(
                    make_load_priority(tenant=store.a.id, session=priority.session)
                )
        assert refusal.value.field == "session"
