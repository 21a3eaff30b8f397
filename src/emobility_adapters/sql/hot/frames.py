"""The frame log on the hot path: rows that travel with whatever batch comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import sqlalchemy as sa
from cattrs.fns import identity

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._types import direct_bind
from emobility_adapters.sql.hot.statements import Kind, Statement
from emobility_adapters.sql.hot.writer import Write, Writer
from emobility_core.instants import Instant
from emobility_core.network import FrameKind, Station, exchange_number

_COLUMNS = ("tenant", "station", "received_at", "inbound", "frame", "exchange", "kind", "action")
_ADD = Statement(tables.station_frame, Kind.INSERT, _COLUMNS)


@attrs.define
class BatchedStationFrames:
    """One station's side of the log. A frame is handed over before the report that it carries, so it is
    durable once the report is."""

    log: BatchedFrames
    tenant: object
    station: object

    def append(
        self,
        *,
        inbound: bool,
        frame: str,
        at: Instant,
        kind: FrameKind = FrameKind.STRAY,
        action: str | None = None,
        answers: int | None = None,
    ) -> int:
        log = self.log
        number = log.next_number(at) if answers is None else answers
        # In the order of the columns.
        row = (
            self.tenant, self.station, log.bind_time(at), inbound, log.bind_text(frame), number, kind.value,
            None if action is None else log.bind_text(action),
        )  # fmt: skip
        log.writer.append(Write(_ADD, row), characters=len(frame))
        return number

    async def room(self) -> None:
        await self.log.writer.room()


class BatchedFrames:
    """Implements the core's `FrameLog`. What a station's rows have in common is bound once."""

    def __init__(self, writer: Writer, dialect: sa.Dialect) -> None:
        self.writer = writer
        binds: dict[str, Callable[[Any], object]] = {
            name: direct_bind(tables.station_frame.c[name].type, dialect) or identity for name in _COLUMNS
        }
        self.bind_time, self.bind_text = binds["received_at"], binds["frame"]
        self._bind_id = binds["station"]
        self._last = 0

    def of(self, station: Station) -> BatchedStationFrames:
        return BatchedStationFrames(self, self._bind_id(station.tenant), self._bind_id(station.id))

    def next_number(self, at: Instant) -> int:
        """Numbers rise although clocks are set back and two frames come within one microsecond."""
        self._last = max(exchange_number(at), self._last + 1)
        return self._last
