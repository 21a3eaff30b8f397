"""Raw frames of stations."""

from __future__ import annotations

from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import Station


class MemoryFrames:
    """Keeps every frame by station as (inbound, frame, at)."""

    def __init__(self) -> None:
        self.frames: dict[StationId, list[tuple[bool, str, Instant]]] = {}

    def append(self, station: Station, *, inbound: bool, frame: str, at: Instant) -> None:
        self.frames.setdefault(station.id, []).append((inbound, frame, at))
