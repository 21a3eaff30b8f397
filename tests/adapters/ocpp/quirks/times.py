"""Clocks that are wrong, absent or without a zone."""

from __future__ import annotations

from emobility_core.charging import Doubt, Quality
from emobility_core.energy import Energy
from emobility_core.instants import parse_instant

from ..scenes import Play, Scene


async def zoneless_start(scene: Scene) -> None:
    assert (await scene.play())["transactionId"] > 0
    session = await scene.active()
    assert session.started_at == parse_instant(scene.payload["timestamp"] + "Z")
    assert session.started_reported == scene.payload["timestamp"]
    assert session.started_received == scene.world.clock.now()
    assert session.doubts == {Doubt.CLOCK_WITHOUT_ZONE}
    assert scene.payload["reservationId"] == 0
    (begun,) = await scene.published("session.started")
    assert begun.data["reservation"] is None


async def local_time_labelled_utc(scene: Scene) -> None:
    assert await scene.play() == {}
    assert await scene.play(status="Preparing", timestamp="2019-05-10T14:05:40Z") == {}
    assert (await scene.world.connector()).status == "Preparing"


async def status_of_1970(scene: Scene) -> None:
    assert await scene.play() == {}
    report = await scene.report()
    assert report.at == report.received_at == scene.world.clock.now()
    assert (await scene.world.connector(0)).reported == scene.payload["timestamp"]


async def clock_aligned_of_1970(scene: Scene) -> None:
    assert await scene.play() == {}
    reading = await scene.stray()
    assert reading.at == reading.received_at == scene.world.clock.now()
    assert reading.reported == "1970-01-01T00:59:08Z"
    assert {Quality.CLOCK_NOT_TRUSTED, Quality.NOT_LINKED} <= reading.qualities
    assert reading.energy == Energy.wh(123456)


async def queued_for_years(scene: Scene) -> None:
    assert await scene.play() == {}
    reading = await scene.stray()
    assert reading.at == parse_instant("2020-09-19T15:14:23Z")
    assert "CurrentMax" in reading.samples


async def zones_in_both_forms(scene: Scene) -> None:
    assert await scene.play() == {}
    reading = await scene.stray()
    assert reading.at == parse_instant("2022-02-01T15:45:17Z")
    assert reading.energy == Energy.wh(354)


async def start_without_time(scene: Scene) -> None:
    assert (await scene.play())["transactionId"] > 0
    session = await scene.active()
    assert session.started_at == scene.world.clock.now()
    assert session.doubts == {Doubt.CLOCK_NOT_TRUSTED}


async def stale_states_first(scene: Scene) -> None:
    """Back-dated, without a boot: applied in order, billed by the station's time."""
    minutes = iter(range(10, 30))

    def told() -> str:
        return f"2026-11-23T00:{next(minutes)}:00.000Z"

    assert await scene.play() == {}
    await scene.play(status="Charging", timestamp=told())
    number = await scene.begin(told(), meterStart=0)
    sample = {"timestamp": told(), "sampledValue": [{"value": "500"}]}
    values = {"connectorId": 1, "transactionId": number, "meterValue": [sample]}
    await scene.station.call("MeterValues", values)
    end = told()
    await scene.station.call("StopTransaction", {"transactionId": number, "meterStop": 900, "timestamp": end})
    session = await scene.ended()
    assert session.ended_at == parse_instant(end)
    assert (session.delivered, session.doubts) == (Energy.wh(900), frozenset())
    assert (await scene.world.connector()).status == "Charging"


PLAYS: dict[str, Play] = {
    "ts-no-zone-start": zoneless_start,
    "ts-local-labelled-Z": local_time_labelled_utc,
    "ts-1970-status": status_of_1970,
    "ts-1970-clock-aligned": clock_aligned_of_1970,
    "ts-years-old": queued_for_years,
    "ts-mixed-zone-forms": zones_in_both_forms,
    "start-no-timestamp": start_without_time,
    "bulk-old-status-first": stale_states_first,
}
