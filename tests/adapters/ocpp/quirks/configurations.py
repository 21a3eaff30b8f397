"""Answers about configuration: bare numbers, dirty lists, unasked keys, a reboot for a question."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from emobility_core.commands import ChangeConfiguration, CommandStatus, GetConfiguration, Order
from emobility_core.configuration import StationConfiguration, compare, expected_of
from emobility_core.network import BootReport

from ..keys import look_round
from ..scenes import Play, Scene
from ..wire import WireStation
from ..world import World

BOOT = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"}


async def _kept(scene: Scene, order: Order) -> StationConfiguration:
    """What is kept once the station has answered an order with the frame."""
    command = await scene.answer_a_command(scene.frame, order)
    assert command.status is CommandStatus.EFFECTIVE
    async with scene.world.store.transactions(scene.world.scope) as work:
        found = await work.station_configurations.find(command.station)
    assert found is not None
    return found


async def bare_values(scene: Scene) -> None:
    kept = await _kept(scene, GetConfiguration())
    assert [(one.key, one.value, one.readonly) for one in kept.reported] == [
        ("HeartbeatInterval", "60", False),
        ("X", "true", False),
    ]


async def dirty_list(scene: Scene) -> None:
    """Among the garbage stands what is expected; the list is kept as it was told."""
    kept = await _kept(scene, GetConfiguration())
    deviating = {one.key for one in compare(expected_of([], BootReport()), kept)}
    assert "MeterValuesSampledData" not in deviating
    assert "StopTxnSampledData" in deviating
    assert ", ," in str(kept.reported[0].value)


async def unasked_keys(scene: Scene) -> None:
    """What it leaves out it does not have, as far as it says; what else it tells is kept too."""
    kept = await _kept(scene, GetConfiguration(keys=("HeartbeatInterval",)))
    assert {one.key for one in kept.reported} == {"SupportedFeatureProfiles", "GetConfigurationMaxKeys"}
    assert kept.most_keys_at_once == 50


async def reboots_when_read(scene: Scene) -> None:
    """It accepts whatever it is told, and restarts when that is read back: not at each boot, then."""
    world = scene.world
    order = ChangeConfiguration(key="MeterValuesSampledData", value="Voltage")
    assert (await scene.answer_a_command(scene.frame, order)).status is CommandStatus.EFFECTIVE
    scene.over, read = True, 0
    for _ in range(5):
        async with world.station() as line:
            await line.call("BootNotification", BOOT)
            await world.react()
            world.clock.advance(timedelta(hours=1))
            read += await _restarts(world, line)
    assert read == 2


async def _restarts(world: World, line: WireStation) -> bool:
    """Whether it is asked for anything, whereupon it is gone."""
    looking, hearing = asyncio.create_task(look_round(world)), asyncio.create_task(line.hear())
    await asyncio.wait({looking, hearing}, return_when=asyncio.FIRST_COMPLETED)
    asked = hearing.done()
    if asked:
        line.socket.transport.abort()
    else:
        hearing.cancel()
        await asyncio.wait({hearing})
    await looking
    return asked


PLAYS: dict[str, Play] = {
    "resp-config-number": bare_values,
    "resp-config-dirty-list": dirty_list,
    "resp-keys-unasked": unasked_keys,
    "resp-config-reboot": reboots_when_read,
}
