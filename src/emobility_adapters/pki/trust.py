"""Which certificates prove a station: of an authority of its line, in time, in its name, not revoked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from emobility_adapters.pki.reading import first, load
from emobility_core.certificates import CertificateAuthority, CertificateFlaw
from emobility_core.ids import CertificateAuthorityId
from emobility_core.instants import Instant
from emobility_core.network import KnownStation, Station


@attrs.frozen(eq=False)
class TrustedAuthority:
    """An authority, and its tenant's place in the tree: it vouches there and below. One that is `ours`
    writes into certificates whose they are."""

    id: CertificateAuthorityId
    path: str
    certificate: x509.Certificate
    ours: bool

    @classmethod
    def of(cls, authority: CertificateAuthority, path: str) -> TrustedAuthority:
        return cls(authority.id, path, load(authority.certificate), authority.sealed_key is not None)


@attrs.frozen(eq=False)
class Trusted:
    """A state of trust: the authorities that count, and the serials that they have revoked."""

    authorities: Sequence[TrustedAuthority] = ()
    revoked: Collection[tuple[CertificateAuthorityId, str]] = frozenset()

    def flaw_of(self, der: bytes, known: KnownStation, *, at: Instant) -> CertificateFlaw | None:
        """Why a certificate does not prove the station, None if it does."""
        try:
            certificate = x509.load_der_x509_certificate(der)
        except ValueError:
            return CertificateFlaw.UNREADABLE
        authority = self._signer(certificate, known.path)
        if authority is None:
            return CertificateFlaw.UNKNOWN_AUTHORITY
        if not _is_valid(authority.certificate, at):
            return CertificateFlaw.AUTHORITY_EXPIRED
        if at < certificate.not_valid_before_utc:
            return CertificateFlaw.NOT_YET_VALID
        if at > certificate.not_valid_after_utc:
            return CertificateFlaw.EXPIRED
        if (authority.id, f"{certificate.serial_number:x}") in self.revoked:
            return CertificateFlaw.REVOKED
        if authority.ours and _is_of_another(certificate, known.station):
            return CertificateFlaw.WRONG_NAME
        return None if _names(certificate, known.station) else CertificateFlaw.WRONG_NAME

    def _signer(self, certificate: x509.Certificate, path: str) -> TrustedAuthority | None:
        """The authority of the station's line that has signed it; others' count for their own stations."""
        for one in self.authorities:
            if not path.startswith(one.path) or one.certificate.subject != certificate.issuer:
                continue
            try:
                certificate.verify_directly_issued_by(one.certificate)
            except (InvalidSignature, ValueError, TypeError):
                continue
            return one
        return None


def _is_valid(certificate: x509.Certificate, at: Instant) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _is_of_another(certificate: x509.Certificate, station: Station) -> bool:
    """A name may be had by telling it as a serial number; what we have signed says for which record."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return station.id.urn not in found.value.get_values_for_type(x509.UniformResourceIdentifier)


def _names(certificate: x509.Certificate, station: Station) -> bool:
    """Whitepaper, A00.FR.405: the CN is the serial number; stations that know but their identity use that."""
    name = (first(certificate.subject, NameOID.COMMON_NAME) or "").lower()
    serial = station.serial_number
    return name == station.identity.folded or (serial is not None and name == serial.lower())
