"""Answers to our requests that are late, torn, unasked or not in the schema: the line goes on."""

from __future__ import annotations

from emobility_core.network import CommandStatus

from ..scenes import Play, Scene


async def unasked(scene: Scene) -> None:
    """An answer to nothing is never answered."""
    for _ in range(3):
        await scene.station.say(scene.frame)
    await scene.station.beats()


async def of_another_kind(scene: Scene) -> None:
    """Not reached: the request it belongs to is not ours yet. As the answer to one of ours it is no harm."""
    await unasked(scene)
    command = await scene.answer_a_command(scene.frame)
    accepted = scene.payload.get("status") == "Accepted"
    assert command.status is (CommandStatus.ACCEPTED if accepted else CommandStatus.REJECTED)


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
    "resp-unlock-accepted": of_another_kind,
    "resp-rejected-with-negatives": of_another_kind,
    "resp-late": late,
    "resp-none-but-heartbeat": nothing_but_heartbeats,
}
