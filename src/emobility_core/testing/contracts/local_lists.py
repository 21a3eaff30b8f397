"""What local lists, the tokens on them, and owed cache clearings promise."""

from __future__ import annotations

import attrs
import pytest

from emobility_core.customers import IdTag
from emobility_core.local_authorization import CacheClearing, DueList, ListedTokens, LocalList
from emobility_core.network import Station
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import (
    later,
    make_clearing,
    make_command,
    make_local_list,
    make_station,
    make_station_state,
    make_token,
)
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, StaleWrite


async def _online(store: Seeded, *stations: Station, online: bool = True) -> None:
    async with store.unit(store.root) as work:
        for one in stations:
            state = make_station_state(tenant=one.tenant, station=one.id, online=online)
            await work.station_states.put(state)


async def _stations(store: Seeded, *tenants: Tenant) -> list[Station]:
    stations = [make_station(tenant=tenant.id) for tenant in tenants]
    async with store.unit(store.root) as work:
        for station in stations:
            await work.stations.add(station)
    return stations


class LocalListsContract:
    """Local lists, one a station."""

    async def test_a_station_has_one_list(self, store: Seeded) -> None:
        kept = make_local_list(tenant=store.a.id)
        async with store.unit() as work:
            await work.local_lists.add(kept)
        async with store.unit() as work:
            assert await work.local_lists.find(kept.station) == kept
            assert await work.local_lists.find(make_station().id) is None
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.local_lists.add(make_local_list(tenant=store.a.id, station=kept.station))
        assert refusal.value.field == "station"
        async with store.unit(store.c) as work:
            assert await work.local_lists.find(kept.station) is None

    async def test_lists_are_due_while_their_station_is_online_and_has_nothing_to_answer(
        self, store: Seeded
    ) -> None:
        stations = await _stations(store, *[store.a] * 6)
        late, early, asked, not_yet, never, away = (
            make_local_list(tenant=store.a.id, station=one.id, due_at=NOON) for one in stations
        )
        early = attrs.evolve(early, due_at=later(minutes=-1))
        asked = attrs.evolve(asked, command=make_command().id)
        not_yet = attrs.evolve(not_yet, due_at=later(seconds=1))
        never = attrs.evolve(never, due_at=None)
        async with store.unit() as work:
            for one in (late, early, asked, not_yet, never, away):
                await work.local_lists.add(one)
        await _online(store, *stations[:5])
        await _online(store, stations[5], online=False)
        async with store.unit() as work:
            due = await work.local_lists.due(NOON, limit=9)
            assert [one.id for one in due] == [early.id, late.id]
            assert due[0] == DueList(id=early.id, tenant=early.tenant, version=early.version)
            assert await work.local_lists.due(NOON, limit=1) == due[:1]
        async with store.unit(store.c) as work:
            assert await work.local_lists.due(NOON, limit=9) == []

    async def test_a_change_makes_all_lists_along_its_line_due_and_what_is_under_way_stale(
        self, store: Seeded
    ) -> None:
        tenants = (store.root, store.a, store.b, store.c)
        lists: dict[str, LocalList] = {one.name: make_local_list(tenant=one.id) for one in tenants}
        soon = make_local_list(tenant=store.a.id, due_at=later(minutes=-5))
        async with store.unit(store.root) as work:
            for one in (*lists.values(), soon):
                await work.local_lists.add(one)
        async with store.unit(store.root) as work:
            await work.local_lists.mark(store.b.path, at=NOON)
            after = {name: await work.local_lists.get(one.id) for name, one in lists.items()}
            still = await work.local_lists.get(soon.id)
        assert {name: one.due_at for name, one in after.items()} == {
            "root": NOON,
            "a": NOON,
            "b": NOON,
            "c": None,
        }
        assert (still.due_at, still.version) == (later(minutes=-5), 1)
        for decided in (lists["a"], soon):
            with pytest.raises(StaleWrite):
                async with store.unit(store.root) as work:
                    await work.local_lists.replace(decided)


