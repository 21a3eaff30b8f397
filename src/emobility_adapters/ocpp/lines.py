"""The lines of all connected stations of this process; the newest line of a station wins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import attrs

from emobility_adapters.ocpp.allowance import Allowance, Rate
from emobility_adapters.ocpp.line import Line, LineBusy, NoAnswer
from emobility_adapters.ocpp.turns import Turns
from emobility_adapters.ocpp.version import Version
from emobility_core.commands import Command, CommandStatus, StationAnswer
from emobility_core.errors import Unavailable
from emobility_core.ids import StationId
from emobility_core.network import KnownStation

# Fewer are not worth a look.
_SWEPT_FROM = 256
# RFC 6455 registry: the service restarts, come back after a moment.
_RESTART = (1012, "the server restarts")


@attrs.frozen(eq=False)
class _Open:
    """A line, whom it was opened to, and the version spoken on it."""

    line: Line
    known: KnownStation
    version: Version


@attrs.frozen(kw_only=True)
class Drain:
    """How lines are closed for a restart: `per_s` a second, so that whoever serves the stations next is not
    called by all of them at once; what is left after `within_s` is cut off. `sleep` waits between waves."""

    per_s: int = 100
    within_s: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Lines:
    """Implements the core's `StationLine`."""

    def __init__(self) -> None:
        self._lines: dict[StationId, _Open] = {}
        self._turns = Turns()
        self._allowances: dict[StationId, Allowance] = {}
        self._swept_from = _SWEPT_FROM
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def turn(self, station: StationId) -> asyncio.Lock:
        """What the lines of one station, an old and a new one, change its state under."""
        return self._turns.of(station)

    def open(self, known: KnownStation, line: Line, version: Version) -> None:
        """Take a new line; an older one of the station is half-open at best and closed by us."""
        older = self._lines.get(known.station.id)
        self._lines[known.station.id] = _Open(line, known, version)
        if older is not None:
            self._begin(older.line.close(1001, "the station has connected again"))

    def close(self, station: StationId, line: Line) -> bool:
        """Forget a line; False if a newer one has replaced it, so that the station is not offline."""
        opened = self._lines.get(station)
        if opened is None or opened.line is not line:
            return False
        del self._lines[station]
        return True

    def stations(self) -> list[StationId]:
        """All that have a line."""
        return list(self._lines)

    def recheck(self, station: StationId, is_current: Callable[[KnownStation], Awaitable[bool]]) -> None:
        """Close the station's line unless what it was opened to is current; in doubt it is closed."""
        opened = self._lines.get(station)
        if opened is not None:
            self._begin(_recheck(opened, is_current))

    def allowance(self, station: StationId, rate: Rate, *, now: float) -> Allowance:
        """What a station may still say; a new line does not fill it again."""
        known = self._allowances.get(station)
        if known is None:
            self._sweep(now)
            known = self._allowances[station] = Allowance(rate)
        return known

    def _sweep(self, now: float) -> None:
        """Forget those of stations that are gone for so long that theirs is whole again; once for as many
        newcomers as were left, so that it costs each of them next to nothing."""
        if len(self._allowances) < self._swept_from:
            return
        for station, known in list(self._allowances.items()):
            if station not in self._lines and known.is_untouched(now):
                del self._allowances[station]
        self._swept_from = max(_SWEPT_FROM, 2 * len(self._allowances))

    @property
    def remembered(self) -> int:
        """For how many stations something is kept beside their lines."""
        return max(len(self._allowances), len(self._turns))

    async def drain(self, pace: Drain) -> None:
        """Close all lines in waves, each line once what is in flight on it is answered.

        Returns after `pace.within_s` at the latest; what is open then has not answered in time.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(pace.within_s), asyncio.TaskGroup() as leaving:
                told: set[Line] = set()
                while wave := self._untold(told)[: pace.per_s]:
                    if told:
                        await pace.sleep(1.0)
                    told.update(wave)
                    for line in wave:
                        leaving.create_task(line.leave(*_RESTART))

    def _untold(self, told: set[Line]) -> list[Line]:
        return [opened.line for opened in self._lines.values() if opened.line not in told]

    def end(self) -> None:
        """From now on nobody waits for a database that is away."""
        self._ended.set()

    async def end_within(self, seconds: float) -> bool:
        """Wait so long at most; True if the end has come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self._ended.is_set()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def __contains__(self, station: StationId) -> bool:
        return station in self._lines

    def __len__(self) -> int:
        return len(self._lines)

    async def send(self, command: Command) -> StationAnswer:
        opened = self._lines.get(command.station)
        if opened is None:
            return StationAnswer(CommandStatus.OFFLINE)
        request = opened.version.request_of(command.order)
        if request is None:
            return StationAnswer(CommandStatus.NOT_SUPPORTED, f"not in {opened.version.subprotocol}")
        try:
            answer = await opened.line.call(*request)
        except LineBusy:
            return StationAnswer(CommandStatus.BUSY)
        except NoAnswer:
            return StationAnswer(CommandStatus.TIMEOUT)
        return opened.version.outcome_of(request[0], answer)


async def _recheck(opened: _Open, is_current: Callable[[KnownStation], Awaitable[bool]]) -> None:
    with suppress(Unavailable):
        if await is_current(opened.known):
            return
    await opened.line.close(1001, "the station's record has changed")
