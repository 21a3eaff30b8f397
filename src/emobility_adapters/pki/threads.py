"""A certifier that keeps the event loop free: keys are drawn and signatures made in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import attrs

from emobility_adapters.pki.certifier import PkiCertifier
from emobility_core.certificates import (
    CertificateAuthority,
    CertificateFacts,
    KeyKind,
    NewAuthority,
    StationCertificate,
)
from emobility_core.ids import StationId
from emobility_core.instants import Instant


@attrs.frozen
class ThreadedCertifier:
    """Implements the core's `Certifier`. OpenSSL lets go of the interpreter while it draws and signs."""

    certifier: PkiCertifier

    async def found(
        self, name: str, organization: str, *, key: KeyKind, at: Instant, until: Instant
    ) -> NewAuthority:
        return await asyncio.to_thread(self.certifier.found, name, organization, key=key, at=at, until=until)

    def read_authority(self, pem: str) -> CertificateFacts:
        return self.certifier.read_authority(pem)

    def name_in(self, request: str) -> str:
        return self.certifier.name_in(request)

    async def sign(
        self, request: str, *, authority: CertificateAuthority, names: Collection[str],
        station: StationId | None, at: Instant, until: Instant,
    ) -> tuple[str, CertificateFacts]:  # fmt: skip
        return await asyncio.to_thread(
            self.certifier.sign,
            request,
            authority=authority,
            names=names,
            station=station,
            at=at,
            until=until,
        )

    async def revocation_list(
        self, authority: CertificateAuthority, revoked: Sequence[StationCertificate], *, at: Instant,
        until: Instant,
    ) -> str:  # fmt: skip
        return await asyncio.to_thread(self.certifier.revocation_list, authority, revoked, at=at, until=until)
