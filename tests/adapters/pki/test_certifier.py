"""The certifier: what it makes, held against OpenSSL's own reading, and what it keeps to itself."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from emobility_adapters.pki import PkiCertifier
from emobility_core.certificates import (
    AuthorityLocked,
    AuthorityWithoutKey,
    CertificateAuthority,
    KeyKind,
    MalformedCertificate,
)
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON
from tests.adapters.ocpp.certificates import authority, key_of, request_for
from tests.adapters.ocpp.world import CERTIFIER

YEAR = later(days=365)


def _signed(by: CertificateAuthority, kind: KeyKind = KeyKind.ECDSA) -> x509.Certificate:
    request = request_for("CP1", key=key_of(kind), organization=None)
    pem, _ = CERTIFIER.sign(request, authority=by, names=["CP1"], station=None, at=NOON, until=YEAR)
    return x509.load_pem_x509_certificate(pem.encode())


@pytest.mark.parametrize("kind", KeyKind)
def test_a_certificate_is_named_as_ocsp_names_it(kind: KeyKind) -> None:
    """OCPP takes CertificateHashData from RFC 6960; cryptography reckons it for OCSP."""
    by = authority(kind=kind)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    pem, facts = CERTIFIER.sign(request, authority=by, names=["CP1"], station=None, at=NOON, until=YEAR)
    own, issuer = (x509.load_pem_x509_certificate(text.encode()) for text in (pem, by.certificate))
    told = ocsp.OCSPRequestBuilder().add_certificate(own, issuer, hashes.SHA256()).build()
    assert facts.issuer_name_hash == told.issuer_name_hash.hex()
    assert facts.issuer_key_hash == told.issuer_key_hash.hex()
    assert facts.serial == f"{told.serial_number:x}"
    assert len(facts.serial) <= 40


@pytest.mark.parametrize("kind", KeyKind)
def test_a_stations_certificate_is_for_clients_alone_and_bears_the_operators_name(kind: KeyKind) -> None:
    made = _signed(authority(), kind)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert made.subject.rfc4514_string() == "CN=CP1,O=Stadtwerk"
    assert made.not_valid_before_utc < NOON


def test_no_certificate_outlives_its_authority() -> None:
    by = attrs.evolve(authority(), not_after=later(days=9))
    assert _signed(by).not_valid_after_utc <= by.not_after


def test_another_passphrase_opens_no_key() -> None:
    by, other = authority(), PkiCertifier(b"another")
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    with pytest.raises(AuthorityLocked):
        other.sign(request, authority=by, names=["CP1"], station=None, at=NOON, until=YEAR)
    assert "sealed" not in repr(CERTIFIER)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_key_that_is_not_the_authoritys_leaves_no_signature_behind(kind: KeyKind) -> None:
    another = authority(name="Another CA", kind=kind)
    by = attrs.evolve(authority(kind=kind), sealed_key=another.sealed_key)
    with pytest.raises(AuthorityLocked):
        _signed(by)
    with pytest.raises(AuthorityLocked):
        CERTIFIER.revocation_list(by, [], at=NOON, until=YEAR)


def test_who_has_no_key_signs_nothing() -> None:
    by = authority(sealed_key=None)
    with pytest.raises(AuthorityWithoutKey):
        CERTIFIER.revocation_list(by, [], at=NOON, until=YEAR)


def test_a_stations_certificate_is_no_authority() -> None:
    with pytest.raises(MalformedCertificate):
        CERTIFIER.read_authority(CERTIFIER.sign(
            request_for("CP1", key=key_of(KeyKind.ECDSA)), authority=authority(), names=["CP1"], station=None,
            at=NOON, until=YEAR,
        )[0])  # fmt: skip


def test_the_list_says_when_the_next_one_is_due() -> None:
    by = authority()
    pem = CERTIFIER.revocation_list(by, [], at=NOON, until=later(days=7))
    listed = x509.load_pem_x509_crl(pem.encode())
    assert listed.next_update_utc is not None
    assert listed.next_update_utc - listed.last_update_utc == timedelta(days=7)
    key = x509.load_pem_x509_certificate(by.certificate.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert listed.is_signature_valid(key)
