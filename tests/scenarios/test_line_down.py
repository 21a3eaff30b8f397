"""An afternoon without a line: what the station decided by itself, and what stands in the ledger."""

from __future__ import annotations

from decimal import Decimal

from emobility_core.charging import AuthorizationStatus
from emobility_core.energy import Energy
from emobility_core.money import Money
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON
from tests.adapters.ocpp.messages import at, start, stop
from tests.adapters.ocpp.test_commands import answer_with, sending
from tests.adapters.ocpp.test_local_lists import ACCEPTED, add, block, in_step, listed, look, sent
from tests.adapters.ocpp.world import NOW, World, a_world


async def _told_afterwards(world: World) -> dict[str, int]:
    """The station is back: it tells of three cars that came while it was alone, and takes what it missed."""
    numbers = {}
    async with world.station() as station:
        for connector, (tag, minutes, meter) in enumerate(
            [("04EMPLOYEE", 20, 10_000), ("04LOST0001", 45, 20_000), ("04VISITOR1", 50, 30_000)], start=1
        ):
            begun = start(connectorId=connector, idTag=tag, timestamp=at(minutes), meterStart=meter)
            answer = await station.call("StartTransaction", begun)
            numbers[tag] = answer["transactionId"]
            reason = "Local" if answer["idTagInfo"]["status"] == "Accepted" else "DeAuthorized"
            ended = stop(numbers[tag], timestamp=at(minutes + 30), meterStop=meter + 5_000, reason=reason)
            await station.call("StopTransaction", ended)
        await look(world)
        async with sending(world):
            await answer_with(station, ACCEPTED, to="ClearCache")
            request = await answer_with(station, ACCEPTED, to="SendLocalList")
        assert request[3]["localAuthorizationList"] == [
            {"idTag": "04LOST0001", "idTagInfo": {"status": "Blocked"}}
        ]
        await in_step(world, station)
    return numbers


async def test_an_afternoon_without_a_line() -> None:
    async with a_world() as world:
        world.clock.set(NOON)
        async with world.station() as station:
            await listed(world)
            await add(world, "04EMPLOYEE")
            lost = await add(world, "04LOST0001")
            assert len((await sent(world, station))["localAuthorizationList"]) == 3
            await in_step(world, station)
        await world.event("station.offline")
        # At 12:30, by the operator; the station cannot know.
        world.clock.set(later(minutes=30))
        await block(world, lost)
        world.clock.set(NOW)
        assert await look(world) == 0
        await _told_afterwards(world)
        await world.react()

        sessions = {one.id_tag.text: one for one in await world.sessions()}
        assert {tag: one.authorization for tag, one in sessions.items()} == {
            "04EMPLOYEE": AuthorizationStatus.ACCEPTED,
            "04LOST0001": AuthorizationStatus.BLOCKED,
            "04VISITOR1": AuthorizationStatus.INVALID,
        }
        assert {one.delivered for one in sessions.values()} == {Energy.wh(5_000)}
        prices = {tag: (await world.rating(one.id)).gross for tag, one in sessions.items()}
        assert prices == {
            "04EMPLOYEE": Money(195, "EUR"),
            "04LOST0001": Money(0, "EUR"),
            "04VISITOR1": Money(0, "EUR"),
        }
        assert sum(money.amount for money in prices.values()) == Decimal("1.95")
