"""Requests about certificates, of the security whitepaper."""

from __future__ import annotations

from typing import Any

from emobility_adapters.ocpp.v16.words import Requests
from emobility_core.commands import (
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SendSignedCertificate,
)

_USES = {
    CertificateUse.CENTRAL_SYSTEM: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER: "ManufacturerRootCertificate",
}


def _install(order: InstallCertificate) -> tuple[str, dict[str, Any]]:
    payload = {"certificateType": _USES[order.use], "certificate": order.certificate}
    return "InstallCertificate", payload


def _delete(order: DeleteCertificate) -> tuple[str, dict[str, Any]]:
    named = order.certificate
    data = {
        "hashAlgorithm": named.algorithm.value,
        "issuerNameHash": named.issuer_name,
        "issuerKeyHash": named.issuer_key,
        "serialNumber": named.serial,
    }
    return "DeleteCertificate", {"certificateHashData": data}


def _installed(order: GetInstalledCertificates) -> tuple[str, dict[str, Any]]:
    return "GetInstalledCertificateIds", {"certificateType": _USES[order.use]}


def _signed(order: SendSignedCertificate) -> tuple[str, dict[str, Any]]:
    return "CertificateSigned", {"certificateChain": order.chain}


REQUESTS: Requests = {
    DeleteCertificate: _delete,
    GetInstalledCertificates: _installed,
    InstallCertificate: _install,
    SendSignedCertificate: _signed,
}
