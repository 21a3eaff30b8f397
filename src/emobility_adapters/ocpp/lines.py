"""The lines of all connected stations of this process; the newest line of a station wins."""

from __future__ import annotations

import asyncio

from emobility_adapters.ocpp.frames import Failure
from emobility_adapters.ocpp.line import Line, LineBusy, NoAnswer
from emobility_adapters.ocpp.v16.calls import outcome_of, outcome_of_failure, request_of
from emobility_core.ids import StationId
from emobility_core.network import Command, CommandStatus


class Lines:
    """Implements the core's `StationLine`."""

    def __init__(self) -> None:
        self._lines: dict[StationId, Line] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def open(self, station: StationId, line: Line) -> None:
        """Take a new line; an older one of the station is half-open at best and closed by us."""
        older = self._lines.get(station)
        self._lines[station] = line
        if older is not None:
            task = asyncio.create_task(older.close(1001, "the station has connected again"))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def close(self, station: StationId, line: Line) -> bool:
        """Forget a line; False if a newer one has replaced it, so that the station is not offline."""
        if self._lines.get(station) is not line:
            return False
        del self._lines[station]
        return True

    def __contains__(self, station: StationId) -> bool:
        return station in self._lines

    def __len__(self) -> int:
        return len(self._lines)

    async def send(self, command: Command) -> tuple[CommandStatus, str | None]:
        line = self._lines.get(command.station)
        if line is None:
            return CommandStatus.OFFLINE, None
        try:
            answer = await line.call(*request_of(command))
        except LineBusy:
            return CommandStatus.BUSY, None
        except NoAnswer:
            return CommandStatus.TIMEOUT, None
        if isinstance(answer, Failure):
            return outcome_of_failure(answer.code, answer.description)
        return outcome_of(answer.payload)
