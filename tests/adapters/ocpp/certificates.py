"""Real certificates for servers and stations, made once a run: keys take their time."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from emobility_adapters.ocpp.tls import station_context
from emobility_core.certificates import CertificateAuthority, KeyKind
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.testing.builders import later, make_authority
from emobility_core.testing.clock import NOON

from .world import CERTIFIER, World

PEM = serialization.Encoding.PEM
ORGANIZATION = "Stadtwerk"
_ALWAYS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def key_of(kind: KeyKind, who: str = "station") -> Key:
    """A key; who asks twice gets the same."""
    if kind is KeyKind.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def private_pem(key: Key) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def request_for(name: str, *, key: Key, organization: str | None = ORGANIZATION) -> str:
    """A signing request, as a station makes it."""
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    builder = x509.CertificateSigningRequestBuilder(x509.Name(parts))
    return builder.sign(key, hashes.SHA256()).public_bytes(PEM).decode()


@cache
def authority_material(name: str = "Stadtwerk CA", kind: KeyKind = KeyKind.ECDSA) -> Any:
    return CERTIFIER.found(name, ORGANIZATION, key=kind, at=NOON, until=later(days=3650))


def authority(*, name: str = "Stadtwerk CA", **changes: Any) -> CertificateAuthority:
    made = authority_material(name, changes.pop("kind", KeyKind.ECDSA))
    facts = CERTIFIER.read_authority(made.certificate)
    fields = {
        "name": name,
        "certificate": made.certificate,
        "sealed_key": made.sealed_key,
        "serial": facts.serial,
        "subject": facts.subject,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
    }
    return make_authority(**{**fields, **changes})


@attrs.frozen
class Credentials:
    """A station's certificate and key, as files."""

    chain: Path
    key: Path
    serial: str


def credentials(
    folder: Path,
    by: CertificateAuthority,
    name: str = "CP1",
    *,
    kind: KeyKind = KeyKind.ECDSA,
    at: Instant = NOON,
    until: Instant | None = None,
) -> Credentials:
    key = key_of(kind)
    request = request_for(name, key=key)
    pem, facts = CERTIFIER.sign(
        request, authority=by, names=[name], station=None, at=at, until=until or later(at, days=90)
    )
    return stored(folder, pem, key, facts.serial)


def stored(folder: Path, chain: str, key: Key, serial: str = "") -> Credentials:
    made = Credentials(folder / f"{serial}.pem", folder / f"{serial}.key", serial)
    made.chain.write_text(chain)
    made.key.write_bytes(private_pem(key))
    return made


@cache
def _server(kind: KeyKind) -> bytes:
    key = key_of(kind, "server")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"127.0.0.1 {kind.value}")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *_ALWAYS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(PEM)


def server_files(folder: Path, kind: KeyKind) -> tuple[Path, Path]:
    """The server's own chain and key."""
    chain, key = folder / f"server-{kind.value}.pem", folder / f"server-{kind.value}.key"
    chain.write_bytes(_server(kind))
    key.write_bytes(private_pem(key_of(kind, "server")))
    return chain, key


def listener(folder: Path) -> ssl.SSLContext:
    """The context of a server that has a certificate of each kind."""
    return station_context([server_files(folder, kind) for kind in KeyKind])


def station_tls(own: Credentials | None = None, **limits: Any) -> ssl.SSLContext:
    """The context of a station that trusts the server; `limits` are attributes of the context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    for kind in KeyKind:
        context.load_verify_locations(cadata=_server(kind).decode())
    if own is not None:
        context.load_cert_chain(own.chain, own.key)
    for name, value in limits.items():
        setattr(context, name, value)
    return context


async def trusting(world: World, **changes: Any) -> CertificateAuthority:
    """An authority, of the root tenant unless told otherwise, that the world's endpoint trusts."""
    made = authority(**{"tenant": TenantId(world.root.id), **changes})
    async with world.store.transactions(world.scope) as work:
        await work.certificate_authorities.add(made)
    await world.trust.load()
    return made
