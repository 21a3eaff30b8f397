"""Transaction numbers and tags that are not ours, and starts and stops that come again."""

from __future__ import annotations

from datetime import timedelta

from emobility_core.charging import ActiveSession, AuthorizationStatus, Doubt, EndedSession
from emobility_core.commands import CommandStatus
from emobility_core.energy import Energy

from ..scenes import Play, Scene


async def values_link_by_connector_and_time(scene: Scene) -> None:
    assert await scene.play() == {}
    assert len(await scene.world.readings()) == 1
    await scene.begin(meterStart=0)
    assert await scene.play() == {}
    assert (await scene.linked()).session == (await scene.active()).id


async def stop_ends_the_one_that_is_open(scene: Scene) -> None:
    await scene.begin(meterStart=2_145_000)
    assert await scene.play() == {}
    assert (await scene.ended()).delivered == Energy.wh(300)
    # The same stop where nothing is open is a repeat; a stop of nothing is filed.
    assert await scene.play() == {}
    assert await scene.world.doubtful() == []
    assert await scene.play(meterStop=1) == {}
    assert len(await scene.world.doubtful()) == 1
    # Where several are open, none of them is it.
    for connector in (1, 2):
        await scene.begin("2021-01-01T00:00:00Z", connectorId=connector, meterStart=2_145_400)
    assert await scene.play(meterStop=2_145_500) == {}
    assert len(await scene.world.doubtful()) == 2
    assert len([one for one in await scene.world.sessions() if isinstance(one, ActiveSession)]) == 2


async def stop_after_an_offline_start(scene: Scene) -> None:
    await scene.begin(connectorId=2, idTag="other")
    await scene.begin(idTag="deadbeef")
    assert (await scene.play())["idTagInfo"]["status"] == "Invalid"
    ended = [one for one in await scene.world.sessions() if isinstance(one, EndedSession)]
    assert [(one.connector, one.delivered) for one in ended] == [(1, Energy.wh(980))]
    assert (await scene.play(meterStop=5))["idTagInfo"]
    assert len(await scene.world.doubtful()) == 1


async def stop_after_a_refused_start(scene: Scene) -> None:
    assert await scene.begin(idTag="ABCD1234", meterStart=51_000) > 0
    assert (await scene.play())["idTagInfo"]["status"] == "Invalid"
    session = await scene.ended()
    assert (session.delivered, session.authorization) == (Energy.wh(880), AuthorizationStatus.INVALID)


async def garbage_number_for_days(scene: Scene) -> None:
    number = await scene.begin("2022-05-10T08:00:00Z")
    stop = {"transactionId": number, "meterStop": 5, "timestamp": "2022-05-10T09:00:00Z"}
    await scene.station.call("StopTransaction", stop)
    for _ in range(3):
        assert await scene.play() == {}
    assert len(await scene.world.readings()) == 3
    await scene.ended()


async def stop_that_never_comes(scene: Scene) -> None:
    """An Available newer than the last value closes with that value; a replayed stop still counts."""
    number = await scene.begin("2025-12-31T22:00:00Z")
    sample = {"timestamp": "2025-12-31T22:30:00Z", "sampledValue": [{"value": "600"}]}
    await scene.station.call(
        "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [sample]}
    )
    scene.world.clock.advance(timedelta(seconds=1))
    assert await scene.play() == {}
    scene.world.clock.advance(timedelta(minutes=10))
    await scene.world.watch()
    lost = await scene.ended()
    assert (lost.estimated, lost.delivered) == (True, Energy.wh(600))
    stop = {"transactionId": number, "meterStop": 700, "timestamp": "2025-12-31T23:00:00Z"}
    await scene.station.call("StopTransaction", stop)
    session = await scene.ended()
    assert (session.delivered, session.doubts) == (Energy.wh(700), frozenset())


async def free_again_after_a_reboot(scene: Scene) -> None:
    await scene.begin()
    scene.world.clock.advance(_MINUTE)
    await scene.station.call("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"})
    assert await scene.play() == {}
    command = await scene.answer_a_command([3, "", {"status": "Accepted"}])
    assert command.status is CommandStatus.ACCEPTED


async def four_copies_at_once(scene: Scene) -> None:
    for _ in range(4):
        await scene.station.say(scene.frame)
    answers = [await scene.station.hear() for _ in range(4)]
    assert answers == answers[:1] * 4
    await scene.active()


async def own_serial_as_tag(scene: Scene) -> None:
    answer = await scene.play()
    assert answer["transactionId"] > 0
    assert answer["idTagInfo"]["status"] == "Invalid"
    assert (await scene.active()).authorization is AuthorizationStatus.INVALID


async def tag_of_21(scene: Scene) -> None:
    await scene.world.add_token(scene.payload["idTag"][:20].lower())
    assert await scene.play() == {"idTagInfo": {"status": "Accepted"}}
    session = await scene.ended()
    assert session.id_tag.text == scene.payload["idTag"]
    assert Doubt.START_MISSING in session.doubts


async def tag_with_a_colon(scene: Scene) -> None:
    await scene.world.add_token(scene.payload["idTag"])
    assert await scene.play() == {"idTagInfo": {"status": "Accepted"}}


async def authorize_with_a_connector(scene: Scene) -> None:
    await scene.world.add_token(scene.payload["idTag"])
    assert await scene.play() == {"idTagInfo": {"status": "Accepted"}}


async def stop_without_tag_or_reason(scene: Scene) -> None:
    number = await scene.begin()
    assert await scene.play(transactionId=number) == {}
    session = await scene.ended()
    assert (session.stop_reason, session.delivered, session.doubts) == ("Local", Energy.wh(1), frozenset())


async def stop_with_strange_fields(scene: Scene) -> None:
    number = await scene.begin(idTag="FF88888801")
    assert "idTagInfo" in await scene.play(transactionId=number)
    session = await scene.ended()
    assert (session.stop_reason, session.delivered) == ("Local", Energy.wh(1625))
    assert "disconnectReason" in scene.world.frames_of()[-1]


async def same_id_after_a_reboot(scene: Scene) -> None:
    first = await scene.play()
    assert first["status"] == "Accepted"
    assert (await scene.play())["status"] == "Accepted"
    assert (await scene.world.state()).boots == 2
    async with scene.world.station("CP2") as other:
        await other.call(scene.frame[2], scene.payload, id=scene.frame[1])


_MINUTE = timedelta(minutes=1)

PLAYS: dict[str, Play] = {
    "tx-int64max": values_link_by_connector_and_time,
    "tx-int64max-stop": stop_ends_the_one_that_is_open,
    "tx-zero-metervalues": values_link_by_connector_and_time,
    "tx-minus1-stop-after-offline": stop_after_an_offline_start,
    "tx-minus1-after-ConcurrentTx": stop_after_a_refused_start,
    "tx-negative-local": values_link_by_connector_and_time,
    "tx-unknown-mv-forever": garbage_number_for_days,
    "tx-never-stopped": stop_that_never_comes,
    "tx-stale-after-reboot": free_again_after_a_reboot,
    "start-retry-same-id": four_copies_at_once,
    "idtag-own-serial": own_serial_as_tag,
    "idtag-21": tag_of_21,
    "idtag-vid-colon": tag_with_a_colon,
    "auth-extra-connectorid": authorize_with_a_connector,
    "stop-no-idtag-no-reason": stop_without_tag_or_reason,
    "stop-wrong-field-names": stop_with_strange_fields,
    "msgid-same-after-reboot": same_id_after_a_reboot,
}
