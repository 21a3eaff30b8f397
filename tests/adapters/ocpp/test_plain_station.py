"""A station that we did not write, the client of the `ocpp` package, charges and is priced."""

from __future__ import annotations

import asyncio
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action, ChargePointErrorCode, ChargePointStatus, RegistrationStatus
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from emobility_core.commands import CommandStatus
from emobility_core.energy import Energy
from emobility_core.rating import RatedSession

from .messages import at
from .world import CARD, World


class PlainStation(ChargePoint):  # type: ignore[misc]
    """Does what it is asked to."""

    @on(Action.remote_start_transaction)  # type: ignore[untyped-decorator]
    def remote_start(self, id_tag: str, **_: Any) -> call_result.RemoteStartTransaction:
        return call_result.RemoteStartTransaction(status="Accepted")

    async def charge(self) -> int:
        """A whole session of ten kilowatt-hours, as the specification tells it."""
        booted = await self.call(call.BootNotification("Model", "Vendor"), suppress=False)
        assert booted.status == RegistrationStatus.accepted
        await self._status(ChargePointStatus.available)
        authorized = await self.call(call.Authorize(CARD), suppress=False)
        assert authorized.id_tag_info["status"] == "Accepted"
        await self._status(ChargePointStatus.preparing)
        started = await self.call(call.StartTransaction(1, CARD, 1000, at(0)), suppress=False)
        await self._status(ChargePointStatus.charging)
        for minute in range(5, 60, 5):
            sample = {"value": str(1000 + minute * 160), "measurand": "Energy.Active.Import.Register"}
            value = [{"timestamp": at(minute), "sampled_value": [sample]}]
            await self.call(call.MeterValues(1, value, transaction_id=started.transaction_id), suppress=False)
        await self.call(
            call.StopTransaction(11000, at(60), started.transaction_id, "Local", CARD), suppress=False
        )
        await self._status(ChargePointStatus.available)
        await self.call(call.Heartbeat(), suppress=False)
        return int(started.transaction_id)

    async def _status(self, status: ChargePointStatus) -> None:
        report = call.StatusNotification(1, ChargePointErrorCode.no_error, status, at(0))
        await self.call(report, suppress=False)


async def test_a_station_of_the_ocpp_package_charges_and_its_session_is_priced(world: World) -> None:
    await world.add_station("CP1")
    address = f"ws://127.0.0.1:{world.port}/ocpp/CP1"
    async with connect(address, subprotocols=[Subprotocol("ocpp1.6")], proxy=None) as socket:
        station = PlainStation("CP1", socket)
        running = asyncio.create_task(station.start())
        number = await station.charge()
        running.cancel()
    session = await world.ended()
    assert (session.transaction_id, session.delivered) == (number, Energy.wh(10000))
    assert len(await world.readings(session.id)) == 11
    await world.react()
    rating = await world.rating(session.id)
    assert isinstance(rating, RatedSession)
    assert str(rating.gross.amount) == "3.90"


async def test_a_station_of_the_ocpp_package_accepts_a_remote_start(world: World) -> None:
    await world.add_station("CP1")
    address = f"ws://127.0.0.1:{world.port}/ocpp/CP1"
    async with connect(address, subprotocols=[Subprotocol("ocpp1.6")], proxy=None) as socket:
        station = PlainStation("CP1", socket)
        running = asyncio.create_task(station.start())
        await station.call(call.BootNotification("Model", "Vendor"), suppress=False)
        command = await world.request_start()
        await world.react()
        running.cancel()
    async with world.store.transactions(world.scope) as work:
        assert (await work.commands.get(command.id)).status is CommandStatus.ACCEPTED
