"""Simulated stations have their configuration checked, those with quirks too: it ends, and says the truth."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emobility_core.configuration import ConfigurationStatus, StationConfiguration
from tests.adapters.ocpp.keys import ENERGY, look_round
from tests.adapters.ocpp.simulation.test_quirks_against_the_endpoint import IDENTITY, a_station
from tests.adapters.ocpp.world import World

S = ConfigurationStatus


async def _checked(world: World, *quirks: str) -> StationConfiguration:
    """A station with one wrong key boots, settles and is looked at."""
    await world.add_station(IDENTITY)
    station = a_station(world, *quirks)
    station.configuration.set("StopTxnSampledData", "SoC")
    await station.presence.start_up()
    await world.react()
    world.clock.advance(timedelta(minutes=2))
    await look_round(world)
    async with world.store.transactions(world.scope) as work:
        found = await work.station_configurations.find(world.stations[IDENTITY].id)
    await station.presence.cut()
    assert found is not None
    return found


@pytest.mark.parametrize("quirk", ["", "configuration-untyped", "configuration-dirty-lists"])
async def test_what_billing_depends_on_is_mended(world: World, quirk: str) -> None:
    known = await _checked(world, *([quirk] if quirk else []))
    assert (known.status, known.deviations) == (S.VERIFIED, ())
    stop = known.find("StopTxnSampledData")
    assert stop is not None
    assert ENERGY in str(stop.value)
    assert "SoC" in str(stop.value)


@pytest.mark.parametrize("quirk", ["answers-unasked-keys", "callerror-four-items", "truncated-answers"])
async def test_a_station_that_cannot_tell_is_said_to_lack_them(world: World, quirk: str) -> None:
    known = await _checked(world, quirk)
    assert known.status is S.DRIFTED
    assert {one.fault.value for one in known.deviations} == {"missing"}
    assert all(one.billing for one in known.deviations)
