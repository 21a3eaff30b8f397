"""Boots, states and other reports in the stations' own words."""

from __future__ import annotations

from emobility_core.instants import parse_instant

from ..scenes import Play, Scene
from ..world import EVERYTHING


async def long_serials(scene: Scene) -> None:
    assert (await scene.play())["status"] == "Accepted"
    boot = (await scene.world.state()).boot
    assert boot is not None
    assert boot.serial_number == scene.payload["chargePointSerialNumber"]
    assert (await scene.report()).content == scene.payload


async def long_model(scene: Scene) -> None:
    assert (await scene.play())["status"] == "Accepted"
    boot = (await scene.world.state()).boot
    assert boot is not None
    assert boot.model == scene.payload["chargePointModel"]


async def boot_again_and_again(scene: Scene) -> None:
    """Each is answered; and no stop is ever answered with an error, which is how it began."""
    for payload in ({"transactionId": 99}, {}, {"transactionId": "?", "meterStop": "?", "timestamp": "?"}):
        assert await scene.station.call("StopTransaction", payload) == {}
    for _ in range(5):
        assert (await scene.play())["status"] == "Accepted"
    assert (await scene.world.state()).boots == 5


async def status_in_own_words(scene: Scene) -> None:
    assert await scene.play() == {}
    state = await scene.world.connector(scene.payload["connectorId"])
    assert (state.status, state.error_code) == (scene.payload["status"], scene.payload["errorCode"])
    assert (await scene.report()).content == scene.payload


async def fault_in_own_words(scene: Scene) -> None:
    """A code that nobody knows is a fault like another where the status says so."""
    await status_in_own_words(scene)
    (told,) = await scene.published("station.faulted")
    assert told.data["error_code"] == scene.payload["errorCode"]


async def json_as_info(scene: Scene) -> None:
    await status_in_own_words(scene)
    assert (await scene.world.connector()).info == scene.payload["info"]


async def null_in_words(scene: Scene) -> None:
    await status_in_own_words(scene)
    state = await scene.world.connector()
    assert (state.info, state.reported) == (None, None)
    assert (await scene.report()).at == scene.world.clock.now()


async def empty_info(scene: Scene) -> None:
    await status_in_own_words(scene)
    assert (await scene.world.connector()).info is None


async def not_implemented(scene: Scene) -> None:
    for _ in range(12):
        assert await scene.refused() == "NotImplemented"


async def old_security_events(scene: Scene) -> None:
    """Dozens of a queue at once: each is answered; the very same is recorded once, at the station's time."""
    for number in range(24):
        told = {**scene.payload, "techInfo": f"{scene.payload['techInfo']} {number // 2}"}
        assert await scene.station.call(scene.frame[2], told) == {}
    assert await scene.play() == {}
    async with scene.world.store.transactions(scene.world.scope) as work:
        recorded = await work.security_events.page(EVERYTHING)
    assert len(recorded) == 13
    assert {one.at for one in recorded} == {parse_instant(scene.payload["timestamp"])}


async def nul_in_a_string(scene: Scene) -> None:
    await scene.station.say(scene.frame[1])
    assert (await scene.station.hear())[0] == 3
    assert (await scene.world.connector()).status == "Available"
    assert "\0" not in "".join(map(str, (await scene.report()).content.values()))
    assert not any("\0" in frame for frame in scene.world.frames_of())


PLAYS: dict[str, Play] = {
    "boot-long-serials": long_serials,
    "boot-long-model": long_model,
    "boot-loop-same-id": boot_again_and_again,
    "status-errorcode-unknown": fault_in_own_words,
    "status-info-json": json_as_info,
    "status-null-text-no-ts": null_in_words,
    "suspendedev-after-remotestart": empty_info,
    "custom-operation": not_implemented,
    "security-event-replay": old_security_events,
    "nul-in-string": nul_in_a_string,
}
