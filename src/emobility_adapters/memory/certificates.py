"""Authorities and stations' certificates."""

from __future__ import annotations

from emobility_adapters.memory.records import MemoryRecords
from emobility_adapters.memory.unit import Unit
from emobility_core.certificates import (
    CertificateAuthority,
    StationCertificate,
    StationCertificateStatus,
    UnknownCertificateAuthority,
    UnknownStationCertificate,
)
from emobility_core.certification import InstalledCertificates
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network import StationState


class MemoryAuthorities(MemoryRecords[CertificateAuthority]):
    """Authorities; a station's line sees those above its tenant, too."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit, "certificate authorities", UnknownCertificateAuthority)

    async def above(self, tenant: TenantId) -> list[CertificateAuthority]:
        here = self._unit.path_of(tenant) or ""
        found = [(self._unit.path_of(one.tenant), one) for one in self._rows.values()]
        line = [(len(path), one.id, one) for path, one in found if path and here.startswith(path)]
        return [one for _, _, one in sorted(line, reverse=True, key=lambda entry: entry[:2])]


class MemoryStationCertificates(MemoryRecords[StationCertificate]):
    """Stations' own certificates."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit, "station certificates", UnknownStationCertificate)

    async def expiring(
        self, before: Instant, *, not_asked_since: Instant, limit: int
    ) -> list[StationCertificate]:
        held = sorted(self.visible(), key=lambda one: one.id)
        newest = {one.station: one for one in held if one.status is StationCertificateStatus.INSTALLED}
        due = [
            one
            for one in newest.values()
            if one.not_after < before
            and (one.renewed_at is None or one.renewed_at < not_asked_since)
            and self._is_online(one.station)
        ]
        return sorted(due, key=lambda one: (one.not_after, one.id))[:limit]

    def _is_online(self, station: StationId) -> bool:
        state: StationState | None = self._unit.rows("station states").get(station)
        return state is not None and state.online

    async def revoked(self) -> list[StationCertificate]:
        return [one for one in self.visible() if one.status is StationCertificateStatus.REVOKED]


class MemoryInstalledCertificates:
    """One list a station and use."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("installed certificates")

    async def put(self, installed: InstalledCertificates) -> None:
        self._unit.require(installed)
        uses = self._rows.get(installed.station) or {}
        self._rows.put(installed.station, {**uses, installed.use.value: installed})

    async def of(self, station: StationId) -> list[InstalledCertificates]:
        uses = self._rows.get(station) or {}
        return [uses[use] for use in sorted(uses) if self._unit.shows(uses[use])]
