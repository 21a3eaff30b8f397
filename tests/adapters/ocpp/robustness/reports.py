"""What stations say of themselves and of their meters (lessons 9 to 14, 24 and 25)."""

from __future__ import annotations

from typing import Any

import orjson

from emobility_core.charging import Doubt, Quality
from emobility_core.commands import CommandStatus
from emobility_core.energy import Energy
from emobility_core.rating import HeldSession

from ..messages import at, boot, start, status, stop, values
from ..world import World
from .plays import Play, begun, ended, relayed, stored


def _told(*samples: dict[str, Any], minutes: float = 10, **changes: Any) -> dict[str, Any]:
    told = values("0", minutes=minutes, **changes)
    told["meterValue"][0]["sampledValue"] = list(samples)
    return told


async def a_backlog_in_strange_words_keeps_its_line(world: World) -> None:
    """9"""
    async with world.station() as station:
        for _ in range(20):
            sample = {"value": "7", "context": "Sample.Backlog", "measurand": "Temperature"}
            assert await station.call("MeterValues", _told(sample)) == {}
        await station.beats()
    assert len(await world.readings()) == 20


async def strange_words_are_kept_flagged_and_bounded(world: World) -> None:
    """10"""
    async with world.station() as station:
        info = "x" * 100_000
        told = status("Faulted", errorCode="MysteryError", info=info)
        assert await station.call("StatusNotification", told) == {}
        await station.call("MeterValues", _told({"value": "5", "unit": "BTU"}))
    connector = await world.connector()
    assert connector.error_code == "MysteryError"
    assert len(connector.info or "") == 255
    assert info in world.frames_of()[-2]
    (reading,) = await world.readings()
    assert (reading.energy, Quality.UNKNOWN_UNIT in reading.qualities) == (None, True)
    assert orjson.loads(reading.samples) == [{"value": "5", "unit": "BTU"}]


async def any_code_is_taken_and_only_those_of_the_table_are_sent(world: World) -> None:
    """11"""
    async with world.station() as station:
        await station.say('[2,"x","Heartbeat"')
        codes = [(await station.hear())[2]]
        for action, payload in (
            ("Status", {}),
            ("StatusNotification", {"status": "Available", "errorCode": "NoError"}),
            ("StatusNotification", {**status("Available"), "connectorId": []}),
            ("StatusNotification", {**status("Available"), "connectorId": -7}),
        ):
            codes.append((await station.ask(action, payload))[2])
        assert codes == [
            "FormationViolation", "NotImplemented", "OccurenceConstraintViolation", "TypeConstraintViolation",
            "PropertyConstraintViolation",
        ]  # fmt: skip
        for code in ("FormatViolation", "Formation Violation", "E17"):
            command = await world.request_start()
            async with relayed(world):
                _, id, *_ = await station.hear()
                await station.say([4, id, code, "", {}])
            assert (await stored(world, command)).status is CommandStatus.REJECTED


async def units_that_lie_hold_and_phases_are_summed(world: World) -> None:
    """12"""
    power = {"value": "9451", "measurand": "Power.Active.Import", "unit": "W"}
    async with world.station() as station:
        number = await begun(station, meterStart=361)
        await station.call("MeterValues", _told(power, {"value": "362"}, minutes=7, transactionId=number))
        assert (await world.session()).doubts == {Doubt.UNIT_IMPLAUSIBLE}
        phases = [{"value": str(wh), "phase": f"L{n}"} for n, wh in ((1, 100), (2, 200), (3, 300))]
        await station.call("MeterValues", _told(*phases, connectorId=3))
        await station.call("StopTransaction", stop(number, meterStop=363))
        await world.react()
    assert isinstance(await world.rating((await world.ended()).id), HeldSession)
    (summed,) = await world.readings()
    assert (summed.energy, Quality.SUM_OF_PHASES in summed.qualities) == (Energy.wh(600), True)


