"""What commands need from outside: to be stored, and to be brought to their stations."""

from __future__ import annotations

from typing import Protocol

from emobility_core.commands._command import Command, StationAnswer
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.work import Records


class Commands(Records[Command], Protocol):
    """Commands to stations."""

    async def waiting(self, station: StationId) -> list[Command]:
        """Commands of the station that are sent or accepted and await their effect, oldest first."""
        ...

    async def overdue(self, at: Instant, *, limit: int) -> list[Command]:
        """Open commands (also queued ones) whose deadline is before `at`, the earliest first."""
        ...


class StationLine(Protocol):
    """The line to the connected stations of this system."""

    async def send(self, command: Command) -> StationAnswer:
        """Send a command and await the station's answer.

        It says EFFECTIVE where nothing is left to be done, ACCEPTED where the effect is still to come,
        else REJECTED, TIMEOUT, OFFLINE, BUSY or NOT_SUPPORTED; never raises for a station's behaviour.
        """
        ...
