"""What test clocks promise of storage, and that parts of the tree which live apart do not exist."""

from __future__ import annotations

import attrs
import pytest

from emobility_core.tenancy import UnknownTenant
from emobility_core.testing.builders import make_site, make_test_clock
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import Page


class TestClocksContract:
    """A clock is read by all below its tenant."""

    async def test_a_tenant_reads_its_clock_and_those_above(self, store: Seeded) -> None:
        clock, own = make_test_clock(tenant=store.a.id), make_test_clock(tenant=store.b.id)
        async with store.unit() as work:
            await work.test_clocks.add(clock)
            await work.test_clocks.add(own)
        async with store.unit(store.b) as work:
            assert await work.test_clocks.along(store.b.path) == [clock, own]
        async with store.unit(store.a) as work:
            assert await work.test_clocks.along(store.a.path) == [clock]
        async with store.unit(store.c) as work:
            assert await work.test_clocks.along(store.c.path) == []
            assert await work.test_clocks.along(store.b.path) == []

    async def test_a_clock_that_was_removed_is_gone(self, store: Seeded) -> None:
        clock = make_test_clock(tenant=store.a.id)
        async with store.unit() as work:
            await work.test_clocks.add(clock)
        async with store.unit(store.c) as work:
            await work.test_clocks.remove(clock.id)
        async with store.unit() as work:
            assert await work.test_clocks.get(clock.id) == clock
            await work.test_clocks.remove(clock.id)
        async with store.unit() as work:
            assert await work.test_clocks.page(Page()) == []


class PartsApartContract:
    """What lives apart does not exist for a scope, though it lies below the scope's tenant."""

    async def test_it_is_neither_read_nor_changed_nor_added(self, store: Seeded) -> None:
        here, there = make_site(tenant=store.c.id), make_site(tenant=store.b.id)
        async with store.unit(store.root) as work:
            await work.sites.add_all([here, there])
        scope = attrs.evolve(store.scope(store.root), apart=(store.a.path,))
        async with store.transactions(scope) as work:
            assert await work.sites.page(Page(descendants=True)) == [here]
            tenants = await work.tenants.page(Page(descendants=True))
            assert {one.id for one in tenants} == {store.root.id, store.c.id}
        with pytest.raises(UnknownTenant):
            async with store.transactions(scope) as work:
                await work.sites.add(make_site(tenant=store.b.id))
