"""Raw frames of stations."""

from __future__ import annotations

import attrs

from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import Station

Frame = tuple[bool, str, Instant]


@attrs.frozen
class MemoryStationFrames:
    """Appends to one station's list."""

    kept: list[Frame]

    def append(self, *, inbound: bool, frame: str, at: Instant) -> None:
        self.kept.append((inbound, frame, at))

    async def room(self) -> None:
        return


@attrs.define
class MemoryFrames:
    """Keeps every frame by station as (inbound, frame, at)."""

    frames: dict[StationId, list[Frame]] = attrs.field(factory=dict)

    def of(self, station: Station) -> MemoryStationFrames:
        return MemoryStationFrames(self.frames.setdefault(station.id, []))
