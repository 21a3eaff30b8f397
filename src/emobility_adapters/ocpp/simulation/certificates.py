"""The certificates of a station: its own with the key to it, and the roots that it trusts."""

from __future__ import annotations

import base64
import hashlib

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from emobility_adapters.ocpp.simulation.frames import Payload

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
_HASHES = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}


@attrs.frozen
class Root:
    """An installed root and what it is trusted for."""

    use: str
    certificate: x509.Certificate

    def hash_data(self, algorithm: str = "SHA256") -> Payload:
        """CertificateHashData as the security whitepaper has it, a root being its own issuer."""
        digest, certificate = _HASHES[algorithm], self.certificate
        return {
            "hashAlgorithm": algorithm,
            "issuerNameHash": digest(certificate.issuer.public_bytes()).hexdigest(),
            "issuerKeyHash": digest(_key_bits(certificate)).hexdigest(),
            "serialNumber": f"{certificate.serial_number:x}",
        }


def _key_bits(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


class Certificates:
    """`chain` and `key` are PEM, None without a client certificate; `asked` is the key of one asked for."""

    def __init__(self, *, chain: str | None = None, key: str | None = None) -> None:
        self.chain, self.key = chain, key
        self.roots: list[Root] = []
        self.asked: ec.EllipticCurvePrivateKey | None = None

    def install(self, use: str, pem: str) -> bool:
        """Trust a root; False if it cannot be read or is no authority's."""
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except (ValueError, x509.ExtensionNotFound):
            return False
        root = Root(use, certificate)
        if basic.ca and root not in self.roots:
            self.roots.append(root)
        return basic.ca

    def remove(self, hash_data: Payload) -> bool:
        """Trust the root with this hash data no longer; False if there is none."""
        found = [
            one
            for one in self.roots
            if _folded(one.hash_data(hash_data["hashAlgorithm"])) == _folded(hash_data)
        ]
        self.roots = [one for one in self.roots if one not in found]
        return bool(found)

    def of(self, use: str) -> list[Root]:
        return [one for one in self.roots if one.use == use]

    def pem_of(self, use: str) -> str:
        """All roots for a use, one after the other."""
        encoding = serialization.Encoding.PEM
        return "".join(one.certificate.public_bytes(encoding).decode() for one in self.of(use))

    def request(self, common_name: str, organization: str) -> str:
        """A signing request (PEM) for a new key pair, kept until the answer comes."""
        self.asked = ec.generate_private_key(ec.SECP256R1())
        # Security whitepaper, A00.FR.511 and A02.FR.13: CN is the serial number, O the operator.
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            ]
        )
        request = x509.CertificateSigningRequestBuilder().subject_name(name)
        signed = request.sign(self.asked, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def accept(self, chain: str) -> bool:
        """Take the signed certificate into use; False if it is not for the key that was asked for."""
        try:
            leaf, *others = x509.load_pem_x509_certificates(chain.encode())
            if others:
                leaf.verify_directly_issued_by(others[0])
        except (ValueError, TypeError, InvalidSignature):
            return False
        if self.asked is None or leaf.public_key() != self.asked.public_key():
            return False
        self.chain = chain
        self.key = self.asked.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.asked = None
        return True

    def trusts_signer(self, pem: str) -> bool:
        """Whether a firmware's signing certificate is a manufacturer's; any is if no root is installed."""
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return False
        roots = self.of(MANUFACTURER)
        return not roots or any(_is_issued_by(certificate, one.certificate) for one in roots)


def _folded(hash_data: Payload) -> tuple[str, ...]:
    names = ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")
    return tuple(str(hash_data[name]).lower().lstrip("0") for name in names)


def _is_issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_signed(content: bytes, signature: str, pem: str) -> bool:
    """Whether `signature` (base64) of `content` was made with the key of this certificate (SHA-256)."""
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, rsa.RSAPublicKey):
            # Security whitepaper, L01.FR.04.
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(raw, content, pss, hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, content, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (ValueError, InvalidSignature):
        return False
    return True
