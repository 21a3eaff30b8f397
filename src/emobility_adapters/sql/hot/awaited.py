"""Which stations somebody waits for: those with an open command."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.hot.directories import Connect
from emobility_core.commands import CommandStatus
from emobility_core.ids import StationId, parse_id
from emobility_core.work import Event

_CLOSING = frozenset({"command.completed", "command.failed"})


class SqlAwaitedStations:
    """Implements the core's `AwaitedStations`: loaded once, kept true by the events of commands.

    A command's own event stands in the feed before the session that it brings about.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._open: dict[UUID, StationId] = {}
        self._commands: Counter[StationId] = Counter()

    def __contains__(self, station: StationId) -> bool:
        return self._commands[station] > 0

    async def load(self) -> None:
        """Read the open commands; call it once the feed is being followed."""
        open_ones = [status.value for status in CommandStatus if not status.is_final]
        table = tables.command
        query = sa.select(table.c.id, table.c.station).where(table.c.status.in_(open_ones))
        async with self._connect() as connection:
            for row in await connection.execute(query):
                self._add(row.id, StationId(row.station))

    def heed(self, event: Event) -> None:
        """Take note of a command that was queued or has ended."""
        if event.type == "command.queued":
            station = StationId(parse_id("sta", str(event.data["station"])))
            self._add(parse_id("cmd", event.subject), station)
        elif event.type in _CLOSING:
            self._remove(parse_id("cmd", event.subject))

    def _add(self, command: UUID, station: StationId) -> None:
        if command not in self._open:
            self._open[command] = station
            self._commands[station] += 1

    def _remove(self, command: UUID) -> None:
        station = self._open.pop(command, None)
        if station is not None:
            self._commands -= Counter({station: 1})  # one that falls to nothing is dropped
