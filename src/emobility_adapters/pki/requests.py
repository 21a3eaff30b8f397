"""Certificate signing requests of stations: read, and held against what the whitepaper asks of them."""

from __future__ import annotations

from collections.abc import Collection

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from emobility_adapters.pki.reading import first
from emobility_core.certificates import LONGEST_REQUEST, CertificateRequestRefused

# Security whitepaper, A00.FR.502 and 503: RSA or DSA keys of 2048 bits at least, elliptic curves of 224.
_SHORTEST_RSA, _SHORTEST_EC = 2048, 224
_LONGEST_RSA = 8192
_BROKEN_DIGESTS = frozenset({"md5", "sha1"})


def read_request(pem: str) -> x509.CertificateSigningRequest:
    """Read a request; raise `CertificateRequestRefused`.

    Some stations send the base64 text without its frame, or with its line ends written out.
    """
    if len(pem) > LONGEST_REQUEST:
        raise CertificateRequestRefused(f"longer than {LONGEST_REQUEST} characters")
    text = pem.strip().replace("\\n", "\n")
    if "-----BEGIN" not in text:
        text = f"-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n"
    try:
        return x509.load_pem_x509_csr(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateRequestRefused("no certificate signing request in PEM") from error


def common_name(request: x509.CertificateSigningRequest) -> str:
    name = first(request.subject, NameOID.COMMON_NAME)
    if not name:
        raise CertificateRequestRefused("it has no CN")
    return name


def require_sound(
    request: x509.CertificateSigningRequest, *, names: Collection[str], organization: str
) -> None:
    """Raise `CertificateRequestRefused` for a request that is not the station's or too weak."""
    name = common_name(request)
    if name.lower() not in {one.lower() for one in names}:
        raise CertificateRequestRefused(f"its CN is {name[:64]!r}, not the station's")
    told = first(request.subject, NameOID.ORGANIZATION_NAME)
    # Whitepaper, A02.FR.13: O is the operator's name. Stations without one get it; another one is not ours.
    if told is not None and told.strip().lower() != organization.strip().lower():
        raise CertificateRequestRefused(f"its O is {told[:64]!r}, not {organization!r}")
    _require_strong(request)
    _require_signed(request)


def _require_strong(request: x509.CertificateSigningRequest) -> None:
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if not _SHORTEST_RSA <= key.key_size <= _LONGEST_RSA:
            raise CertificateRequestRefused(f"its RSA key has {key.key_size} bits")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.key_size < _SHORTEST_EC:
            raise CertificateRequestRefused(f"its key on the curve {key.curve.name} is too short")
    else:
        raise CertificateRequestRefused("its key is neither RSA nor ECDSA")


def _require_signed(request: x509.CertificateSigningRequest) -> None:
    try:
        digest = request.signature_hash_algorithm
        sound = request.is_signature_valid
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise CertificateRequestRefused("its signature is of an unknown kind") from error
    if digest is None or digest.name in _BROKEN_DIGESTS or not sound:
        raise CertificateRequestRefused("its signature does not hold")
