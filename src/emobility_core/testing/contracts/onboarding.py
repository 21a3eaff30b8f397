"""What quarantined stations promise beside what all records do."""

from __future__ import annotations

import pytest

from emobility_core.network import StationIdentity, UnknownQuarantinedStation
from emobility_core.testing.builders import later, make_quarantined_station
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken


class QuarantinedStationsContract:
    """Unknown stations that were let in to be seen."""

    async def test_one_is_found_by_its_identity_whatever_its_case(self, store: Seeded) -> None:
        quarantined = make_quarantined_station(tenant=store.a.id)
        async with store.unit() as work:
            await work.quarantined_stations.add(quarantined)
        async with store.unit() as work:
            other = StationIdentity(quarantined.identity.text.swapcase())
            assert await work.quarantined_stations.find(other) == quarantined
            assert await work.quarantined_stations.find(StationIdentity("nobody")) is None
        async with store.unit(store.c) as work:
            assert await work.quarantined_stations.find(quarantined.identity) is None

    async def test_an_identity_is_quarantined_once(self, store: Seeded) -> None:
        quarantined = make_quarantined_station(tenant=store.a.id)
        async with store.unit() as work:
            await work.quarantined_stations.add(quarantined)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                again = make_quarantined_station(tenant=store.a.id, identity=quarantined.identity)
                await work.quarantined_stations.add(again)
        assert refusal.value.field == "identity"

    async def test_what_is_removed_is_gone_and_may_come_again(self, store: Seeded) -> None:
        quarantined = make_quarantined_station(tenant=store.a.id)
        async with store.unit() as work:
            await work.quarantined_stations.add(quarantined)
            assert await work.quarantined_stations.count() == 1
        async with store.unit(store.c) as work:
            await work.quarantined_stations.remove(quarantined.id)
        async with store.unit() as work:
            assert await work.quarantined_stations.get(quarantined.id) == quarantined
            await work.quarantined_stations.remove(quarantined.id)
            await work.quarantined_stations.remove(quarantined.id)
        async with store.unit() as work:
            with pytest.raises(UnknownQuarantinedStation):
                await work.quarantined_stations.get(quarantined.id)
            assert await work.quarantined_stations.count() == 0
            await work.quarantined_stations.add(
                make_quarantined_station(tenant=store.a.id, identity=quarantined.identity)
            )

    async def test_only_what_was_not_seen_for_long_is_forgotten(self, store: Seeded) -> None:
        old = make_quarantined_station(tenant=store.b.id, last_seen_at=later())
        new = make_quarantined_station(tenant=store.b.id, last_seen_at=later(seconds=1))
        foreign = make_quarantined_station(tenant=store.c.id, last_seen_at=later())
        async with store.unit(store.root) as work:
            for one in (old, new, foreign):
                await work.quarantined_stations.add(one)
        async with store.unit() as work:
            await work.quarantined_stations.forget(later(seconds=1))
        async with store.unit(store.root) as work:
            assert await work.quarantined_stations.find(old.identity) is None
            assert await work.quarantined_stations.find(new.identity) == new
            assert await work.quarantined_stations.find(foreign.identity) == foreign
