"""Root certificates that stations trust, as they told them last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from emobility_core.commands import (
    CertificateHash,
    CertificateUse,
    Command,
    CommandStatus,
    CommandWork,
    DeleteCertificate,
    GetInstalledCertificates,
    HashAlgorithm,
    InstallCertificate,
    MalformedOrder,
    queue_command,
)
from emobility_core.ids import Ids, StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network import Station
from emobility_core.work import Records


@attrs.frozen(kw_only=True)
class InstalledCertificates:
    """What a station trusts for one use."""

    tenant: TenantId
    station: StationId
    use: CertificateUse
    certificates: tuple[CertificateHash, ...]
    told_at: Instant


class InstalledCertificateLists(Protocol):
    """One list a station and use; the last one counts."""

    async def put(self, installed: InstalledCertificates) -> None: ...

    async def of(self, station: StationId) -> list[InstalledCertificates]:
        """All lists of a station, by use."""
        ...


class InstalledWork(CommandWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def installed_certificates(self) -> InstalledCertificateLists: ...


async def follow_installed(command: Command, work: InstalledWork, *, at: Instant, ids: Ids) -> None:
    """Keep what a station has told; ask it anew after a change, so that what is kept stays true."""
    if command.status is not CommandStatus.EFFECTIVE:
        return
    order = command.order
    if isinstance(order, GetInstalledCertificates):
        told = InstalledCertificates(
            tenant=command.tenant,
            station=command.station,
            use=order.use,
            certificates=hashes_in(command.answer or {}),
            told_at=at,
        )
        await work.installed_certificates.put(told)
    elif isinstance(order, InstallCertificate | DeleteCertificate):
        station = await work.stations.get(command.station)
        uses = [order.use] if isinstance(order, InstallCertificate) else list(CertificateUse)
        for use in uses:
            await queue_command(work, GetInstalledCertificates(use=use), station=station, at=at, ids=ids)


def hashes_in(answer: Mapping[str, object]) -> tuple[CertificateHash, ...]:
    """The certificates that an answer names; what cannot be read as one is left out, NotFound names none."""
    listed: Any = answer.get("certificateHashData")
    found = [_hash(one) for one in listed] if isinstance(listed, list) else []
    return tuple(one for one in found if one is not None)


def _hash(told: Any) -> CertificateHash | None:
    if not isinstance(told, dict):
        return None
    try:
        return CertificateHash(
            algorithm=HashAlgorithm(told.get("hashAlgorithm")),
            issuer_name=str(told.get("issuerNameHash", "")),
            issuer_key=str(told.get("issuerKeyHash", "")),
            serial=str(told.get("serialNumber", "")),
        )
    except (ValueError, MalformedOrder):
        return None
