"""What tariffs need from outside."""

from __future__ import annotations

from typing import Protocol

from emobility_core.ids import TariffId, TariffVersionId
from emobility_core.tariffs._assignment import TariffAssignment
from emobility_core.tariffs._tariff import Tariff, TariffVersion
from emobility_core.work import Page, Records


class Tariffs(Records[Tariff], Protocol):
    """Tariffs of tenants."""

    async def along(self, path: str) -> list[Tariff]:
        """Those that may apply at the tenant of this path, which the scope must see: its own and those of
        the tenants above it, from the root on."""
        ...


class TariffAssignments(Records[TariffAssignment], Protocol):
    """Which tariff is for whom."""

    async def along(self, path: str) -> list[TariffAssignment]:
        """Those that count at the tenant of this path, as `Tariffs.along` tells tariffs."""
        ...


class TariffVersions(Protocol):
    """Published versions; none is ever changed or removed.

    A version counts in its tenant and below, so those below read what was published above them.
    """

    async def get(self, id: TariffVersionId) -> TariffVersion:
        """Return the version, or raise `UnknownTariffVersion`."""
        ...

    async def add(self, version: TariffVersion) -> None:
        """Store a version; raise `AlreadyTaken` if the tariff has one of this number."""
        ...

    async def page(self, page: Page) -> list[TariffVersion]:
        """List versions; the filters are `id` and `tariff`, and nothing is told by when it changed."""
        ...

    async def count(self, page: Page) -> int:
        """Return how many versions the page lists, without reading them."""
        ...

    async def of(self, tariff: TariffId) -> list[TariffVersion]:
        """All versions of a tariff, oldest first."""
        ...