class CacheClearingsContract:
    """Stations whose cache is to be cleared."""

    async def test_all_stations_along_the_line_owe_it_once_each(self, store: Seeded) -> None:
        above, own, below, beside = await _stations(store, store.root, store.a, store.b, store.c)
        await _online(store, above, own, below, beside)
        for minutes in (0, 5):
            async with store.unit(store.root) as work:
                await work.cache_clearings.owe(store.a.path, at=later(minutes=minutes))
        async with store.unit(store.root) as work:
            due = await work.cache_clearings.due(limit=9)
        assert {(one.station, one.since) for one in due} == {
            (station.id, NOON) for station in (above, own, below)
        }

    async def test_it_is_due_at_stations_that_are_online_and_again_after_another_reason(
        self, store: Seeded
    ) -> None:
        here, away = await _stations(store, store.a, store.a)
        await _online(store, here)
        async with store.unit(store.root) as work:
            await work.cache_clearings.owe(store.a.path, at=NOON)
        asked = make_clearing(station=here.id, tenant=store.a.id, command=make_command().id)
        async with store.unit() as work:
            await work.cache_clearings.put(asked)
        async with store.unit() as work:
            assert await work.cache_clearings.due(limit=9) == []
            assert await work.cache_clearings.of([here.id]) == [asked]
        async with store.unit(store.root) as work:
            await work.cache_clearings.owe(store.a.path, at=later())
        async with store.unit() as work:
            assert await work.cache_clearings.due(limit=9) == [attrs.evolve(asked, command=None)]
            await work.cache_clearings.drop(here.id)
        async with store.unit() as work:
            assert [one.station for one in await work.cache_clearings.of([here.id, away.id])] == [away.id]

    async def test_many_are_noted_and_dropped_at_once(self, store: Seeded) -> None:
        owed = [make_clearing(tenant=store.a.id), make_clearing(tenant=store.b.id)]
        asked = [attrs.evolve(one, command=make_command().id) for one in owed]
        for clearings in (owed, asked, ()):
            async with store.unit() as work:
                await work.cache_clearings.put(*clearings)
        stations = [one.station for one in owed]
        async with store.unit() as work:
            known = await work.cache_clearings.of(stations)
            await work.cache_clearings.drop(*stations)
            await work.cache_clearings.drop()
        assert sorted(known, key=lambda one: one.station) == sorted(asked, key=lambda one: one.station)
        async with store.unit() as work:
            assert await work.cache_clearings.of(stations) == []

    async def test_foreign_ones_are_not_seen(self, store: Seeded) -> None:
        owed: CacheClearing = make_clearing(tenant=store.c.id)
        async with store.unit(store.c) as work:
            await work.cache_clearings.put(owed)
        async with store.unit() as work:
            assert await work.cache_clearings.of([owed.station]) == []
            await work.cache_clearings.drop(owed.station)
        async with store.unit(store.c) as work:
            assert await work.cache_clearings.of([owed.station]) == [owed]


def _listed(store: Seeded) -> ListedTokens:
    if store.listed is None:
        pytest.skip("the adapter does not list tokens")
    return store.listed


class ListedTokensContract:
    """The tokens to be listed at a tenant's stations."""

    async def test_they_are_those_of_the_line_the_nearest_of_each_tag(self, store: Seeded) -> None:
        tag = IdTag("04SAME")
        above, own, below = (
            make_token(tenant=tenant.id, id_tag=tag) for tenant in (store.root, store.a, store.b)
        )
        others = [make_token(tenant=tenant.id) for tenant in (store.b, store.root, store.a, store.a)]
        foreign = make_token(tenant=store.c.id)
        async with store.unit(store.root) as work:
            for token in (above, below, own, *others, foreign):
                await work.tokens.add(token)
        await store.settle()
        of_b, of_root, first, second = others
        expected = [own, first, second, of_root, of_b]
        assert await _listed(store).of(store.a.id, most=9) == expected
        assert await _listed(store).of(store.a.id, most=2) == expected[:2]

    async def test_those_of_a_closed_tenant_are_not_listed_and_none_at_its_stations(
        self, store: Seeded
    ) -> None:
        own, below = (make_token(tenant=tenant.id) for tenant in (store.a, store.b))
        async with store.unit(store.root) as work:
            await work.tokens.add_all([own, below])
            await work.tenants.replace(attrs.evolve(store.b, closed_at=NOON))
        await store.settle()
        assert await _listed(store).of(store.a.id, most=9) == [own]
        assert await _listed(store).of(store.b.id, most=9) == []
