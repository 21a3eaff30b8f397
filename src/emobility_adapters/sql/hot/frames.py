"""The frame log on the hot path: rows that travel with whatever batch comes next."""

from __future__ import annotations

import attrs

from emobility_adapters.sql.hot.prepared import Prepared
from emobility_adapters.sql.hot.writer import Writer
from emobility_core.instants import Instant
from emobility_core.network import Station


@attrs.define
class BatchedStationFrames:
    """One station's side of the log. A frame is handed over before the report that it carries, so it is
    durable once the report is."""

    writer: Writer
    prepared: Prepared

    def append(self, *, inbound: bool, frame: str, at: Instant) -> None:
        self.writer.append(self.prepared.write({"received_at": at, "inbound": inbound, "frame": frame}))

    async def room(self) -> None:
        await self.writer.room()


@attrs.frozen
class BatchedFrames:
    """Implements the core's `FrameLog`."""

    writer: Writer
    prepared: Prepared

    def of(self, station: Station) -> BatchedStationFrames:
        return BatchedStationFrames(
            self.writer, self.prepared.given(tenant=station.tenant, station=station.id)
        )
