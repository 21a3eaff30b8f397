"""What quarantined stations, configurations and templates promise beside what all records do."""

from __future__ import annotations

import pytest

from emobility_core.network import StationIdentity, UnknownQuarantinedStation
from emobility_core.testing.builders import (
    later,
    make_configuration,
    make_quarantined_station,
    make_station,
    make_station_state,
    make_template,
)
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Page


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
            assert await work.quarantined_stations.count(Page()) == 1
        async with store.unit(store.c) as work:
            await work.quarantined_stations.remove(quarantined.id)
        async with store.unit() as work:
            assert await work.quarantined_stations.get(quarantined.id) == quarantined
            await work.quarantined_stations.remove(quarantined.id)
            await work.quarantined_stations.remove(quarantined.id)
        async with store.unit() as work:
            with pytest.raises(UnknownQuarantinedStation):
                await work.quarantined_stations.get(quarantined.id)
            assert await work.quarantined_stations.count(Page()) == 0
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


class StationConfigurationsContract:
    """One configuration a station."""

    async def test_one_is_found_by_its_station(self, store: Seeded) -> None:
        configuration = make_configuration(tenant=store.a.id)
        async with store.unit() as work:
            await work.station_configurations.add(configuration)
        async with store.unit() as work:
            assert await work.station_configurations.find(configuration.station) == configuration
            assert await work.station_configurations.find(make_station().id) is None
            both = (make_station().id, configuration.station)
            assert await work.station_configurations.of(*both) == [configuration]
            assert await work.station_configurations.of() == []
        async with store.unit(store.c) as work:
            assert await work.station_configurations.find(configuration.station) is None

    async def test_a_station_has_one(self, store: Seeded) -> None:
        configuration = make_configuration(tenant=store.a.id)
        async with store.unit() as work:
            await work.station_configurations.add(configuration)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                again = make_configuration(tenant=store.a.id, station=configuration.station)
                await work.station_configurations.add(again)
        assert refusal.value.field == "station"

    async def test_a_round_meets_each_station_that_is_online_once(self, store: Seeded) -> None:
        states = [make_station_state(tenant=one.id) for one in (store.a, store.b, store.a)]
        offline = make_station_state(tenant=store.a.id, online=False)
        foreign = make_station_state(tenant=store.c.id)
        configuration = make_configuration(tenant=store.b.id, station=states[1].station)
        async with store.unit(store.root) as work:
            for state in (*reversed(states), offline, foreign):
                await work.station_states.put(state)
            await work.station_configurations.add(configuration)
        async with store.unit() as work:
            first = await work.station_configurations.online_after(None, limit=2)
            second = await work.station_configurations.online_after(first[-1][0].station, limit=2)
        assert first == [(states[0], None), (states[1], configuration)]
        assert second == [(states[2], None)]


class ConfigurationTemplatesContract:
    """Templates that are handed down."""

    async def test_a_tenant_has_its_own_and_those_above_the_root_first(self, store: Seeded) -> None:
        older, newer, above, own, beside = (
            make_template(tenant=one.id) for one in (store.root, store.root, store.a, store.b, store.c)
        )
        async with store.unit(store.root) as work:
            for template in (own, newer, older, above, beside):
                await work.configuration_templates.add(template)
        for tenant, found in (
            (store.root, [older, newer]),
            (store.a, [older, newer, above]),
            (store.b, [older, newer, above, own]),
        ):
            async with store.unit(tenant) as work:
                assert await work.configuration_templates.along(tenant.path) == found
        async with store.unit() as work:
            assert await work.configuration_templates.along(store.b.path) == [older, newer, above, own]
            assert await work.configuration_templates.along(store.c.path) == []
