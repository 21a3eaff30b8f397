"""Many simulated stations at once, each playing its part of a scenario."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from emobility_adapters.ocpp.simulation.clock import Now, Sleep, StationClock, SteppedClock, real_now
from emobility_adapters.ocpp.simulation.failures import SimulationFailure
from emobility_adapters.ocpp.simulation.plan import FleetPlan
from emobility_adapters.ocpp.simulation.rendezvous import Rendezvous
from emobility_adapters.ocpp.simulation.results import FleetSummary, StationResult
from emobility_adapters.ocpp.simulation.scenarios import SCENARIOS
from emobility_adapters.ocpp.simulation.scenarios.part import Part
from emobility_adapters.ocpp.simulation.station import SimulatedStation

# How many stations are through, of how many, and a few words on the latest.
OnProgress: TypeAlias = Callable[[int, int, str], None]


class Fleet:
    """Runs `plan.stations` stations against `url` through the scenario of that name.

    A station that fails is a problem in the summary, never an exception. `now`, `sleep` (station
    time) and `wait` (real time: heartbeats, the rate of beginning) are given in for tests. After
    `run`, `results` has what each station did.
    """

    def __init__(
        self,
        url: str,
        scenario: str,
        plan: FleetPlan,
        *,
        on_progress: OnProgress = lambda *_: None,
        now: Now = real_now,
        sleep: Sleep = asyncio.sleep,
        wait: Sleep = asyncio.sleep,
    ) -> None:
        if scenario not in SCENARIOS:
            raise ValueError(f"no scenario {scenario!r}; there are: {', '.join(SCENARIOS)}")
        self.url = url
        self.scenario = scenario
        self.plan = plan
        self.results: tuple[StationResult, ...] = ()
        self._on_progress = on_progress
        self._now, self._sleep, self._wait = now, sleep, wait
        self._done = 0

    async def run(self) -> FleetSummary:
        """Play the scenario with all stations and sum it up."""
        begun = time.perf_counter()
        self._done = 0
        others = Rendezvous(self.plan.stations, self._on_progress)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._play(n, others)) for n in range(1, self.plan.stations + 1)]
        self.results = tuple(task.result() for task in tasks)
        return FleetSummary.of(self.scenario, self.url, self.results, time.perf_counter() - begun)

    async def _play(self, number: int, others: Rendezvous) -> StationResult:
        if self.plan.rate is not None:
            await self._wait((number - 1) / self.plan.rate)
        async with self._station(number) as station:
            part = Part(station, self.plan, number, others)
            try:
                result = await SCENARIOS[self.scenario](part)
            except SimulationFailure as failure:
                part.problems.append(_without_identity(failure, station.identity))
                result = part.result()
            finally:
                others.leave()
        self._done += 1
        self._on_progress(self._done, self.plan.stations, f"{station.identity} done")
        return result

    def _station(self, number: int) -> SimulatedStation:
        plan = self.plan
        identity = plan.identity(number)
        station = SimulatedStation(
            identity,
            self.url,
            random=Random(f"{plan.seed}/{identity}"),
            clock=self._clock(),
            connectors=plan.connectors,
            key=plan.key_of(identity),
            answer_within_s=plan.answer_within_s,
            open_within_s=plan.open_within_s,
        )
        # Nobody waits a minute in a test run for a central system that answers with errors.
        station.configuration.set("TransactionMessageRetryInterval", "1")
        return station

    def _clock(self) -> StationClock:
        if self.plan.speed == 1:
            return StationClock(now=self._now, sleep=self._sleep, wait=self._wait)
        return SteppedClock(
            start=self.plan.start(self._now()),
            speed=self.plan.speed,
            now=self._now,
            sleep=self._sleep,
            wait=self._wait,
        )


def _without_identity(failure: SimulationFailure, identity: str) -> str:
    """The sentence without the station's name, so that the same failures count as one problem."""
    words = str(failure).replace(f"No station {identity}", "No such station")
    words = words.replace(f"Station {identity}", "A station")
    return words.replace(f"station {identity}", "a station")
