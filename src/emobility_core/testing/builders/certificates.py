"""Authorities, what they signed, and what stations trust."""

from __future__ import annotations

from typing import Any

from emobility_core.certificates import CertificateAuthority, StationCertificate
from emobility_core.certification import InstalledCertificates
from emobility_core.commands import CertificateHash, CertificateUse
from emobility_core.ids import CertificateAuthorityId, StationCertificateId, StationId
from emobility_core.testing.builders.basis import TENANT, ids, later, stored
from emobility_core.testing.clock import NOON


def make_authority(**changes: Any) -> CertificateAuthority:
    fields = {
        "id": CertificateAuthorityId(ids.uuid7(NOON)),
        "name": "Stadtwerk CA",
        "organization": "Stadtwerk",
        "subject": "CN=Stadtwerk CA,O=Stadtwerk",
        "serial": "1",
        "not_before": NOON,
        "not_after": later(days=3650),
        "certificate": "-----BEGIN CERTIFICATE-----",
    }
    return CertificateAuthority(**stored({**fields, **changes}))


def make_station_certificate(**changes: Any) -> StationCertificate:
    fields = {
        "id": StationCertificateId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "authority": CertificateAuthorityId(ids.uuid7(NOON)),
        "serial": "2",
        "common_name": "CP1",
        "not_before": NOON,
        "not_after": later(days=365),
        "issuer_name_hash": "ab",
        "issuer_key_hash": "cd",
        "certificate": "-----BEGIN CERTIFICATE-----",
        "request": "d1gest",
    }
    return StationCertificate(**stored({**fields, **changes}))


def make_installed_certificates(**changes: Any) -> InstalledCertificates:
    trusted = CertificateHash(issuer_name="ab", issuer_key="cd", serial="1f")
    fields = {
        "tenant": TENANT,
        "station": StationId(ids.uuid7(NOON)),
        "use": CertificateUse.CENTRAL_SYSTEM,
        "certificates": (trusted,),
        "told_at": NOON,
    }
    return InstalledCertificates(**{**fields, **changes})
