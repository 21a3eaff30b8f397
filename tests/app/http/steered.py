"""Stations at real sockets that obey charging profiles, and what they may draw together at each frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

import attrs

from tests.adapters.ocpp.wire import PATIENCE_S, WireStation
from tests.app.http.house import CARD, House, Json


@attrs.define(eq=False)
class SteeredStation:
    """Keeps profiles by stack level, answers all that it is asked, and tells of its sessions."""

    site: SteeredSite
    known: Json
    line: WireStation
    answers: dict[str, Json]
    levels: dict[int, Json] = attrs.field(factory=dict)
    heard: list[tuple[str, Json]] = attrs.field(factory=list)
    _results: dict[str, asyncio.Future[Json]] = attrs.field(factory=dict)
    _count: int = 0

    def allowed(self) -> Decimal | None:
        """What the highest level that has not run out allows, in amperes; None without any profile."""
        for _, profile in sorted(self.levels.items(), reverse=True):
            until = profile.get("validTo")
            if until is None or datetime.fromisoformat(until) > datetime.now(UTC):
                (period,) = profile["chargingSchedule"]["chargingSchedulePeriod"]
                return Decimal(str(period["limit"]))
        return None

    async def listen(self) -> None:
        while True:
            match await self.line.hear():
                case [2, id, action, payload]:
                    self.heard.append((action, payload))
                    if action == "SetChargingProfile":
                        self._obey(payload["csChargingProfiles"])
                    await self.line.say([3, id, self.answers.get(action, {"status": "Accepted"})])
                case [3, id, result]:
                    self._results.pop(id).set_result(result)

    def _obey(self, profile: Json) -> None:
        before = self.allowed()
        self.levels[profile["stackLevel"]] = profile
        self.site.note(raised=before is not None and (self.allowed() or 0) > before)

    async def call(self, action: str, payload: Json) -> Json:
        self._count += 1
        id = f"s{self._count}"
        result: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._results[id] = result
        await self.line.say([2, id, action, payload])
        async with asyncio.timeout(PATIENCE_S):
            return await result

    async def start(self, served: House, tag: str = CARD) -> int:
        start = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": served.ago(0)}
        return int((await self.call("StartTransaction", start))["transactionId"])

    async def stop(self, served: House, number: int) -> None:
        stop = {"transactionId": number, "meterStop": 500, "timestamp": served.ago(0)}
        await self.call("StopTransaction", stop)


@attrs.define(eq=False)
class SteeredSite:
    """The stations of a site. `sums` is what all may draw together, noted whenever one is raised."""

    stations: list[SteeredStation] = attrs.field(factory=list)
    sums: list[Decimal] = attrs.field(factory=list)
    _changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    def allowed(self) -> list[Decimal | None]:
        return [station.allowed() for station in self.stations]

    def note(self, *, raised: bool) -> None:
        currents = self.allowed()
        if raised and None not in currents:
            self.sums.append(sum((one or Decimal(0) for one in currents), Decimal(0)))
        self._changed.set()

    async def until(self, holds: Callable[[list[Decimal | None]], bool]) -> None:
        """Wait until what is allowed is such."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self.allowed()):
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def steered_site(
    served: House, count: int, *, answers: Mapping[str, Json] | None = None
) -> AsyncIterator[SteeredSite]:
    """Some stations, connected and listening."""
    site = SteeredSite()
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        listening = []
        for number in range(count):
            known, line = await stack.enter_async_context(served.station(f"LOAD-{number}"))
            steered = SteeredStation(site, known, line, dict(answers or {}))
            site.stations.append(steered)
            listening.append(group.create_task(steered.listen()))
        yield site
        for task in listening:
            task.cancel()