async def energy_is_a_difference_within_one_session(world: World) -> None:
    """13: registers of the lifetime, of a boot, of a session; one that begins anew is found out."""
    async with world.station() as station:
        for third, (first, last) in enumerate(((108_178, 125_178), (0, 5_200), (0, 7_100), (9_000, 40))):
            number = await begun(station, meterStart=first, timestamp=at(third * 20))
            told = stop(number, meterStop=last, timestamp=at(third * 20 + 15))
            await station.call("StopTransaction", told)
    *whole, reset = await ended(world)
    assert [one.delivered for one in whole] == [Energy.wh(17_000), Energy.wh(5_200), Energy.wh(7_100)]
    assert reset.delivered is None
    assert reset.doubts == {Doubt.METER_WENT_BACKWARDS}


async def samples_are_linked_by_connector_and_time(world: World) -> None:
    """14: without a number, with one of a session past, with one that nobody gave."""
    async with world.station() as station:
        past = await begun(station)
        await station.call("StopTransaction", stop(past, meterStop=2000, timestamp=at(5)))
        await begun(station, meterStart=2000, timestamp=at(6))
        for change in ({}, {"transactionId": past}, {"transactionId": 4711}, {"transactionId": -3}):
            await station.call("MeterValues", values("3000", **change))
        await station.call("MeterValues", values("3000", minutes=1))
    running = (await world.sessions())[-1]
    assert len(await world.readings(running.id)) == 4
    (before,) = await world.readings()
    assert Quality.NOT_LINKED in before.qualities


async def connector_0_may_be_the_sum_meter(world: World) -> None:
    async with world.station() as station:
        number = await begun(station)
        await station.call("MeterValues", values("999000", connectorId=0))
        await station.call("StopTransaction", stop(number))
    session = await world.ended()
    assert (session.delivered, session.doubts) == (Energy.wh(10_000), frozenset())
    (reading,) = await world.readings()
    assert (reading.connector, reading.session) == (0, None)


async def lines_sum_to_the_total(world: World) -> None:
    """24"""
    async with world.station() as station:
        await station.call("StopTransaction", stop(await begun(station), meterStop=4_217))
        await world.react()
    rating = await world.rating((await world.ended()).id)
    assert sum(line.amount for line in rating.lines) == rating.total
    whole = rating.gross if rating.include_vat else rating.net
    assert sum(amount.minor for amount in rating.line_amounts) == whole.minor


async def signed_values_of_a_stop_are_kept_with_it(world: World) -> None:
    """25: they often come only there. The keys that make stations send them are set and verified in
    `test_configuration*`."""
    signed = {"value": "OCMF|{}|{}", "format": "SignedData", "context": "Transaction.End"}
    async with world.station() as station:
        number = await begun(station)
        data = [{"timestamp": at(60), "sampledValue": [signed]}]
        await station.call("StopTransaction", stop(number, transactionData=data))
        await station.call("BootNotification", boot())
    session = await world.ended()
    (kept,) = await world.readings(session.id)
    assert orjson.loads(kept.samples) == [signed]
    assert (kept.energy, session.delivered) == (None, Energy.wh(10_000))


async def message_ids_repeat(world: World) -> None:
    """The same id with another payload, another action, at another station: each is a message of its own."""
    async with world.station() as station, world.station("CP2") as other:
        number = (await station.call("StartTransaction", start(), id="m"))["transactionId"]
        for wh in ("2000", "2000", "3000"):
            await station.call("MeterValues", values(wh, transactionId=number), id="m")
        await other.call("StartTransaction", start(), id="m")
        await station.call("StopTransaction", stop(number), id="m")
    first, second = await world.sessions()
    registers = [reading.energy for reading in await world.readings(first.id)]
    assert registers == [Energy.wh(2000), Energy.wh(3000)]
    assert second.station != first.station


PLAYS: dict[str, Play] = {
    "9": a_backlog_in_strange_words_keeps_its_line,
    "10": strange_words_are_kept_flagged_and_bounded,
    "11": any_code_is_taken_and_only_those_of_the_table_are_sent,
    "12": units_that_lie_hold_and_phases_are_summed,
    "13": energy_is_a_difference_within_one_session,
    "14": samples_are_linked_by_connector_and_time,
    "24": lines_sum_to_the_total,
    "25": signed_values_of_a_stop_are_kept_with_it,
    "connector 0 may be the sum meter": connector_0_may_be_the_sum_meter,
    "message ids may repeat": message_ids_repeat,
    'repeat "unique" message ids': message_ids_repeat,
}
