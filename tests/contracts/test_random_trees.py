"""Random trees, settings and moves: what holds, who sees what and which tag counts are what a plain reckoning
over parents says, on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore, MemoryTokens
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.customers import IdTag
from emobility_core.errors import Conflict
from emobility_core.ids import TenantId
from emobility_core.tenancy import (
    CATALOGUE,
    OwnSetting,
    SettingLocked,
    Tenant,
    TenantKind,
    UnknownTenant,
    change_settings,
    effective_settings,
    kind_below,
    own_settings,
    scope_of,
    with_settings,
)
from emobility_core.tenant_moves import (
    AlreadyThere,
    MixedKinds,
    MoveIntoItself,
    RootImmovable,
    move_tenant,
    preview_move,
)
from emobility_core.testing.builders import TENANT, make_event, make_site, make_tenant, make_token
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.work import Page, Scope

SEEDS = range(3)
TENANTS, STEPS = 12, 20
VALUES: dict[str, tuple[object, ...]] = {
    "language": ("fr", "it", "pl"),
    "currency": ("CHF", "SEK"),
    "retention_days": (30, 60),
    "watch_gone_h": (2, 4),
}
TAG = IdTag("04SHARED")


@attrs.frozen
class Store:
    transactions: Any
    tokens: Any
    directories: SqlDirectories | None = None

    def settle(self) -> None:
        if self.directories is not None:
            for kind in ("tenant.moved", "token.created"):
                self.directories.heed(make_event(type=kind))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Where the store is; None for the one in memory."""
    found: str | None = None if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
async def store(url: str | None) -> AsyncIterator[Store]:
    if url is None:
        memory = MemoryStore()
        yield Store(memory.transactions, MemoryTokens(memory))
        return
    database = open_database(url)
    everything = Scope(TENANT, "/", "system:test")
    directories = SqlDirectories(lambda: database.reading(everything))
    yield Store(SqlTransactions(database), directories.tokens, directories)
    await database.dispose()


class Reckoning:
    """The tree as parents alone, and what each tenant sets: slow, plain, and knowing nothing of paths."""

    def __init__(self) -> None:
        self.parents: dict[TenantId, TenantId | None] = {}
        self.kinds: dict[TenantId, TenantKind] = {}
        self.own: dict[TenantId, dict[str, OwnSetting]] = {}
        self.tagged: set[TenantId] = set()

    def add(self, tenant: Tenant) -> None:
        self.parents[TenantId(tenant.id)] = tenant.parent
        self.kinds[TenantId(tenant.id)] = tenant.kind
        self.own[TenantId(tenant.id)] = {}

    def line(self, id: TenantId) -> list[TenantId]:
        parent = self.parents[id]
        return [id] if parent is None else [*self.line(parent), id]

    def below(self, id: TenantId) -> set[TenantId]:
        return {one for one in self.parents if id in self.line(one)}

    def holds(self, id: TenantId, name: str) -> tuple[object, TenantId | None, bool]:
        """Value, source and whether it is locked."""
        parent = self.parents[id]
        above = (CATALOGUE[name].default, None, False) if parent is None else self.holds(parent, name)
        own = self.own[id].get(name)
        return above if above[2] or own is None else (own.value, id, own.locked)

    def locked_above(self, id: TenantId, name: str) -> bool:
        parent = self.parents[id]
        return parent is not None and self.holds(parent, name)[2]

    def refuses(self, id: TenantId, to: TenantId) -> type[Conflict] | None:
        parent = self.parents[id]
        if parent is None:
            return RootImmovable
        if to in self.below(id):
            return MoveIntoItself
        if parent == to:
            return AlreadyThere
        return MixedKinds if self.kinds[parent] is not self.kinds[to] else None

    def nearest_tagged(self, id: TenantId) -> set[TenantId]:
        """Whose shared tag may count: the tenant's own, the nearest above it, else the nearest below."""
        for one in reversed(self.line(id)):
            if one in self.tagged:
                return {one}
        below = {one: len(self.line(one)) for one in self.below(id) & self.tagged}
        return {one for one, depth in below.items() if depth == min(below.values())}


