"""A central system that we did not write, the `ocpp` package's, takes a whole session and asks everything."""

# The package is untyped, its decorators and classes with it.
# mypy: disable-error-code="import-untyped,misc,untyped-decorator"

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
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


LATER = "2026-11-05T13:00:00Z"
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    },
}
# What each is answered with; the package holds the answers against its schemas.
REQUESTS = [
    (call.ChangeAvailability(1, "Operative"), "Accepted"),
    (call.ChangeConfiguration("HeartbeatInterval", "120"), "Accepted"),
    (call.ClearCache(), "Accepted"),
    (call.DataTransfer("emobility", data="x"), "Accepted"),
    (call.GetConfiguration(["HeartbeatInterval", "None"]), None),
    (call.RemoteStopTransaction(99), "Rejected"),
    (call.UnlockConnector(1), "Unlocked"),
    (call.GetDiagnostics("ftp://127.0.0.1/"), None),
    (call.UpdateFirmware("ftp://127.0.0.1/1.bin", LATER), None),
    (call.GetLocalListVersion(), None),
    (call.SendLocalList(1, "Full", [{"idTag": "A", "idTagInfo": {"status": "Accepted"}}]), "Accepted"),
    (call.ReserveNow(1, LATER, "A", 5), "Accepted"),
    (call.CancelReservation(5), "Accepted"),
    (call.SetChargingProfile(1, PROFILE), "Accepted"),
    (call.GetCompositeSchedule(1, 3600, "W"), "Accepted"),
    (call.ClearChargingProfile(), "Accepted"),
    (call.TriggerMessage("Heartbeat"), "Accepted"),
    (call.ExtendedTriggerMessage("SignChargePointCertificate"), "Rejected"),
    (call.CertificateSigned("none"), "Rejected"),
    (call.InstallCertificate("CentralSystemRootCertificate", "none"), "Rejected"),
    (call.GetInstalledCertificateIds("CentralSystemRootCertificate"), "NotFound"),
    (call.DeleteCertificate(dict.fromkeys(("issuer_name_hash", "issuer_key_hash", "serial_number"), "0")
                            | {"hash_algorithm": "SHA256"}), "NotFound"),
    (call.GetLog({"remote_location": "ftp://127.0.0.1/"}, "SecurityLog", 1), "Accepted"),
    (call.SignedUpdateFirmware(1, {"location": "ftp://127.0.0.1/", "retrieve_date_time": LATER,
                                   "signing_certificate": "none", "signature": "x"}), "InvalidCertificate"),
    (call.Reset("Soft"), "Accepted"),
]  # fmt: skip


@asynccontextmanager
async def central_system() -> AsyncIterator[tuple[list[CentralSystem], str]]:
    systems: list[CentralSystem] = []

    async def handle(socket: ServerConnection) -> None:
        systems.append(CentralSystem("SIM-0001", socket))
        with contextlib.suppress(ConnectionClosed):
            await systems[-1].start()

    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
        yield systems, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"


def simulated(url: str) -> SimulatedStation:
    async def at_once(_: float) -> None:
        return

    clock = SteppedClock(start=NOW - timedelta(hours=2), now=lambda: NOW, sleep=at_once, wait=asyncio.sleep)
    return SimulatedStation("SIM-0001", url, random=Random(5), clock=clock)


async def test_the_ocpp_package_accepts_a_whole_session() -> None:
    async with central_system() as (systems, url), simulated(url) as station:
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


async def test_the_ocpp_package_asks_everything_and_takes_every_answer() -> None:
    async with central_system() as (systems, url), simulated(url) as station:
        await station.presence.start_up()
        for request, status in REQUESTS:
            # Raises for an answer that does not meet the schema, and for a CALLERROR.
            answer = await systems[0].call(request, suppress=False)
            assert getattr(answer, "status", None) == status, request
    asked = {type(request).__name__ for request, _ in REQUESTS}
    assert asked | {"RemoteStartTransaction"} == station.understood
