"""A central system that we did not write, the `ocpp` package's, takes a whole session."""

# The package is untyped, its decorators and classes with it.
# mypy: disable-error-code="import-untyped,misc,untyped-decorator"

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.simulation import SimulatedStation, SteppedClock, Visit

ACCEPTED = IdTagInfo(status=AuthorizationStatus.accepted)
NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


class CentralSystem(ChargePoint):
    """Plain handlers; `ocpp` validates every message against its schemas."""

    def __init__(self, id: str, connection: Any) -> None:
        super().__init__(id, connection)
        self.told: list[str] = []

    @on(Action.boot_notification)
    def on_boot(self, **_: Any) -> call_result.BootNotification:
        return call_result.BootNotification(NOW.isoformat(), 300, RegistrationStatus.accepted)

    @on(Action.status_notification)
    def on_status(self, status: str, **_: Any) -> call_result.StatusNotification:
        self.told.append(status)
        return call_result.StatusNotification()

    @on(Action.authorize)
    def on_authorize(self, id_tag: str) -> call_result.Authorize:
        self.told.append(id_tag)
        return call_result.Authorize(id_tag_info=ACCEPTED)

    @on(Action.start_transaction)
    def on_start(self, **_: Any) -> call_result.StartTransaction:
        return call_result.StartTransaction(transaction_id=42, id_tag_info=ACCEPTED)

    @on(Action.meter_values)
    def on_meter_values(self, transaction_id: int, **_: Any) -> call_result.MeterValues:
        self.told.append(f"values of {transaction_id}")
        return call_result.MeterValues()

    @on(Action.stop_transaction)
    def on_stop(self, transaction_id: int, **_: Any) -> call_result.StopTransaction:
        self.told.append(f"stop of {transaction_id}")
        return call_result.StopTransaction()


async def test_the_ocpp_package_accepts_a_whole_session() -> None:
    systems: list[CentralSystem] = []

    async def handle(socket: ServerConnection) -> None:
        systems.append(CentralSystem("SIM-0001", socket))
        with contextlib.suppress(ConnectionClosed):
            await systems[-1].start()

    async def at_once(_: float) -> None:
        return

    clock = SteppedClock(start=NOW - timedelta(hours=2), now=lambda: NOW, sleep=at_once, wait=asyncio.sleep)
    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"
        async with SimulatedStation("SIM-0001", url, random=Random(5), clock=clock) as station:
            # What the package refuses is to fail the test, not to be tried again after a minute.
            station.configuration.set("TransactionMessageAttempts", "1")
            await station.presence.start_up()
            transaction = await station.charge(Visit("TAG", duration_s=900, meter_values=2))
            await station.presence.settled()
            assert transaction is not None
            assert transaction.id == 42
            assert transaction.stop_acknowledged
            assert station.presence.traffic.failed == {}
    assert systems[0].told == [
        "Available", "Available", "Preparing", "TAG", "Charging",
        "values of 42", "values of 42", "stop of 42", "Finishing", "Available",
    ]  # fmt: skip