class World:
    """A store and its reckoning, changed together."""

    def __init__(self, store: Store, chance: Random) -> None:
        self.store = store
        self.chance = chance
        self.reckoning = Reckoning()
        self.root = make_tenant(name="root")
        self.clock, self.ids = FrozenClock(), SeededIds()

    @property
    def everybody(self) -> list[TenantId]:
        return list(self.reckoning.parents)

    def unit(self, tenant: Tenant | None = None) -> Any:
        return self.store.transactions(scope_of(tenant or self.root, "test"))

    async def grow(self) -> None:
        tenants = [self.root]
        async with self.unit() as work:
            await work.tenants.add(self.root)
            self.reckoning.add(self.root)
            for _ in range(TENANTS):
                parent = self.chance.choice(tenants)
                wanted = self.chance.choice([None, None, None, TenantKind.TEST])
                child = make_tenant(parent, kind=kind_below(parent, wanted))
                tenants.append(child)
                self.reckoning.add(child)
                await work.tenants.add(child)
            for tenant in tenants:
                await work.sites.add(make_site(tenant=tenant.id))
                if self.chance.random() < 0.4:
                    self.reckoning.tagged.add(TenantId(tenant.id))
                    await work.tokens.add(make_token(tenant=tenant.id, id_tag=TAG))

    async def set_something(self) -> None:
        id, name = self.chance.choice(self.everybody), self.chance.choice(list(VALUES))
        own = OwnSetting(self.chance.choice(VALUES[name]), self.chance.random() < 0.3)
        wanted = dict(self.reckoning.own[id])
        if self.chance.random() < 0.2:
            wanted.pop(name, None)
        else:
            wanted[name] = own
        refused = self.reckoning.own[id].get(name) != wanted.get(name) and name in wanted
        refused = refused and self.reckoning.locked_above(id, name)
        try:
            async with self.unit() as work:
                tenant = with_settings(await work.tenants.get(id), wanted)
                await change_settings(work, tenant, clock=self.clock, ids=self.ids)
        except SettingLocked:
            assert refused
        else:
            assert not refused
            self.reckoning.own[id] = wanted

    async def move_something(self) -> None:
        id, to = (self.chance.choice(self.everybody) for _ in range(2))
        refusal = self.reckoning.refuses(id, to)
        if refusal is not None:
            with pytest.raises(refusal):
                async with self.unit() as work:
                    await preview_move(work, id, to)
            return
        before = {one: self._all_that_holds(one) for one in self.reckoning.below(id)}
        async with self.unit() as work:
            preview = await preview_move(work, id, to)
        async with self.unit() as work:
            await move_tenant(
                work, id, to, expected=preview.digest, gained=(), clock=self.clock, ids=self.ids
            )
        self.reckoning.parents[id] = to
        expected = {
            (one, name, was[name], holds[name])
            for one, was in before.items()
            for holds in [self._all_that_holds(one)]
            for name in CATALOGUE
            if was[name] != holds[name]
        }
        told = {(one.tenant, one.setting, one.before, one.after) for one in preview.settings}
        assert told == expected
        assert set(preview.tenants) == set(before)
        assert preview.counts["sites"] == len(before)
        assert preview.tags.tokens == len(set(before) & self.reckoning.tagged)

    def _all_that_holds(self, id: TenantId) -> dict[str, object]:
        return {name: self.reckoning.holds(id, name)[0] for name in CATALOGUE}

    async def compare(self) -> None:
        self.store.settle()
        stored = {}
        async with self.unit() as work:
            for id in self.everybody:
                line = await work.tenants.line(id)
                stored[id] = line[-1]
                assert [one.id for one in line] == self.reckoning.line(id) == list(line[-1].line)
                assert own_settings(line[-1]) == self.reckoning.own[id]
                for name, found in effective_settings(line).items():
                    locked = found.locked_by is not None
                    assert (found.value, found.source, locked) == self.reckoning.holds(id, name)
        viewer = stored[self.chance.choice(self.everybody)]
        await self._compare_what_is_seen(viewer, stored)
        at = self.chance.choice(self.everybody)
        token = await self.store.tokens.find(TAG, at_tenant=at)
        nearest = self.reckoning.nearest_tagged(at)
        assert (token is None) == (not nearest)
        assert token is None or token.tenant in nearest

    async def _compare_what_is_seen(self, viewer: Tenant, stored: dict[TenantId, Tenant]) -> None:
        mine = self.reckoning.below(TenantId(viewer.id))
        async with self.unit(viewer) as work:
            everything = Page(limit=100, descendants=True)
            assert {one.id for one in await work.tenants.page(everything)} == mine
            assert {one.tenant for one in await work.sites.page(everything)} == mine
            for id, tenant in stored.items():
                if id not in mine:
                    with pytest.raises(UnknownTenant):
                        await work.tenants.get(id)
                    assert (await work.tree.below(tenant.path))["sites"] <= len(mine)


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_the_product_says_is_what_a_plain_reckoning_says(store: Store, seed: int) -> None:
    chance = Random(seed)
    world = World(store, chance)
    await world.grow()
    await world.compare()
    for _ in range(STEPS):
        await chance.choice([world.set_something, world.move_something])()
        await world.compare()
