"""Simulated actions under way: done in their station's time; their operations tell what came of them."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs

from emobility_app.clocks.timed import Timed
from emobility_app.patience import patiently
from emobility_core.ids import Ids, shown
from emobility_core.instants import Clock, Clocks, Instant
from emobility_core.operations import Operation, operation_completed
from emobility_core.simulations import SimulatedStations, Simulation, StationIsReal
from emobility_core.work import Scope, Transactions

_LOOK_AGAIN_S = 0.002


@attrs.define(kw_only=True, eq=False)
class Simulator:
    """Does what is simulated. What is under way when the server stops is lost, as at a station whose power
    is cut: its sessions end by the rules of watching."""

    stations: SimulatedStations
    transactions: Transactions[Any]
    clocks: Clocks
    ids: Ids
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)
    _active: int = attrs.field(default=0, init=False)

    def begin(self, simulation: Simulation) -> None:
        task = asyncio.create_task(self._perform(simulation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # It runs up to where it waits for its time before anybody asks whether all is settled.
        self._active += 1

    async def _perform(self, simulation: Simulation) -> None:
        place, action = simulation.place, simulation.action
        try:
            if action.at is not None:
                self._active -= 1
                try:
                    await self.stations.until(place, action.at)
                finally:
                    self._active += 1
            impossible = await self.stations.act(place, action)
            problem = None if impossible is None else impossible.value
            await patiently("a simulated action", lambda: self._note(simulation, problem))
        except StationIsReal as refusal:
            code = refusal.code
            await patiently("a simulated action", lambda: self._note(simulation, code))
        finally:
            self._active -= 1

    async def _note(self, simulation: Simulation, problem: str | None) -> None:
        place, id = simulation.place, simulation.operation.id
        scope = Scope.system(simulation.operation.tenant, place.path, "simulate")
        async with self.transactions(scope) as work:
            operation: Operation = await work.operations.get(id)
            now = self.clocks.of(place.path).now()
            if problem is None:
                ended = operation.succeed({"station": shown("sta", place.station)}, at=now)
            else:
                ended = operation.fail(problem, at=now)
            stored = await work.operations.replace(ended)
            work.outbox.publish(operation_completed(stored, at=now, ids=self.ids))

    async def settled(self, scope: Scope) -> bool:
        """Wait until nothing is being done; False if nothing was."""
        waited = False
        while await self.stations.settled(scope) or self._active:
            waited = True
            await asyncio.sleep(_LOOK_AGAIN_S)
        return waited

    def timed(self) -> Timed:
        """What time makes due at simulated stations: readings, ends of reservations, planned actions."""
        return Timed(name="simulations", due=self._due, run=self._ring)

    async def _due(self, scope: Scope, now: Instant, until: Instant) -> Instant | None:
        alarm = self.stations.next_alarm(scope)
        return alarm if alarm is not None and alarm <= until else None

    async def _ring(self, scope: Scope, clock: Clock) -> None:
        self.stations.ring(scope)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.stations.close()
