"""The frame log on the hot path: rows that travel with whatever batch comes next."""

from __future__ import annotations

import attrs

from emobility_adapters.sql.hot.prepared import Prepared
from emobility_adapters.sql.hot.writer import Write, Writer
from emobility_core.instants import Instant
from emobility_core.network import Station


@attrs.frozen
class BatchedFrames:
    """Implements the core's `FrameLog`. A frame is handed over before the report that it carries, so it
    is durable once the report is."""

    writer: Writer
    prepared: Prepared

    def append(self, station: Station, *, inbound: bool, frame: str, at: Instant) -> None:
        row = {
            "tenant": station.tenant,
            "station": station.id,
            "received_at": at,
            "inbound": inbound,
            "frame": frame,
        }
        self.writer.append([Write(self.prepared.statement, self.prepared.bind(row))])

    async def room(self) -> None:
        await self.writer.room()
