"""What the tree promises to whoever adds or moves tenants."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from emobility_core.ids import TenantId
from emobility_core.tenancy import Tenant, UnknownTenant, child_path
from emobility_core.tenant_moves import COUNTED, SIGNED, Reference
from emobility_core.testing import builders
from emobility_core.testing.builders import later
from emobility_core.testing.contracts.seeded import Seeded

_SITE = Reference("stations", "site", "sites")
_GROUPS = Reference("stations", "station_groups", "station_groups", many=True)


class MovesContract:
    """Tenants that change their place, and what lies in parts of the tree."""

    async def test_below_a_tenant_each_comes_after_the_one_above_it(self, store: Seeded) -> None:
        async with store.unit(store.root) as work:
            found = await work.tenants.below(store.root.id)
            assert found[0] == store.root
            assert sorted(one.name for one in found) == ["a", "b", "c", "root"]
            seen: set[object] = {None}
            for tenant in found:
                assert tenant.parent in seen
                seen.add(tenant.id)
            assert await work.tenants.below(store.b.id) == [store.b]

    async def test_a_tenant_goes_with_all_below_it(self, store: Seeded) -> None:
        async with store.unit(store.root) as work:
            await work.tenants.hold()
            await work.tenants.move(store.a.id, store.c.id, at=later(hours=1))
        path = child_path(store.c, TenantId(store.a.id))
        moved = attrs.evolve(store.a, parent=store.c.id, path=path, version=1, updated_at=later(hours=1))
        below = attrs.evolve(
            store.b, path=child_path(moved, TenantId(store.b.id)), version=1, updated_at=later(hours=1)
        )
        async with store.unit(store.root) as work:
            assert await work.tenants.get(store.a.id) == moved
            assert await work.tenants.get(store.b.id) == below
            assert await work.tenants.get(store.c.id) == store.c
            assert await work.tenants.line(store.b.id) == [store.root, store.c, moved, below]

    async def test_whoever_stands_above_then_sees_what_went_and_nobody_else_does(self, store: Seeded) -> None:
        site = builders.make_site(tenant=store.b.id)
        async with store.unit(store.b) as work:
            await work.sites.add(site)
        async with store.unit(store.root) as work:
            await work.tenants.move(store.b.id, store.c.id, at=later())
        async with store.unit(store.c) as work:
            assert await work.sites.get(site.id) == site
        async with store.unit(store.a) as work:
            with pytest.raises(Exception, match="site"):
                await work.sites.get(site.id)
            with pytest.raises(UnknownTenant):
                await work.tenants.get(store.b.id)

    async def test_neither_end_may_lie_outside_the_scope(self, store: Seeded) -> None:
        for tenant, to in ((store.b, store.c), (store.b, store.root), (store.c, store.a)):
            with pytest.raises(UnknownTenant):
                async with store.unit(store.a) as work:
                    await work.tenants.move(tenant.id, to.id, at=later())

    async def test_a_tenant_that_is_added_while_another_moves_stands_where_that_stands(
        self, store: Seeded
    ) -> None:
        async def add() -> Tenant:
            async with store.unit(store.root) as work:
                await work.tenants.hold()
                child = builders.make_tenant(await work.tenants.get(store.b.id))
                await work.tenants.add(child)
                return child

        async def move() -> None:
            async with store.unit(store.root) as work:
                await work.tenants.hold()
                await work.tenants.move(store.a.id, store.c.id, at=later())

        *added, _ = await asyncio.gather(add(), add(), move())
        async with store.unit(store.root) as work:
            parent = await work.tenants.get(store.b.id)
            for child in added:
                assert child is not None
                now = await work.tenants.get(child.id)
                assert now.path == child_path(parent, TenantId(child.id))

    async def test_records_are_counted_by_parts_of_the_tree(self, store: Seeded) -> None:
        for tenant in (store.a, store.b, store.c):
            async with store.unit(tenant) as work:
                await work.sites.add(builders.make_site(tenant=tenant.id))
                await work.tokens.add(builders.make_token(tenant=tenant.id))
        async with store.unit(store.root) as work:
            below = await work.tree.below(store.a.path)
            assert set(below) == set(COUNTED)
            assert (below["sites"], below["tokens"], below["stations"]) == (2, 2, 0)
            assert (await work.tree.of([store.c.id]))["sites"] == 1
            assert (await work.tree.of([]))["sites"] == 0

    async def test_records_beside_the_scope_are_not_counted(self, store: Seeded) -> None:
        async with store.unit(store.c) as work:
            await work.sites.add(builders.make_site(tenant=store.c.id))
        async with store.unit(store.a) as work:
            assert (await work.tree.below(store.c.path))["sites"] == 0
            assert (await work.tree.of([store.c.id]))["sites"] == 0

    async def test_records_below_are_found_by_what_they_name_above(self, store: Seeded) -> None:
        site = builders.make_site(tenant=store.a.id)
        groups = [builders.make_station_group(tenant=store.a.id) for _ in range(2)]
        own = builders.make_station_group(tenant=store.b.id)
        station = builders.make_station(
            tenant=store.b.id, site=site.id, station_groups=(own.id, *(one.id for one in groups))
        )
        free = builders.make_station(tenant=store.b.id)
        async with store.unit(store.a) as work:
            await work.sites.add(site)
            await work.station_groups.add_all([*groups, own])
            await work.stations.add_all([station, free])
        async with store.unit(store.root) as work:
            found = await work.tree.naming(_SITE, [store.a.id], below=store.b.path)
            assert [(one.id, one.tenant, one.named) for one in found] == [(station.id, store.b.id, site.id)]
            found = await work.tree.naming(_GROUPS, [store.a.id], below=store.b.path)
            assert [one.named for one in found] == sorted(one.id for one in groups)
            assert await work.tree.naming(_SITE, [store.c.id], below=store.b.path) == []
            assert await work.tree.naming(_SITE, [store.a.id], below=store.c.path) == []

    async def test_certificates_are_found_by_the_authority_that_has_signed_them(self, store: Seeded) -> None:
        authority = builders.make_authority(tenant=store.a.id)
        signed = builders.make_station_certificate(tenant=store.b.id, authority=authority.id)
        async with store.unit(store.a) as work:
            await work.certificate_authorities.add(authority)
            await work.station_certificates.add(signed)
            found = await work.tree.naming(SIGNED, [store.a.id], below=store.b.path)
            assert [one.id for one in found] == [signed.id]
