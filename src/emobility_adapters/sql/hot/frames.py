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
from emobility_core.network import Station

_COLUMNS = ("tenant", "station", "received_at", "inbound", "frame")
_ADD = Statement(tables.station_frame, Kind.INSERT, _COLUMNS)


@attrs.define
class BatchedStationFrames:
    """One station's side of the log. A frame is handed over before the report that it carries, so it is
    durable once the report is."""

    writer: Writer
    tenant: object
    station: object
    bind_time: Callable[[Instant], object]
    bind_text: Callable[[str], object]

    def append(self, *, inbound: bool, frame: str, at: Instant) -> None:
        row = (self.tenant, self.station, self.bind_time(at), inbound, self.bind_text(frame))
        self.writer.append(Write(_ADD, row), characters=len(frame))

    async def room(self) -> None:
        await self.writer.room()


class BatchedFrames:
    """Implements the core's `FrameLog`. What a station's rows have in common is bound once."""

    def __init__(self, writer: Writer, dialect: sa.Dialect) -> None:
        self._writer = writer
        self._binds: dict[str, Callable[[Any], object]] = {
            name: direct_bind(tables.station_frame.c[name].type, dialect) or identity for name in _COLUMNS
        }

    def of(self, station: Station) -> BatchedStationFrames:
        return BatchedStationFrames(
            self._writer,
            self._binds["tenant"](station.tenant),
            self._binds["station"](station.id),
            self._binds["received_at"],
            self._binds["frame"],
        )
