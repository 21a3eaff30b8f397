"""What tariffs need from outside."""

from __future__ import annotations

from typing import Protocol

from emobility_core.ids import TariffId, TariffVersionId
from emobility_core.tariffs._tariff import Tariff, TariffVersion
from emobility_core.work import Records

Tariffs = Records[Tariff]


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

    async def of(self, tariff: TariffId) -> list[TariffVersion]:
        """All versions of a tariff, oldest first."""
        ...
