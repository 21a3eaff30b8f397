"""Meters that lie, fall, begin anew or round."""

from __future__ import annotations

from emobility_core.charging import Doubt, Quality
from emobility_core.energy import Energy
from emobility_core.rating import HeldSession

from ..scenes import Play, Scene

END = "2026-01-02T00:00:00Z"


async def unit_lies(scene: Scene) -> None:
    """Power and time say that the unit is wrong by a thousand: flagged, and not billed by itself."""
    number = await scene.begin("2023-07-01T21:30:30Z", meterStart=360)
    assert await scene.play() == {}
    session = await scene.active()
    assert session.doubts == {Doubt.UNIT_IMPLAUSIBLE}
    reading = await scene.linked()
    assert (reading.energy, reading.power_w) == (Energy.wh(361), 9451)
    assert Quality.UNIT_IMPLAUSIBLE in reading.qualities
    stop = {"transactionId": number, "meterStop": 362, "timestamp": "2023-07-01T21:52:30Z"}
    await scene.station.call("StopTransaction", stop)
    await scene.world.react()
    assert isinstance(await scene.world.rating(session.id), HeldSession)


async def register_drops(scene: Scene) -> None:
    number = await scene.begin()
    sample = {"timestamp": "2025-12-31T00:00:00Z", "sampledValue": [{"value": "800"}]}
    values = {"connectorId": 1, "transactionId": number, "meterValue": [sample]}
    await scene.station.call("MeterValues", values)
    assert await scene.play() == {}
    session = await scene.active()
    assert session.meter_last == Energy.wh(800)
    _, dropped = await scene.world.readings(session.id)
    assert dropped.qualities == {Quality.REGISTER_FELL}


async def register_of_each_session(scene: Scene) -> None:
    """Energy is stop minus start of one session, never across sessions."""
    number = (await scene.play())["transactionId"]
    stop = {"transactionId": number, "meterStop": 5200, "timestamp": END}
    await scene.station.call("StopTransaction", stop)
    number = (await scene.play(timestamp="2026-01-03T00:00:00Z"))["transactionId"]
    stop = {"transactionId": number, "meterStop": 7100, "timestamp": "2026-01-04T00:00:00Z"}
    await scene.station.call("StopTransaction", stop)
    assert [one.delivered for one in await scene.world.sessions()] == [Energy.wh(5200), Energy.wh(7100)]


async def two_baselines(scene: Scene) -> None:
    """Values from zero, registers of the lifetime: start and stop make the total."""
    number = await scene.begin(meterStart=51_880)
    assert await scene.play(transactionId=number) == {}
    assert (await scene.active()).delivered == Energy.wh(0)
    stop = {"transactionId": number, "meterStop": 61_880, "timestamp": END}
    await scene.station.call("StopTransaction", stop)
    session = await scene.ended()
    assert (session.delivered, session.doubts) == (Energy.wh(10_000), frozenset())


async def stop_below_start(scene: Scene) -> None:
    number = await scene.begin(meterStart=5000)
    assert await scene.play(transactionId=number) == {}
    session = await scene.ended()
    assert (session.meter_stop, session.delivered) == (Energy.wh(100), None)
    assert session.doubts == {Doubt.METER_WENT_BACKWARDS}
    await scene.world.react()
    assert isinstance(await scene.world.rating(session.id), HeldSession)


async def stop_equals_start(scene: Scene) -> None:
    number = await scene.begin(meterStart=12_345)
    sample = {"timestamp": "2025-12-31T00:00:00Z", "sampledValue": [{"value": "20000"}]}
    values = {"connectorId": 1, "transactionId": number, "meterValue": [sample]}
    await scene.station.call("MeterValues", values)
    for _ in range(2):
        assert await scene.play(transactionId=number) == {}
    session = await scene.ended()
    assert (session.delivered, session.doubts) == (Energy.wh(7655), frozenset({Doubt.ENERGY_FROM_READINGS}))


async def phantom_energy(scene: Scene) -> None:
    """Recorded as it was reported, and below what is billed."""
    number = await scene.begin(meterStart=133)
    assert await scene.play(transactionId=number) == {}
    session = await scene.ended()
    assert session.delivered == Energy.wh(1)
    await scene.world.react()
    rating = await scene.world.rating(session.id)
    assert "below-minimum" in rating.reasons
    assert not rating.billable


async def values_after_the_stop(scene: Scene) -> None:
    number = await scene.begin()
    stop = {"transactionId": number, "meterStop": 9000, "timestamp": "2025-12-31T23:59:59Z"}
    await scene.station.call("StopTransaction", stop)
    assert await scene.play(transactionId=number) == {}
    assert (await scene.linked()).energy == Energy.wh(9000)
    assert (await scene.ended()).doubts == frozenset()


PLAYS: dict[str, Play] = {
    "mv-unit-lies": unit_lies,
    "mv-register-drops": register_drops,
    "meter-session-based": register_of_each_session,
    "meterstart-gt-first-mv": two_baselines,
    "meterstop-lt-meterstart": stop_below_start,
    "meterstop-equal-start": stop_equals_start,
    "meter-rounding": phantom_energy,
    "mv-late-after-stop": values_after_the_stop,
}
