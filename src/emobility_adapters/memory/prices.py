"""Published tariff versions and the prices of sessions."""

from __future__ import annotations

from collections.abc import Sequence

from emobility_adapters.memory.records import paged
from emobility_adapters.memory.unit import Unit
from emobility_core.ids import SessionId, TariffId, TariffVersionId
from emobility_core.rating import Rating
from emobility_core.tariffs import TariffVersion, UnknownTariffVersion
from emobility_core.tenancy import in_line
from emobility_core.work import AlreadyTaken, Page


class MemoryTariffVersions:
    """Versions by id; what a tenant above has published is known below, for it prices there too."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("tariff versions")
        self._numbers = unit.rows("tariff versions by number")

    async def get(self, id: TariffVersionId) -> TariffVersion:
        version: TariffVersion | None = self._rows.get(id)
        if version is None or not self._knows(version):
            raise UnknownTariffVersion(id)
        return version

    async def add(self, version: TariffVersion) -> None:
        self._unit.require(version)
        key = (version.tariff, version.number)
        if self._numbers.get(key) is not None:
            raise AlreadyTaken("number", str(version.number))
        self._numbers.put(key, version.id)
        self._rows.put(version.id, version)

    async def page(self, page: Page) -> list[TariffVersion]:
        return paged((one for one in self._rows.values() if self._knows(one)), page)

    async def count(self, page: Page) -> int:
        return len(await self.page(page))

    async def of(self, tariff: TariffId) -> list[TariffVersion]:
        of_tariff = [one for one in self._rows.values() if one.tariff == tariff and self._knows(one)]
        return sorted(of_tariff, key=lambda one: one.number)

    def _knows(self, version: TariffVersion) -> bool:
        path = self._unit.path_of(version.tenant)
        return self._unit.scope.stations is None and path is not None and in_line(path, self._unit.scope.path)


class MemoryRatedSessions:
    """The current price of each session."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("rated sessions")

    async def put(self, rating: Rating) -> None:
        self._unit.require(rating)
        self._rows.put(rating.session, rating)

    async def find(self, session: SessionId) -> Rating | None:
        rating: Rating | None = self._rows.get(session)
        return rating if rating is not None and self._unit.shows(rating) else None

    async def of(self, sessions: Sequence[SessionId]) -> dict[SessionId, Rating]:
        found = [await self.find(session) for session in sessions]
        return {rating.session: rating for rating in found if rating is not None}
