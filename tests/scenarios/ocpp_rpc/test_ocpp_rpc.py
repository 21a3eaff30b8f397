"""`emobility serve` and a client library that we did not write agree on every message, both ways."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.npm import installed
from tests.scenarios.outside import CARD, Json, Outside, outside

from .asked import ANSWERS, BODIES
from .station import HERE, ForeignStation, foreign_station

pytestmark = [pytest.mark.slow, pytest.mark.oracle("ocpp-rpc, strict")]


@pytest.fixture(scope="session")
def packages() -> Path:
    try:
        return installed(HERE)
    except OSError as error:
        refuse = pytest.fail if os.environ.get("CI_REQUIRE_VECTORS") == "1" else pytest.skip
        refuse(f"no ocpp-rpc: {error}")


def _at(minute: int) -> str:
    """A time of the last two hours, as stations write it."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    return (began + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def _status(name: str) -> dict[str, object]:
    return {"connectorId": 1, "errorCode": "NoError", "status": name, "timestamp": _at(0)}


async def _reports(station: ForeignStation) -> None:
    """What a station says besides charging; each answer must meet its schema."""
    await station.call("DataTransfer", {"vendorId": "org.example", "messageId": "m", "data": "text"})
    assert await station.call("DiagnosticsStatusNotification", {"status": "Uploaded"}) == {}
    assert await station.call("FirmwareStatusNotification", {"status": "Installed"}) == {}
    assert await station.call("LogStatusNotification", {"status": "Idle"}) == {}
    assert await station.call("SignedFirmwareStatusNotification", {"status": "Installed"}) == {}
    tampering = {"type": "TamperDetectionActivated", "timestamp": _at(0)}
    assert await station.call("SecurityEventNotification", tampering) == {}
    assert "status" in await station.call("SignCertificate", {"csr": "not a request"})


async def _charges(station: ForeignStation) -> int:
    """Ten kilowatt-hours in an hour, told with every message that a session has."""
    booted = await station.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    assert booted["status"] == "Accepted"
    assert "currentTime" in await station.call("Heartbeat", {})
    for name in ("Available", "Preparing"):
        assert await station.call("StatusNotification", _status(name)) == {}
    authorized = await station.call("Authorize", {"idTag": CARD})
    assert authorized["idTagInfo"]["status"] == "Accepted"
    start = {"connectorId": 1, "idTag": CARD, "meterStart": 1000, "timestamp": _at(0)}
    started = await station.call("StartTransaction", start)
    number: int = started["transactionId"]
    for minute in range(10, 60, 10):
        sample = {"value": str(1000 + minute * 160), "unit": "Wh", "context": "Sample.Periodic"}
        value = [{"timestamp": _at(minute), "sampledValue": [sample]}]
        values = {"connectorId": 1, "transactionId": number, "meterValue": value}
        assert await station.call("MeterValues", values) == {}
    stop = {"transactionId": number, "idTag": CARD, "meterStop": 11000, "timestamp": _at(60)}
    stopped = await station.call("StopTransaction", {**stop, "reason": "Local"})
    assert stopped["idTagInfo"]["status"] == "Accepted"
    return number


async def test_a_station_made_with_ocpp_rpc_charges_and_is_priced(packages: Path, tmp_path: Path) -> None:
    with outside(f"sqlite:///{tmp_path / 'kept.db'}", tmp_path) as server:
        server.furnish("CP1")
        async with foreign_station(packages, server.child.ready["ocpp_url"], "CP1") as station:
            number = await _charges(station)
            await _reports(station)
        (session,) = await server.priced()
    assert session["transaction_id"] == number
    assert session["energy_kwh"] == "10.000"
    assert session["cost"]["total"] == {"amount": "3.90", "currency": "EUR"}


async def test_everything_that_we_ask_meets_the_schemas(
    packages: Path, vectors: Path, tmp_path: Path
) -> None:
    names = json.loads((vectors / "ocpp" / "messages.json").read_text())
    known = {
        *names["core_28"]["csms_to_charge_point"],
        *names["security_extension_11"]["csms_to_charge_point"],
    }
    with outside(f"sqlite:///{tmp_path / 'kept.db'}", tmp_path) as server:
        server.furnish()
        # Only a test station may be given any firmware.
        made = server.post("/v1/stations", {"identity": "CP1", "is_test": True})
        async with foreign_station(packages, server.child.ready["ocpp_url"], "CP1") as station:
            for method, params in ANSWERS.items():
                await station.will_answer(method, params)
            await station.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            for body in BODIES:
                _asks(server, {"station": made["id"], **body})
            for method in sorted(known - {"RemoteStopTransaction"}):
                await station.is_asked(method)
            start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": _at(0)}
            number = (await station.call("StartTransaction", start))["transactionId"]
            (session,) = server.all("/v1/sessions")
            _asks(server, {"type": "remote_stop", "session": session["id"]})
            assert await station.is_asked("RemoteStopTransaction") == {"transactionId": number}


def _asks(server: Outside, body: Json) -> None:
    answer = server.http.post("/v1/commands", json=body, headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 202, (body, answer.text)
