"""Certificates that a station is given, told to forget, or asked for (security whitepaper, A02, M03-M05)."""

from __future__ import annotations

from enum import Enum

import attrs

from emobility_core.commands._order import CommandKind, StationOrder, require_length


class CertificateUse(Enum):
    """What a root certificate vouches for."""

    CENTRAL_SYSTEM = "central_system"
    MANUFACTURER = "manufacturer"


class HashAlgorithm(Enum):
    """How the hashes of a certificate were made."""

    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA512 = "SHA512"


@attrs.frozen(kw_only=True)
class CertificateHash:
    """A certificate by hashes of its issuer and by its serial number, all hexadecimal (RFC 6960, 4.1.1)."""

    algorithm: HashAlgorithm = HashAlgorithm.SHA256
    issuer_name: str
    issuer_key: str
    serial: str

    def __attrs_post_init__(self) -> None:
        for field, most in (("issuer_name", 128), ("issuer_key", 128), ("serial", 40)):
            require_length(field, getattr(self, field), most)


@attrs.frozen(kw_only=True)
class InstallCertificate(StationOrder):
    """Trust a root certificate, given as PEM."""

    kind = CommandKind.INSTALL_CERTIFICATE
    use: CertificateUse
    certificate: str

    def __attrs_post_init__(self) -> None:
        require_length("certificate", self.certificate, 5500)


@attrs.frozen(kw_only=True)
class DeleteCertificate(StationOrder):
    """Forget a root certificate."""

    kind = CommandKind.DELETE_CERTIFICATE
    certificate: CertificateHash


@attrs.frozen(kw_only=True)
class GetInstalledCertificates(StationOrder):
    """Tell which root certificates of a use are trusted."""

    kind = CommandKind.GET_INSTALLED_CERTIFICATES
    use: CertificateUse


@attrs.frozen(kw_only=True)
class SendSignedCertificate(StationOrder):
    """Take the station's own certificate, signed on its request, with its chain as PEM."""

    kind = CommandKind.SEND_SIGNED_CERTIFICATE
    chain: str

    def __attrs_post_init__(self) -> None:
        require_length("chain", self.chain, 10_000)
