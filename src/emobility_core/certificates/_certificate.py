"""Certificates: the authorities that vouch for stations, what they signed, and what stations trust."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from emobility_core.ids import CertificateAuthorityId, StationCertificateId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Record

# OCPP 1.6 security whitepaper, 5.17: a CSR has at most 5500 characters.
LONGEST_REQUEST = 5_500


@attrs.frozen
class UnknownCertificateAuthority(NotFound):
    """There is no such certificate authority within the caller's scope.

    Remedy: list the certificate authorities and use one of their ids.
    """

    code = "unknown-certificate-authority"
    authority: UUID


@attrs.frozen
class UnknownStationCertificate(NotFound):
    """There is no such certificate of a station within the caller's scope.

    Remedy: list the station certificates and use one of their ids.
    """

    code = "unknown-station-certificate"
    certificate: UUID


@attrs.frozen
class MalformedCertificate(Invalid):
    """A text is not a certificate in PEM, or not one of an authority where one is needed.

    Remedy: give the certificate of the authority that signs directly, from `-----BEGIN CERTIFICATE-----` on.
    """

    code = "malformed-certificate"
    reason: str


@attrs.frozen
class CertificateRequestRefused(Invalid):
    """A certificate signing request is not one that may be signed for this station.

    Remedy: sign it with an RSA key of at least 2048 bits or an ECDSA key on a NIST curve of at least 224;
    its CN is the station's identity or recorded serial number, its O the authority's organization.
    """

    code = "certificate-request-refused"
    reason: str


@attrs.frozen
class TooManyCertificateRequests(Denied):
    """A station has been given as many certificates within a day as one may be.

    Remedy: find out why it does not keep them; it is signed for again once a day has passed.
    """

    code = "too-many-certificate-requests"
    station: UUID
    most: int


@attrs.frozen
class NoCertificateAuthority(Conflict):
    """No authority that holds its key stands for the station's tenant or one above it.

    Remedy: create one with `emobility ca create` or `POST /v1/certificate-authorities`.
    """

    code = "no-certificate-authority"
    station: UUID


@attrs.frozen
class AuthorityWithoutKey(Conflict):
    """The authority was brought as a certificate alone: it is trusted, and signs nothing here.

    Remedy: use an authority that was created here.
    """

    code = "authority-without-key"
    authority: UUID


@attrs.frozen
class AuthorityLocked(Unavailable):
    """The key of an authority does not open with the passphrase that this server was given, or is not that
    of its certificate.

    Remedy: start the server with the passphrase under which the authority was created
    (`--ca-passphrase-file`), or without one if there was none.
    """

    code = "authority-locked"
    authority: str


@attrs.frozen
class AlreadyRevoked(Conflict):
    """The certificate has been revoked before.

    Remedy: none is needed.
    """

    code = "already-revoked"
    certificate: UUID


class KeyKind(Enum):
    """The kinds of keys that the whitepaper knows (2.6.1)."""

    ECDSA = "ecdsa"
    RSA = "rsa"


@attrs.frozen(kw_only=True)
class CertificateFacts:
    """What a certificate says. `serial` is hexadecimal without leading zeros; the hashes are those of its
    issuer by SHA-256 (RFC 6960, 4.1.1), by which OCPP names a certificate."""

    serial: str
    common_name: str
    organization: str | None
    subject: str
    issuer: str
    not_before: Instant
    not_after: Instant
    issuer_name_hash: str
    issuer_key_hash: str


@attrs.frozen(kw_only=True)
class CertificateAuthority(Record):
    """Vouches for stations of its tenant and below. `sealed_key` is its encrypted private key, None for
    one that was brought from elsewhere and is only trusted; one that is not `enabled` counts for nothing.
    """

    id: CertificateAuthorityId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    organization: str
    subject: str
    serial: str
    not_before: Instant
    not_after: Instant
    certificate: str
    enabled: bool = True
    sealed_key: str | None = attrs.field(default=None, repr=False)


class StationCertificateStatus(Enum):
    """Sent to the station, taken by it, refused by it, or revoked by us."""

    SENT = "sent"
    INSTALLED = "installed"
    REFUSED = "refused"
    REVOKED = "revoked"


@attrs.frozen(kw_only=True)
class StationCertificate(Record):
    """A station's own certificate, signed here on its request. `request` is a digest of that request;
    `renewed_at` is when the station was last asked to renew it."""

    id: StationCertificateId
    station: StationId
    authority: CertificateAuthorityId
    status: StationCertificateStatus = StationCertificateStatus.SENT
    serial: str
    common_name: str
    not_before: Instant
    not_after: Instant
    issuer_name_hash: str
    issuer_key_hash: str
    certificate: str
    request: str
    renewed_at: Instant | None = None
    revoked_at: Instant | None = None
    reason: str | None = None

    def revoke(self, reason: str | None, *, at: Instant) -> StationCertificate:
        """Take the certificate's validity away for ever; raise `AlreadyRevoked`."""
        if self.status is StationCertificateStatus.REVOKED:
            raise AlreadyRevoked(self.id)
        return attrs.evolve(
            self, status=StationCertificateStatus.REVOKED, revoked_at=at, reason=reason, updated_at=at
        )


class CertificateFlaw(Enum):
    """Why a certificate that a station shows does not prove who it is."""

    UNREADABLE = "unreadable"
    UNKNOWN_AUTHORITY = "unknown authority"
    AUTHORITY_EXPIRED = "authority expired"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    WRONG_NAME = "wrong name"
    REVOKED = "revoked"
