"""Answers to our requests that are late, torn, unasked or not in the schema: the line goes on."""

from __future__ import annotations

import asyncio

from emobility_core.commands import (
    ChangeConfiguration,
    Command,
    CommandStatus,
    GetCompositeSchedule,
    GetConfiguration,
    Order,
    RateUnit,
    UnlockConnector,
)
from emobility_core.ids import CommandId
from emobility_core.smart_charging import read_answer

from ..scenes import Play, Scene


async def unasked(scene: Scene) -> None:
    """An answer to nothing is never answered."""
    for _ in range(3):
        await scene.station.say(scene.frame)
    await scene.station.beats()


async def _asked(scene: Scene, order: Order) -> Command:
    """The answer that is of its very request; alone, it is an answer to nothing."""
    await unasked(scene)
    command = await scene.world.ask(order)
    relay = asyncio.create_task(scene.world.react())
    _, id, *_ = await scene.station.hear()
    await scene.station.say([3, id, scene.payload])
    await relay
    await scene.station.beats()
    async with scene.world.store.transactions(scene.world.scope) as work:
        found = await work.commands.get(CommandId(command.id))
    assert found.answer == scene.payload
    return found


async def unlock_in_a_word_of_its_own(scene: Scene) -> None:
    """Accepted is none of the words for it: not unlocked, as far as anybody knows, in the station's word."""
    command = await _asked(scene, UnlockConnector(connector=1))
    assert (command.status, command.detail) == (CommandStatus.REJECTED, "Accepted")


async def configuration(scene: Scene) -> None:
    """Whatever form values come in, kept as sent; how they are read is in `test_configuration`."""
    command = await _asked(scene, GetConfiguration(keys=("HeartbeatInterval",)))
    assert command.status is CommandStatus.EFFECTIVE


async def never_probed_at_boot(scene: Scene) -> None:
    """Accepts any measurand, then reboots when the list is read: a boot alone asks for nothing."""
    command = await _asked(scene, ChangeConfiguration(key="MeterValuesSampledData", value="Voltage"))
    assert command.status is CommandStatus.EFFECTIVE
    for _ in range(3):
        await scene.station.call(
            "BootNotification", {"chargePointVendor": "ABB", "chargePointModel": "Terra"}
        )
        await scene.world.react()
        await scene.station.beats()


async def no_limit_in_negatives(scene: Scene) -> None:
    command = await _asked(scene, GetCompositeSchedule(connector=1, duration_s=600))
    assert command.status is CommandStatus.EFFECTIVE
    schedule = read_answer(command.answer or {}, at=scene.world.clock.now(), unit=RateUnit.W)
    assert schedule is not None
    assert [(one.start_s, one.limit, one.phases) for one in schedule.periods] == [(0, None, None)]


async def torn(scene: Scene) -> None:
    await scene.station.say(scene.frame[1])
    await scene.station.beats()
    command = await scene.answer_a_command(scene.frame[1])
    assert command.status is CommandStatus.REJECTED


async def four_items(scene: Scene) -> None:
    await unasked(scene)
    command = await scene.answer_a_command(scene.frame)
    assert (command.status, command.detail) == (CommandStatus.REJECTED, "FormationViolation")


async def late(scene: Scene) -> None:
    await unasked(scene)
    await scene.station.say([4, scene.frame[1], "RpcFrameworkError", "", {}])
    await scene.station.beats()


async def nothing_but_heartbeats(scene: Scene) -> None:
    """Three requests in a row without an answer close the line (`test_commands`); here the beats."""
    for _ in range(3):
        assert "currentTime" in await scene.play()


PLAYS: dict[str, Play] = {
    "resp-truncated-json": torn,
    "resp-callerror-4-items": four_items,
    "resp-unlock-accepted": unlock_in_a_word_of_its_own,
    "resp-rejected-with-negatives": no_limit_in_negatives,
    "resp-late": late,
    "resp-none-but-heartbeat": nothing_but_heartbeats,
}
