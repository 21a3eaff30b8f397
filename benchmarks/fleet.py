"""All stations of a run: connected, paused, resumed and ended together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from benchmarks.frames import timestamp
from benchmarks.names import identity, key, tag
from benchmarks.scripts import Run, Station
from benchmarks.wire import Line, Script, handshake

HOST = "127.0.0.1"
PATIENCE_S = 60.0
_SOURCES = 8
_TICK_S = 0.001
_CLOCK_S = 0.05


class Fleet:
    """Stations that each run the script that `script` makes of them."""

    def __init__(self, stations: int, port: int, script: Callable[[Station], Script]) -> None:
        self.run = Run()
        self.skipped = 0
        self._stations = stations
        self._port = port
        self._script = script
        self._lines: list[Line] = []
        self._awake = 0
        self._all_rest = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = asyncio.create_task(self._tell_time())

    async def connect(
        self, at_once: int, *, spread_s: float = 0.0, patience_s: float = PATIENCE_S
    ) -> list[str]:
        """Connect every station, one attempt each, until its script rests; why the others did not.

        With `spread_s` they come one after the other over that time.
        """
        gate = asyncio.Semaphore(at_once)

        async def come(number: int) -> str:
            await asyncio.sleep(number * spread_s / self._stations)
            return await self._connect(number, gate, patience_s)

        tried = await asyncio.gather(*(come(number) for number in range(self._stations)))
        return [reason for reason in tried if reason]

    async def work(self, duration_s: float, *, rate: float = 0.0) -> None:
        """Let the stations run for a while, then until each has its last answer.

        With a `rate`, that many messages a second are due, whether or not the server keeps up.
        """
        self.run.running = True
        if rate:
            await self._unbroken(self._pace(duration_s, rate))
        else:
            self._resume(self._lines)
            await self._unbroken(asyncio.sleep(duration_s))
        self.run.running = False
        await self._unbroken(self._all_rest.wait())

    async def hold(self, duration_s: float) -> None:
        """Keep the lines open and answer pings, nothing else."""
        await self._unbroken(asyncio.sleep(duration_s))

    async def end(self) -> None:
        """Let every script come to its end."""
        self.run.ending = True
        self._resume(self._lines)
        await self._unbroken(asyncio.gather(*(line.finished for line in self._lines)))
        self._clock.cancel()

    async def _connect(self, number: int, gate: asyncio.Semaphore, patience_s: float) -> str:
        run, name = self.run, identity(number)
        script = self._script(Station(run, name, tag(number)))
        opening = handshake(HOST, name, key(number))
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def parked() -> None:
            self._awake -= 1
            if not self._awake:
                self._all_rest.set()
            if not ready.done():
                ready.set_result(None)

        def line() -> Line:
            return Line(opening, script, parked=parked, answered=run.acknowledge, replied=run.reply)

        async with gate:
            try:
                # Each source address has ephemeral ports of its own.
                source = (f"127.0.0.{2 + number % _SOURCES}", 0)
                _, made = await loop.create_connection(line, HOST, self._port, local_addr=source)
            except OSError as error:
                return f"{name}: {error}"
            self._awake += 1
            await asyncio.wait(
                (ready, made.finished), timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
            )
        made.finished.add_done_callback(self._watch)
        if not ready.done():
            return f"{name}: {made.finished.exception() if made.finished.done() else 'no answer in time'}"
        self._lines.append(made)
        return ""

    def _watch(self, finished: asyncio.Future[None]) -> None:
        error = finished.exception()
        if error is not None and not self._broken.done():
            self._broken.set_exception(error)

    def _resume(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._awake += 1
            self._all_rest.clear()
            line.resume()

    async def _pace(self, duration_s: float, rate: float) -> None:
        began, due = time.monotonic(), 0
        while (elapsed := time.monotonic() - began) < duration_s:
            while due < elapsed * rate:
                line = self._lines[due % len(self._lines)]
                due += 1
                if line.is_parked:
                    self._resume((line,))
                else:
                    self.skipped += 1
            await asyncio.sleep(_TICK_S)

    async def _tell_time(self) -> None:
        while True:
            self.run.at = timestamp()
            await asyncio.sleep(_CLOCK_S)

    async def _unbroken(self, until: Awaitable[object]) -> None:
        task = asyncio.ensure_future(until)
        waiting: tuple[asyncio.Future[object] | asyncio.Future[None], ...] = (task, self._broken)
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if self._broken in done:
            task.cancel()
            self._broken.result()
        if task.done():
            task.result()
