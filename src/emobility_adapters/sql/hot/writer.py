"""The one writer of a process: gathers units for a moment and commits them together.

A unit waits until its batch is durable. If a batch cannot be written for a fault of one of its units it is
written once more, unit by unit, so that only the unit at fault fails.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import attrs

from emobility_adapters.sql.hot.statements import Statement
from emobility_core.errors import Unavailable

_log = logging.getLogger("emobility.sql")

WINDOW_S = 0.005
MOST_UNITS = 200
# So many rows, or characters in them, may wait for nobody; beyond that their sender must wait for them:
# memory stays bounded.
FULL = 5_000
FULL_CHARACTERS = 16 * 1024 * 1024


class Write(NamedTuple):
    """One row for one prepared statement."""

    statement: Statement
    row: tuple[object, ...]


@attrs.define(eq=False)
class Unit:
    """Writes that stand or fall together; `done` is None where nobody waits for them.

    `refuse` names the promise of the schema that the writes broke, or gives the error back; `wakes` says
    that somebody waits for events among them.
    """

    writes: list[Write]
    refuse: Callable[[Exception], Exception]
    done: asyncio.Future[None] | None = None
    wakes: bool = False


def _itself(error: Exception) -> Exception:
    """What is appended for nobody keeps no promise that could be broken."""
    return error


class Backend(Protocol):
    """Writes batches to one kind of database."""

    async def write(self, units: Sequence[Unit]) -> list[Exception | None]:
        """Commit the units and return each one's fault or None; raise `Unavailable` if none is durable."""
        ...

    async def close(self) -> None: ...


class Writer:
    """Runs while its block runs; leaving it writes what is left.

    `committed` hears of every batch that held events.
    """

    def __init__(self, backend: Backend, committed: Callable[[], None] = lambda: None) -> None:
        self._backend = backend
        self._committed = committed
        self._units: list[Unit] = []
        self._loose: list[Write] = []
        self._characters = 0
        self._due = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Writer:
        self._task = asyncio.create_task(self._run(), name="writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self._due.set()
        if self._task is not None:
            await self._task
        await self._backend.close()

    def append(self, write: Write, *, characters: int = 0) -> None:
        """Write with the next batch; nobody is told. `characters` is about what the row weighs."""
        self._loose.append(write)
        self._characters += characters
        if self._is_full():
            self._room.clear()
            self._due.set()
        elif self._timer is None:
            self._start_window()

    def submit(
        self, writes: list[Write], refuse: Callable[[Exception], Exception], *, wakes: bool = False
    ) -> asyncio.Future[None]:
        """Write and resolve once durable; the future raises the unit's fault or `Unavailable`."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._units.append(Unit(writes, refuse, done, wakes))
        if len(self._units) >= MOST_UNITS:
            self._due.set()
        elif self._timer is None:
            self._start_window()
        return done

    async def room(self) -> None:
        """Return once appended rows are stored to less than what is `FULL`."""
        await self._room.wait()

    def _is_full(self) -> bool:
        return len(self._loose) >= FULL or self._characters >= FULL_CHARACTERS

    def _start_window(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(WINDOW_S, self._elapsed)

    def _elapsed(self) -> None:
        self._timer = None
        self._due.set()

    async def _run(self) -> None:
        while not (self._closing and not self._units and not self._loose):
            await self._due.wait()
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            units, self._units = self._units, []
            if self._loose:
                units.append(Unit(self._loose, _itself))
                self._loose, self._characters = [], 0
            if units:
                await self._write(units)
            if not self._is_full():
                self._room.set()

    async def _write(self, units: list[Unit]) -> None:
        faults: Sequence[Exception | None]
        try:
            faults = await self._backend.write(units)
        except Unavailable as error:
            faults = [error] * len(units)
        except Exception as error:  # a bug here must not leave everybody waiting for ever
            _log.exception("a batch could not be written")
            faults = [error] * len(units)
        if any(unit.wakes for unit in units):
            self._committed()
        for unit, fault in zip(units, faults, strict=True):
            if unit.done is None:
                if fault is not None:
                    _log.error("rows that nobody waits for are lost: %s", fault)
            elif unit.done.done():
                continue
            elif fault is None:
                unit.done.set_result(None)
            else:
                unit.done.set_exception(fault)
