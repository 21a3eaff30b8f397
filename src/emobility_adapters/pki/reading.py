"""Certificates as the domain describes them."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from emobility_core.certificates import CertificateFacts, MalformedCertificate
from emobility_core.instants import instant

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def load(pem: str) -> x509.Certificate:
    """Read one certificate; raise `MalformedCertificate`."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise MalformedCertificate("no certificate in PEM") from error


def key_of(certificate: x509.Certificate) -> PublicKey:
    """Its public key; raise `MalformedCertificate` for a kind that is none of ours."""
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise MalformedCertificate("its key is neither RSA nor ECDSA")
    return key


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def first(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else None


def facts_of(certificate: x509.Certificate, issuer: PublicKey) -> CertificateFacts:
    """What a certificate says; `issuer` is the public key of who signed it."""
    return CertificateFacts(
        serial=f"{certificate.serial_number:x}",
        common_name=first(certificate.subject, NameOID.COMMON_NAME) or "",
        organization=first(certificate.subject, NameOID.ORGANIZATION_NAME),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=instant(certificate.not_valid_before_utc),
        not_after=instant(certificate.not_valid_after_utc),
        issuer_name_hash=_sha256(certificate.issuer.public_bytes()),
        issuer_key_hash=_key_hash(issuer),
    )


def _key_hash(key: PublicKey) -> str:
    # RFC 6960, 4.1.1: over the bits of the key alone, without their tag and length.
    if isinstance(key, rsa.RSAPublicKey):
        return _sha256(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1))
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return _sha256(point)


def _sha256(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()
