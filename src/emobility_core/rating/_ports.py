"""What rating needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emobility_core.charging import ChargingSessions, MeterReading
from emobility_core.ids import SessionId
from emobility_core.rating._place import PlaceWork
from emobility_core.rating._rated import Rating
from emobility_core.tariffs import TariffVersions
from emobility_core.work import Outbox


class RatedSessions(Protocol):
    """The prices of sessions; a later rating of a session replaces the earlier as its current one."""

    async def put(self, rating: Rating) -> None: ...

    async def find(self, session: SessionId) -> Rating | None: ...

    async def of(self, sessions: Sequence[SessionId]) -> dict[SessionId, Rating]:
        """The current ratings of several sessions."""
        ...


class ReadingsOfSessions(Protocol):
    """What `MeterReadings` tells of one session."""

    async def of_session(
        self, session: SessionId, *, after: int = 0, limit: int = 1000
    ) -> list[MeterReading]: ...


class RatingWork(PlaceWork, Protocol):
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def meter_readings(self) -> ReadingsOfSessions: ...
    @property
    def tariff_versions(self) -> TariffVersions: ...
    @property
    def rated_sessions(self) -> RatedSessions: ...
    @property
    def outbox(self) -> Outbox: ...
