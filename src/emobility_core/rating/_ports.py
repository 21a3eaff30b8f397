"""What rating needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emobility_core.charging import ChargingSessions
from emobility_core.ids import SessionId
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


class RatingWork(Protocol):
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def tariff_versions(self) -> TariffVersions: ...
    @property
    def rated_sessions(self) -> RatedSessions: ...
    @property
    def outbox(self) -> Outbox: ...
