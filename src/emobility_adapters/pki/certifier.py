"""An authority of one's own: made, sealed, and signing for stations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emobility_adapters.pki.reading import facts_of, key_of, load, pem_of
from emobility_adapters.pki.requests import common_name, read_request, require_sound
from emobility_core.certificates import (
    AuthorityLocked,
    AuthorityWithoutKey,
    CertificateAuthority,
    CertificateFacts,
    KeyKind,
    MalformedCertificate,
    NewAuthority,
    StationCertificate,
)
from emobility_core.ids import StationId
from emobility_core.instants import Instant

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_RSA_BITS = 3072
# A station's clock may be behind ours: its certificate must not come from its future.
_EARLIER = timedelta(hours=1)


@attrs.define(eq=False)
class PkiCertifier:
    """What the core's `Certifier` promises, without a loop; `passphrase` opens and seals the keys of
    authorities."""

    passphrase: bytes = attrs.field(repr=False)
    _opened: dict[str, _Key] = attrs.field(factory=dict, init=False, repr=False)

    def found(
        self, name: str, organization: str, *, key: KeyKind, at: Instant, until: Instant
    ) -> NewAuthority:
        private = _new_key(key)
        subject = _named(name, organization)
        made = (
            _builder(subject, subject, private.public_key(), at - _EARLIER, until)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
            .sign(private, hashes.SHA256())
        )
        sealed = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self.passphrase),
        )
        return NewAuthority(pem_of(made), sealed.decode())

    def read_authority(self, pem: str) -> CertificateFacts:
        certificate = load(pem)
        try:
            is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (x509.ExtensionNotFound, ValueError) as error:
            raise MalformedCertificate("not the certificate of an authority") from error
        if not is_authority:
            raise MalformedCertificate("not the certificate of an authority")
        return facts_of(certificate, key_of(certificate))

    def name_in(self, request: str) -> str:
        return common_name(read_request(request))

    def sign(
        self, request: str, *, authority: CertificateAuthority, names: Collection[str],
        station: StationId | None, at: Instant, until: Instant,
    ) -> tuple[str, CertificateFacts]:  # fmt: skip
        asked = read_request(request)
        require_sound(asked, names=names, organization=authority.organization)
        own, key = load(authority.certificate), self._open(authority)
        subject = _named(common_name(asked), authority.organization)
        until = min(until, authority.not_after)
        encrypts = isinstance(asked.public_key(), rsa.RSAPublicKey)
        builder = (
            _builder(subject, own.subject, asked.public_key(), at - _EARLIER, until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(encrypts=encrypts), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(asked.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
        )
        if station is not None:
            whose = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(station.urn)])
            builder = builder.add_extension(whose, critical=False)
        signed = builder.sign(key, hashes.SHA256())
        try:
            signed.verify_directly_issued_by(own)
        except (InvalidSignature, TypeError) as error:
            raise AuthorityLocked(authority.name) from error
        return pem_of(signed), facts_of(signed, key.public_key())

    def revocation_list(
        self, authority: CertificateAuthority, revoked: Sequence[StationCertificate], *, at: Instant,
        until: Instant,
    ) -> str:  # fmt: skip
        own, key = load(authority.certificate), self._open(authority)
        builder = x509.CertificateRevocationListBuilder(own.subject, at, until)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder(int(one.serial, 16), one.revoked_at or at).build()
            builder = builder.add_revoked_certificate(entry)
        signed = builder.sign(key, hashes.SHA256())
        if not signed.is_signature_valid(key_of(own)):
            raise AuthorityLocked(authority.name)
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def _open(self, authority: CertificateAuthority) -> _Key:
        if authority.sealed_key is None:
            raise AuthorityWithoutKey(authority.id)
        known = self._opened.get(authority.sealed_key)
        if known is not None:
            return known
        try:
            # The primes are not proven anew: for half a second that would keep the interpreter to itself, in
            # a thread as well. A key that was tampered with shows in what it signs, which is verified.
            key = serialization.load_pem_private_key(
                authority.sealed_key.encode(), self.passphrase, unsafe_skip_rsa_key_validation=True
            )
        except ValueError as error:
            raise AuthorityLocked(authority.name) from error
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        self._opened[authority.sealed_key] = key
        return key


def _new_key(kind: KeyKind) -> _Key:
    if kind is KeyKind.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def _named(name: str, organization: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), since, until)


def _usage(*, signs_certificates: bool = False, encrypts: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=encrypts,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
