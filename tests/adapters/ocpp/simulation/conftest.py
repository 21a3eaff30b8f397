"""A small recording central system that checks every frame, and time that needs no waiting."""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib.resources import files
from itertools import count
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.simulation import SimulatedStation, StationClock, SteppedClock

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


def validator(name: str) -> Any:
    schema = json.loads((files("ocpp.v16") / "schemas" / f"{name}.json").read_text("utf-8-sig"))
    return jsonschema_rs.validator_for(schema)


class CentralSystem:
    """Records and validates what stations send; answers as a central system does.

    `calls` is (identity, action, payload) in order of arrival; `answers` may replace the answer to an
    action by a payload, a CALLERROR frame without its id, or None for silence.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self.sockets: dict[str, ServerConnection] = {}
        self.headers: list[Headers] = []
        self.opened = 0
        self.refuse: HTTPStatus | None = None
        self.given: dict[str, int] = {}
        self.invalid: list[str] = []
        self.url = ""
        self._changed = asyncio.Condition()
        self._validators: dict[str, Any] = {}
        self._waiting: dict[str, tuple[str, asyncio.Future[Any]]] = {}
        self._ids = count(1)

    async def gate(self, connection: ServerConnection, request: Request) -> Response | None:
        self.headers.append(request.headers)
        return connection.respond(self.refuse, "no\n") if self.refuse else None

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        identity = socket.request.path.rpartition("/")[2]
        self.sockets[identity] = socket
        self.opened += 1
        try:
            async for text in socket:
                assert isinstance(text, str), "OCPP-J frames are text frames"
                await self._take(identity, socket, json.loads(text))
        except ConnectionClosed:
            pass

    async def _take(self, identity: str, socket: ServerConnection, frame: list[Any]) -> None:
        if frame[0] != 2:
            action, future = self._waiting.pop(frame[1])
            if frame[0] == 3:
                self._check(f"{action}Response", frame[2])
            future.set_result(frame[2])
            return
        _, id, action, payload = frame
        self._check(action, payload)
        async with self._changed:
            self.calls.append((identity, action, payload))
            self._changed.notify_all()
        answer_to: Callable[[dict[str, Any]], Any] = self.answers.get(action, self._answer)
        answer = answer_to(payload | {"action": action, "identity": identity})
        if isinstance(answer, list):
            await socket.send(json.dumps([4, id, *answer]))
        elif answer is not None:
            await socket.send(json.dumps([3, id, answer]))

    def _check(self, name: str, payload: dict[str, Any]) -> None:
        check = self._validators.setdefault(name, None) or validator(name)
        self._validators[name] = check
        self.invalid += [f"{name}: {error.message}" for error in check.iter_errors(payload)]

    def _answer(self, payload: dict[str, Any]) -> dict[str, Any]:
        now = NOW.isoformat().replace("+00:00", "Z")
        match payload["action"]:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": now, "interval": 240}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                return {"transactionId": self._id(payload), "idTagInfo": {"status": "Accepted"}}
        return {}

    def _id(self, payload: dict[str, Any]) -> int:
        key = json.dumps([payload[name] for name in ("identity", "connectorId", "timestamp", "meterStart")])
        return self.given.setdefault(key, len(self.given) + 1)

    async def call(self, identity: str, action: str, payload: dict[str, Any]) -> Any:
        """Call a station; its answer's payload, or the code of its CALLERROR."""
        id = f"cs-{next(self._ids)}"
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[id] = (action, future)
        await self.sockets[identity].send(json.dumps([2, id, action, payload]))
        return await asyncio.wait_for(future, 10)

    async def heard(self, action: str, times: int = 1) -> dict[str, Any]:
        """Wait until `action` came so often; the payload of the last one."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.payloads(action)) >= times)
        return self.payloads(action)[times - 1]

    def actions(self, identity: str | None = None) -> list[str]:
        return [action for who, action, _ in self.calls if identity in (None, who)]

    def payloads(self, action: str) -> list[dict[str, Any]]:
        return [payload for _, name, payload in self.calls if name == action]


class TestTime:
    """Time under the test's hand: `leap` passes at once, `hold` waits until the test advances."""

    __test__ = False

    def __init__(self) -> None:
        self.real = NOW
        self.waits: list[float] = []
        self._advanced_s = 0.0
        self._held: list[tuple[float, int, asyncio.Event]] = []
        self._order = count()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self.real

    async def leap(self, seconds: float) -> None:
        self.real += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def hold(self, seconds: float) -> None:
        if seconds <= 0:
            return
        self.waits.append(seconds)
        self._changed.set()
        event = asyncio.Event()
        heapq.heappush(self._held, (self._advanced_s + seconds, next(self._order), event))
        await event.wait()

    async def held(self, from_s: float, to_s: float | None = None) -> None:
        """Wait until something has asked to wait so long."""
        async with asyncio.timeout(10):
            while not any(from_s <= wait <= (to_s or from_s) for wait in self.waits):
                self._changed.clear()
                await self._changed.wait()

    def advance(self, seconds: float) -> None:
        self.real += timedelta(seconds=seconds)
        self._advanced_s += seconds
        self.waits.clear()
        while self._held and self._held[0][0] <= self._advanced_s:
            heapq.heappop(self._held)[2].set()


@pytest.fixture
async def central() -> AsyncIterator[CentralSystem]:
    """The central system; at the end every frame it was sent must have been valid."""
    system = CentralSystem()
    server: Server
    async with serve(
        system.serve,
        "127.0.0.1",
        0,
        process_request=system.gate,
        subprotocols=[Subprotocol("ocpp1.6")],
        compression=None,
    ) as server:
        system.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"
        yield system
    assert system.invalid == []


@pytest.fixture
def time() -> TestTime:
    return TestTime()


@pytest.fixture
async def make_station(
    central: CentralSystem, time: TestTime
) -> AsyncIterator[Callable[..., SimulatedStation]]:
    """Builds stations at the central system whose clock leaps and whose line waits for the test."""
    made: list[SimulatedStation] = []

    def make(identity: str = "SIM-0001", **options: Any) -> SimulatedStation:
        options.setdefault(
            "clock",
            SteppedClock(start=NOW - timedelta(days=1), now=time.now, sleep=time.leap, wait=time.hold),
        )
        station = SimulatedStation(identity, options.pop("url", central.url), random=Random(7), **options)
        made.append(station)
        return station

    yield make
    for station in made:
        await station.close()


@pytest.fixture
def live_clock(time: TestTime) -> StationClock:
    """A clock on which every wait is the test's."""
    return StationClock(now=time.now, sleep=time.hold, wait=time.hold)
