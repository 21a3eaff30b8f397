"""Both doors speak TLS 1.2 or newer once they have a certificate, and nothing else."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from emobility_app.compose import running
from emobility_app.settings import Settings, Tls
from emobility_app.store import migrated
from tests.app.http.house import ANY

NOW = datetime.now(UTC)


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    """A certificate for `localhost` that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(private)
    return Tls(tmp_path / "cert.pem", tmp_path / "key.pem")


async def test_http_and_stations_are_served_encrypted(tls: Tls, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'secured.db'}"
    await migrated(url)
    async with running(Settings(database=url, http=ANY, ocpp=ANY, tls=tls)) as server:
        http, ocpp = urlsplit(server.http_url), urlsplit(server.ocpp_url)
        assert (http.scheme, ocpp.scheme) == ("https", "wss")
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            trusted = _trusting(tls, newest)
            async with httpx.AsyncClient(verify=trusted) as client:
                told = await client.get(f"https://localhost:{http.port}/v1/me")
            assert told.status_code == 401
            with pytest.raises(InvalidStatus, match="404"):  # through the handshake to the door behind it
                await connect(f"wss://localhost:{ocpp.port}/ocpp/nobody", ssl=trusted, proxy=None)
        with pytest.raises(httpx.RemoteProtocolError):
            async with httpx.AsyncClient() as client:
                await client.get(f"http://localhost:{http.port}/v1/me")


# Asking for what is deprecated is what this test is about.
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
async def test_older_versions_are_refused(tls: Tls, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'secured.db'}"
    await migrated(url)
    old = _trusting(tls, ssl.TLSVersion.TLSv1_1)
    async with running(Settings(database=url, http=ANY, ocpp=ANY, tls=tls)) as server:
        http, ocpp = urlsplit(server.http_url), urlsplit(server.ocpp_url)
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient(verify=old) as client:
                await client.get(f"https://localhost:{http.port}/v1/me")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await connect(f"wss://localhost:{ocpp.port}/ocpp/nobody", ssl=old, proxy=None)


def _trusting(tls: Tls, newest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(tls.certificate))
    if newest < ssl.TLSVersion.TLSv1_2:
        # OpenSSL gives the old versions no ciphers at its usual level.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = newest
    context.maximum_version = newest
    return context
