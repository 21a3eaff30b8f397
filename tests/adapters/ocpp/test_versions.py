"""Another version of OCPP is an addition: a class that the endpoint is given, and no change to it."""

from __future__ import annotations

import asyncio
import json

import attrs
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.caller import Caller
from emobility_adapters.ocpp.frames import Call, Failure, Frame, Garbled, Result, result_text
from emobility_adapters.ocpp.version import StrangersReply
from emobility_core.commands import CommandStatus, Order, Reset, StationAnswer, UnlockConnector
from emobility_core.instants import Instant
from emobility_core.network import StationIdentity
from emobility_core.testing.builders import make_command

from .wire import WireStation, connected
from .world import a_world


@attrs.frozen
class Later:
    """As much of a later version as a station needs to be greeted and reset."""

    subprotocol = Subprotocol("ocpp2.0.1")
    status_request = ("TriggerMessage", {"requestedMessage": "StatusNotification"})

    async def answer(self, call: Call, caller: Caller) -> str:
        return result_text(call.id, {"heard": call.action, "of": caller.known.station.identity.text})

    async def answer_garbled(self, frame: Garbled, text: str, caller: Caller) -> str | None:
        return None

    def reply_to_stranger(self, frame: Frame, identity: StationIdentity, at: Instant) -> StrangersReply:
        return StrangersReply()

    def request_of(self, order: Order) -> tuple[str, dict[str, object]] | None:
        return ("Reset", {"type": "Immediate"}) if isinstance(order, Reset) else None

    def outcome_of(self, action: str, answer: Result | Failure) -> StationAnswer:
        return StationAnswer(CommandStatus.EFFECTIVE, action)


async def test_stations_of_two_versions_are_served_side_by_side() -> None:
    async with a_world(further=[Later()]) as world:
        station = await world.add_station("NEW")
        await world.add_station("OLD")
        url = f"ws://127.0.0.1:{world.port}/ocpp/NEW"
        offered = [Subprotocol("ocpp1.6"), Subprotocol("OCPP2.0.1")]
        async with (
            connect(url, subprotocols=offered, proxy=None) as socket,
            connected(world.port, "/ocpp/OLD") as old,
        ):
            # Of two that both speak the server takes the one that it prefers.
            assert socket.subprotocol == "OCPP2.0.1"
            await socket.send('[2, "1", "NotifyEvent", {}]')
            assert json.loads(await socket.recv()) == [3, "1", {"heard": "NotifyEvent", "of": "NEW"}]
            await old.beats()

            reset = make_command(station=station.id, order=Reset())
            sending = asyncio.create_task(world.lines.send(reset))
            _, id, *request = json.loads(await socket.recv())
            await socket.send(json.dumps([3, id, {}]))
            assert request == ["Reset", {"type": "Immediate"}]
            assert (await sending).status is CommandStatus.EFFECTIVE

            unlock = make_command(station=station.id, order=UnlockConnector(connector=1))
            assert await world.lines.send(unlock) == StationAnswer(
                CommandStatus.NOT_SUPPORTED, "not in ocpp2.0.1"
            )


async def test_a_version_that_nobody_speaks_ends_the_line() -> None:
    async with a_world() as world:
        await world.add_station("NEW")
        url = f"ws://127.0.0.1:{world.port}/ocpp/NEW"
        async with connect(url, subprotocols=[Subprotocol("ocpp2.0.1")], proxy=None) as socket:
            assert await WireStation(socket).closed_with() == 1002
