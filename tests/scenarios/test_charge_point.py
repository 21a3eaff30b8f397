"""A station that we did not write charges against `emobility serve`; its session is read with its price."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from ocpp.v16 import ChargePoint, call
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.v16.handlers import TRANSACTION_RELATED
from tests.adapters.ocpp.wire import connected
from tests.scenarios.outside import CARD, outside

pytestmark = pytest.mark.slow


def _at(minute: int) -> str:
    """A time of the last two hours, as stations write it."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    return (began + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


async def _charge(station: ChargePoint) -> int:
    """Ten kilowatt-hours in an hour."""
    await station.call(call.BootNotification("Model", "Vendor"), suppress=False)
    free, busy = ChargePointStatus.available, ChargePointStatus.charging
    await station.call(call.StatusNotification(1, ChargePointErrorCode.no_error, free), suppress=False)
    authorized = await station.call(call.Authorize(CARD), suppress=False)
    assert authorized.id_tag_info["status"] == "Accepted"
    started = await station.call(call.StartTransaction(1, CARD, 1000, _at(0)), suppress=False)
    await station.call(call.StatusNotification(1, ChargePointErrorCode.no_error, busy), suppress=False)
    for minute in range(5, 60, 5):
        sample = {"value": str(1000 + minute * 160), "measurand": "Energy.Active.Import.Register"}
        value = [{"timestamp": _at(minute), "sampled_value": [sample]}]
        await station.call(call.MeterValues(1, value, transaction_id=started.transaction_id), suppress=False)
    stop = call.StopTransaction(11000, _at(60), started.transaction_id, "Local", CARD)
    await station.call(stop, suppress=False)
    return int(started.transaction_id)


async def test_the_charge_point_of_the_ocpp_package_charges_and_is_priced(
    durable_url: str, tmp_path: Path
) -> None:
    with outside(durable_url, tmp_path) as server:
        stations = server.furnish("CP1")
        address = f"{server.child.ready['ocpp_url']}/CP1"
        async with connect(address, subprotocols=[Subprotocol("ocpp1.6")], proxy=None) as socket:
            station = ChargePoint("CP1", socket)
            running = asyncio.create_task(station.start())
            number = await _charge(station)
            running.cancel()
        (session,) = await server.priced()
        readings = server.all(f"/v1/sessions/{session['id']}/readings")
    assert (session["transaction_id"], session["station"]) == (number, stations["CP1"])
    assert session["energy_kwh"] == "10.000"
    assert session["cost"]["total"] == {"amount": "3.90", "currency": "EUR"}
    assert sum(Decimal(line["amount"]) for line in session["cost"]["lines"]) == Decimal("3.90")
    assert len(readings) == 11


@pytest.mark.oracle("quirks of real stations, over a child server")
async def test_whatever_real_stations_report_is_answered(tmp_path: Path, vectors: Path) -> None:
    """Every frame of a transaction in the collected quirks gets a result, in one line that stays open."""
    quirks = [json.loads(line) for line in (vectors / "ocpp" / "quirks.jsonl").read_text().splitlines()]
    sent = [frame for quirk in quirks for frame in (quirk.get("frame"), *quirk.get("frames", ()))]
    frames = [
        frame
        for frame in sent
        if isinstance(frame, list) and frame[0] == 2 and frame[2] in TRANSACTION_RELATED
    ]
    assert frames
    with outside(f"sqlite:///{tmp_path / 'quirks.db'}", tmp_path) as server:
        server.furnish("CP1")
        async with connected(server.ocpp_port, "/ocpp/CP1") as line:
            for number, frame in enumerate(frames):
                await line.say(json.dumps([2, f"f{number}", *frame[2:]]))
                answer = await line.hear()
                assert answer[:2] == [3, f"f{number}"], (frame, answer)
            await line.beats()
