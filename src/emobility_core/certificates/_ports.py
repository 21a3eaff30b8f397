"""What certificates need from outside: to be stored, signed, and judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import attrs

from emobility_core.certificates._certificate import (
    CertificateAuthority,
    CertificateFacts,
    CertificateFlaw,
    KeyKind,
    StationCertificate,
)
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network import KnownStation
from emobility_core.work import Records


class CertificateAuthorities(Records[CertificateAuthority], Protocol):
    """Authorities, each counting in its tenant and below."""

    async def above(self, tenant: TenantId) -> list[CertificateAuthority]:
        """Those of the tenant and of all above it, the nearest first, the newest first among equals."""
        ...


class StationCertificates(Records[StationCertificate], Protocol):
    """Stations' own certificates."""

    async def expiring(
        self, before: Instant, *, not_asked_since: Instant, limit: int
    ) -> list[StationCertificate]:
        """The newest installed one of each station that is online, if it ends before then and its renewal
        was not asked for since; soonest first."""
        ...

    async def revoked(self) -> list[StationCertificate]:
        """All that were revoked."""
        ...


@attrs.frozen
class NewAuthority:
    """A certificate that was made, in PEM, and its private key, encrypted."""

    certificate: str
    sealed_key: str = attrs.field(repr=False)


class Certifier(Protocol):
    """Makes authorities and signs in their name; private keys never leave it unencrypted. What takes long is
    awaited, outside of any unit of work."""

    async def found(
        self, name: str, organization: str, *, key: KeyKind, at: Instant, until: Instant
    ) -> NewAuthority:
        """Make an authority that vouches for itself."""
        ...

    def read_authority(self, pem: str) -> CertificateFacts:
        """Read the certificate of an authority; raise `MalformedCertificate`."""
        ...

    def name_in(self, request: str) -> str:
        """The CN of a signing request; raise `CertificateRequestRefused` for what cannot be read."""
        ...

    async def sign(
        self,
        request: str,
        *,
        authority: CertificateAuthority,
        names: Collection[str],
        station: StationId | None,
        at: Instant,
        until: Instant,
    ) -> tuple[str, CertificateFacts]:
        """Sign a request of one of `names`, and return the certificate in PEM and what it says.

        It proves no other station than `station`, whatever name it bears; None for any of that name.
        Raises `CertificateRequestRefused`, `AuthorityWithoutKey`, `AuthorityLocked`.
        """
        ...

    async def revocation_list(
        self,
        authority: CertificateAuthority,
        revoked: Sequence[StationCertificate],
        *,
        at: Instant,
        until: Instant,
    ) -> str:
        """The signed list (CRL) of what was revoked, in PEM; raises as `sign` does."""
        ...


class StationTrust(Protocol):
    """Which certificates prove a station."""

    async def flaw_of(
        self, certificate: bytes, known: KnownStation, *, at: Instant
    ) -> CertificateFlaw | None:
        """Why a certificate (DER), whose key the line has proven to hold, does not prove the station; None
        if it does. Raises `Unavailable`, never guesses."""
        ...
