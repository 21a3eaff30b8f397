"""Playing a script against a central system, and telling what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeAlias

import attrs

from emobility_adapters.ocpp.simulation.backoff import BackOff
from emobility_adapters.ocpp.simulation.clock import Now, Sleep, StationClock, SteppedClock, real_now
from emobility_adapters.ocpp.simulation.failures import SimulationFailure
from emobility_adapters.ocpp.simulation.kinds import KINDS
from emobility_adapters.ocpp.simulation.script.actor import Actor, Unmet
from emobility_adapters.ocpp.simulation.script.ears import Ears
from emobility_adapters.ocpp.simulation.script.script import PlacedStep, Script, StationPart
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.transfers import HttpTransfers, PretendedTransfers

_AWAY = BackOff(first_s=0.1, longest_s=2.0)


@attrs.frozen
class Happening:
    """What one station did at one step; `words` are why not if it is not `ok`."""

    at: datetime
    station: str
    line: int
    do: str
    ok: bool
    words: str

    def __str__(self) -> str:
        mark = "" if self.ok else "FAILED "
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.station} {mark}{self.do}: {self.words}"


@attrs.frozen
class Outcome:
    """All that happened, in order."""

    name: str
    happenings: tuple[Happening, ...]
    connected: int

    @property
    def failures(self) -> tuple[Happening, ...]:
        return tuple(one for one in self.happenings if not one.ok)

    @property
    def ok(self) -> bool:
        return not self.failures

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return attrs.asdict(self) | {"ok": self.ok}


OnHappening: TypeAlias = Callable[[Happening], None]


class Player:
    """Plays the steps in their order; a step without a station is played by all of them at once.

    An expectation that does not come true is told and the script goes on; a station that cannot go
    on (no connection, no answer) is left out from there. `now`, `sleep` and `wait` as in `Fleet`.
    """

    def __init__(
        self,
        script: Script,
        url: str,
        *,
        key: str | None = None,
        on_happening: OnHappening = lambda _: None,
        now: Now = real_now,
        sleep: Sleep = asyncio.sleep,
        wait: Sleep = asyncio.sleep,
    ) -> None:
        self._script = script
        self._url = url
        self._key = key
        self._on_happening = on_happening
        self._now, self._sleep, self._wait = now, sleep, wait
        self._happenings: list[Happening] = []
        self._lost: set[str] = set()

    async def play(self) -> Outcome:
        """Play all steps, wait until every report was answered, and tell."""
        async with AsyncExitStack() as stack:
            actors: dict[str, Actor] = {}
            for part in self._script.stations:
                for identity in part.identities:
                    actors[identity] = actor = self._actor(part, identity)
                    stack.push_async_callback(actor.close)
            for placed in self._script.steps:
                chosen = actors if placed.station is None else {placed.station: actors[placed.station]}
                await self._all(chosen, placed)
            connected = sum(one.station.presence.connections > 0 for one in actors.values())
            await self._end(actors)
        return Outcome(self._script.name, tuple(self._happenings), connected)

    async def _all(self, actors: dict[str, Actor], placed: PlacedStep) -> None:
        async with asyncio.TaskGroup() as group:
            for identity, actor in actors.items():
                if identity not in self._lost:
                    group.create_task(self._play(identity, actor, placed))

    async def _play(self, identity: str, actor: Actor, placed: PlacedStep) -> None:
        ok, words = False, ""
        try:
            words = await placed.step.play(actor)
            ok = True
        except Unmet as unmet:
            words = str(unmet)
        except SimulationFailure as failure:
            words = f"{failure} The station is left out from here."
            self._lost.add(identity)
        self._tell(Happening(actor.station.clock.now(), identity, placed.line, placed.step.do, ok, words))

    async def _end(self, actors: dict[str, Actor]) -> None:
        """Reports that were never answered are a failure, where the station is online to the end."""
        last = self._script.steps[-1].line
        for identity, actor in actors.items():
            if identity in self._lost or not actor.station.presence.is_online:
                continue
            try:
                await actor.settle()
            except Unmet as unmet:
                self._tell(Happening(actor.station.clock.now(), identity, last, "end", False, str(unmet)))

    def _tell(self, happening: Happening) -> None:
        self._happenings.append(happening)
        self._on_happening(happening)

    def _actor(self, part: StationPart, identity: str) -> Actor:
        ears = Ears()
        station = SimulatedStation(
            identity,
            self._url,
            random=Random(f"{self._script.seed}/{identity}"),
            clock=self._clock(),
            connectors=[KINDS[kind] for kind in part.connectors],
            key=part.key or self._key,
            back_off=_AWAY,
            security_profile=part.security_profile,
            secure_url=part.secure_url,
            roots=() if part.roots is None else [self._file(part.roots)],
            certificate=self._certificate(part),
            transfers=PretendedTransfers() if part.files == "pretended" else HttpTransfers(),
            quirks=part.quirks,
            vendor=part.vendor,
            model=part.model,
            firmware=part.firmware,
            on_heard=ears.hear,
        )
        station.configuration.set("TransactionMessageRetryInterval", "1")
        for name, value in part.configuration.items():
            station.configuration.set(name, str(value))
        return Actor(station, ears)

    def _certificate(self, part: StationPart) -> tuple[str, str] | None:
        if part.certificate is None or part.certificate_key is None:
            return None
        return self._file(part.certificate), self._file(part.certificate_key)

    def _file(self, name: str) -> str:
        return (self._script.folder / name).read_text()

    def _clock(self) -> StationClock:
        if self._script.speed == 1 and self._script.clock is None:
            # What the central system plans for now is of no use to a station that lives in the past.
            return StationClock(now=self._now, sleep=self._sleep, wait=self._wait)
        planned = self._now() - timedelta(seconds=self._script.lasts_s)
        return SteppedClock(
            start=self._script.clock or planned,
            speed=self._script.speed,
            now=self._now,
            sleep=self._sleep,
            wait=self._wait,
        )
