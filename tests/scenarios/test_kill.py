"""The server is killed in the middle of a load: what it acknowledged is there afterwards, nothing twice."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import attrs
import pytest
from websockets.exceptions import WebSocketException

from tests.adapters.ocpp.wire import WireStation, connected
from tests.scenarios.outside import CARD, Json, Outside, new_client, outside

pytestmark = pytest.mark.slow
STATIONS = [f"CP{number}" for number in range(6)]
KILLED_AFTER = 400
SAMPLES_OF_A_SESSION = 8


@attrs.define
class Station:
    """Sends one report after another, keeps the one in flight, and notes what was acknowledged."""

    identity: str
    began: datetime = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
    seconds: itertools.count[int] = attrs.field(factory=lambda: itertools.count(1))
    transaction: int | None = None
    register: int = 0
    samples: int = 0
    in_flight: tuple[str, str, Json] | None = None
    starts: dict[int, int] = attrs.field(factory=dict)
    stops: dict[int, int] = attrs.field(factory=dict)
    values: Counter[tuple[int, int]] = attrs.field(factory=Counter)

    async def work(self, port: int, acknowledged: Counter[str], *, until_stopped: bool = False) -> None:
        """Report until the line breaks, or until the running session has ended."""
        async with connected(port, f"/ocpp/{self.identity}") as line:
            await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            while not (until_stopped and self.transaction is None and self.in_flight is None):
                await self._report(line, ending=until_stopped)
                acknowledged["reports"] += 1

    async def _report(self, line: WireStation, *, ending: bool) -> None:
        # A report that was not answered is sent again word for word, as stations do.
        id, action, payload = self.in_flight = self.in_flight or self._next(ending=ending)
        answer = await line.call(action, payload, id=id)
        self.in_flight = None
        if action == "StartTransaction":
            self.transaction = answer["transactionId"]
            self.starts[self.transaction] = payload["meterStart"]
        elif action == "StopTransaction":
            self.stops[payload["transactionId"]] = payload["meterStop"]
            self.transaction, self.samples = None, 0
        else:
            self.values[payload["transactionId"], self.register] += 1

    def _next(self, *, ending: bool) -> tuple[str, str, Json]:
        return str(uuid4()), *self._report_of(ending=ending)

    def _report_of(self, *, ending: bool) -> tuple[str, Json]:
        at = (self.began + timedelta(seconds=next(self.seconds))).isoformat().replace("+00:00", "Z")
        if self.transaction is None:
            start = {"connectorId": 1, "idTag": CARD, "meterStart": self.register, "timestamp": at}
            return "StartTransaction", start
        if ending or self.samples == SAMPLES_OF_A_SESSION:
            stop = {"transactionId": self.transaction, "meterStop": self.register, "timestamp": at}
            return "StopTransaction", stop
        self.samples += 1
        self.register += 1
        sample = {"timestamp": at, "sampledValue": [{"value": str(self.register)}]}
        return "MeterValues", {
            "connectorId": 1,
            "transactionId": self.transaction,
            "meterValue": [sample],
        }


async def _load_until_killed(server: Outside, stations: list[Station]) -> None:
    acknowledged: Counter[str] = Counter()

    async def work(station: Station) -> None:
        with pytest.raises((WebSocketException, OSError)):
            await station.work(server.ocpp_port, acknowledged)

    async def kill() -> None:
        while acknowledged["reports"] < KILLED_AFTER:
            await asyncio.sleep(0)
        server.child.process.kill()

    async with asyncio.timeout(60):
        await asyncio.gather(kill(), *map(work, stations))


async def test_what_was_acknowledged_survives_kill_9_and_nothing_is_there_twice(
    durable_url: str, tmp_path: Path
) -> None:
    stations = [Station(identity) for identity in STATIONS]
    with outside(durable_url, tmp_path) as server:
        ids = server.furnish(*STATIONS)
        await _load_until_killed(server, stations)
    with outside(durable_url, tmp_path, new_client(durable_url, tmp_path)) as server:
        assert not any(station["online"] for station in server.all("/v1/stations"))
        done: Counter[str] = Counter()
        async with asyncio.timeout(60):
            work = (station.work(server.ocpp_port, done, until_stopped=True) for station in stations)
            await asyncio.gather(*work)
        sessions = await server.priced()
        for station in stations:
            mine = [one for one in sessions if one["station"] == ids[station.identity]]
            _check_sessions(station, mine)
            for session in mine:
                _check_readings(session, station.values, server.all(f"/v1/sessions/{session['id']}/readings"))


def _check_sessions(station: Station, sessions: list[Json]) -> None:
    started = {one["transaction_id"]: _wh(one["meter_start_kwh"]) for one in sessions}
    ended = {one["transaction_id"]: _wh(one["meter_stop_kwh"]) for one in sessions}
    assert len(sessions) == len(started)
    assert started == station.starts
    assert ended == station.stops
    assert {(one["stop_reason"], tuple(one["doubts"])) for one in sessions} == {("Local", ())}


def _check_readings(session: Json, acknowledged: Counter[tuple[int, int]], readings: list[Json]) -> None:
    """By now each report is acknowledged, also the one that was under way at the kill: each is there once."""
    stored = Counter(_wh(reading["energy_kwh"]) for reading in readings)
    expected = {
        register: n for (number, register), n in acknowledged.items() if number == session["transaction_id"]
    }
    assert set(expected.values()) <= {1}
    assert stored == expected


def _wh(kwh: str) -> int:
    return int(Decimal(kwh) * 1000)
