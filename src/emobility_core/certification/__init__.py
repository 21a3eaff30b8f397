"""Certification of stations: signed on request, installed, renewed before the end, revoked."""

from emobility_core.certification._certification import (
    CERTIFICATE_VALID,
    RENEW_BEFORE,
    CertificationWork,
    follow_certificate,
    next_renewal,
    renew_certificates,
    request_certificate,
    revoke_certificate,
)
from emobility_core.certification._installed import (
    InstalledCertificateLists,
    InstalledCertificates,
    InstalledWork,
    follow_installed,
)

__all__ = [
    "CERTIFICATE_VALID",
    "RENEW_BEFORE",
    "CertificationWork",
    "InstalledCertificateLists",
    "InstalledCertificates",
    "InstalledWork",
    "follow_certificate",
    "follow_installed",
    "next_renewal",
    "renew_certificates",
    "request_certificate",
    "revoke_certificate",
]
