"""What a server is told when it starts: where its data are, where it listens, who may reach it."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from emobility_adapters.sql.urls import sqlite_path, without_password
from emobility_app.limits import Quota
from emobility_app.operating import Operating
from emobility_core.errors import Invalid
from emobility_core.ids import TenantId
from emobility_core.reach import Reach
from emobility_core.webhooks import WebhookReach

DATABASE = "sqlite:///emobility.db"
HTTP = "127.0.0.1:8000"
OCPP = "127.0.0.1:9000"
# Between carrier and customer (RFC 6598), which Python does not call private.
_SHARED = ipaddress.ip_network("100.64.0.0/10")


@attrs.frozen
class MalformedAddress(Invalid):
    """An address to listen on is not written HOST:PORT.

    Remedy: write it like 127.0.0.1:8000 or [::1]:8000; the port lies between 0 and 65535.
    """

    code = "malformed-address"
    text: str


@attrs.frozen
class MalformedDatabaseUrl(Invalid):
    """A database URL names no database that this program can open.

    Remedy: write sqlite:///PATH (four slashes before an absolute path) or postgresql://USER@HOST/NAME;
    percent-encode what is special in a password.
    """

    code = "malformed-database-url"
    text: str


@attrs.frozen
class UnprotectedBind(Invalid):
    """An address that others can reach would be served without encryption.

    Remedy: give --tls-cert and --tls-key, or --behind-proxy if a proxy in front of it ends TLS, or
    listen on 127.0.0.1.
    """

    code = "unprotected-bind"
    address: str


@attrs.frozen
class TlsIncomplete(Invalid):
    """TLS needs a certificate and its key, both readable files.

    Remedy: give --tls-cert and --tls-key together, and a second pair only beside a first one; the
    certificate file holds the whole chain.
    """

    code = "tls-incomplete"


@attrs.frozen
class TlsUnusable(Invalid):
    """A certificate and its key cannot be used: they do not belong together, or one is not in PEM.

    Remedy: give the chain with the server's own certificate first, and the key that it was made for, both
    in PEM.
    """

    code = "tls-unusable"
    certificate: str
    key: str


@attrs.frozen
class PlainDoorMisplaced(Invalid):
    """Stations may come without TLS beside a listener with it, on the way to a higher security profile: from
    a private network, and past no proxy, for a proxy's lines count as encrypted.

    Remedy: give --ocpp-plain an address of this machine in a private network, such as that of the mobile
    operator, beside --tls-cert and --tls-key, without --behind-proxy.
    """

    code = "plain-door-misplaced"
    address: str


@attrs.frozen
class Address:
    """A host and port to listen on; port 0 lets the system choose one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read HOST:PORT; raise `MalformedAddress`."""
        host, colon, port = text.strip().rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if not colon or not bare or (":" in bare) is (bare == host):
            raise MalformedAddress(text)
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise MalformedAddress(text)
        return cls(bare, int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_private(self) -> bool:
        """Whether it lies in a network that the internet does not reach; `0.0.0.0` stands for all."""
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return self.host == "localhost"
        return (address.is_private or address in _SHARED) and not address.is_unspecified

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@attrs.frozen
class Tls:
    """The files of a certificate chain and its private key."""

    certificate: Path
    key: Path

    def __attrs_post_init__(self) -> None:
        if not self.certificate.is_file() or not self.key.is_file():
            raise TlsIncomplete()


class UnknownStations(Enum):
    """What becomes of a station that calls and that nobody has registered."""

    REFUSE = "refuse"
    QUARANTINE = "quarantine"


@attrs.frozen(kw_only=True)
class Settings:
    """All settings of a server.

    `plain_ocpp` is a second listener for stations, without TLS, on their way to a higher security profile.
    `second_tls` is for stations alone, with a key of the other kind (RSA, ECDSA) than `tls`;
    `ca_passphrase` opens the keys of certificate authorities. `public_url` is the base under which
    clients reach the HTTP API (default: where it listens); it is the issuer of tokens. `behind_proxy`
    declares that a proxy in front ends TLS. `migrate` brings the schema up to date at the start.
    `open_live_page` shows the live page without sign-in.
    Quarantined stations are those of `quarantine_tenant`, by default of the tenant at the root.
    `keep_frames` is how long the raw log of stations is kept, None for ever. `vendor_profiles` is a
    folder of the operator's own profiles of stations. `uploads` is the folder for the files that stations
    deliver, each of `longest_upload` bytes at most and `upload_within` so long; `keep_uploads` is how long
    they are kept, None for ever. A file that is imported has `longest_import` bytes at most, unpacked;
    reports and exports are kept for `keep_transfers`, webhook deliveries that are over for `keep_deliveries`.
    `webhook_reach` is where webhooks may go,
    `issuer_reach` where keys of trusted issuers may come from. `operating` is how stations are treated,
    `quota` how much each API client may ask for.
    """

    database: str = DATABASE
    http: Address = attrs.field(factory=lambda: Address.parse(HTTP))
    ocpp: Address = attrs.field(factory=lambda: Address.parse(OCPP))
    plain_ocpp: Address | None = None
    public_url: str | None = None
    tls: Tls | None = None
    second_tls: Tls | None = None
    ca_passphrase: str | None = attrs.field(default=None, repr=False)
    behind_proxy: bool = False
    migrate: bool = True
    open_live_page: bool = False
    unknown_stations: UnknownStations = UnknownStations.REFUSE
    quarantine_tenant: TenantId | None = None
    keep_frames: timedelta | None = timedelta(days=90)
    vendor_profiles: Path | None = None
    erp_templates: Path | None = None
    uploads: Path | None = None
    longest_upload: int = 100 * 1024 * 1024
    upload_within: timedelta = timedelta(hours=1)
    keep_uploads: timedelta | None = timedelta(days=90)
    longest_import: int = 200 * 1024 * 1024
    keep_transfers: timedelta = timedelta(days=7)
    keep_deliveries: timedelta = timedelta(days=30)
    webhook_reach: WebhookReach = attrs.field(factory=WebhookReach)
    issuer_reach: Reach = attrs.field(factory=Reach)
    operating: Operating = attrs.field(factory=Operating)
    quota: Quota = attrs.field(factory=Quota)

    def __attrs_post_init__(self) -> None:
        checked_database_url(self.database)
        if self.second_tls is not None and self.tls is None:
            raise TlsIncomplete()
        for address in (self.http, self.ocpp):
            if not (address.is_loopback or self.behind_proxy or self.tls):
                raise UnprotectedBind(str(address))
        plain = self.plain_ocpp
        if plain and (self.tls is None or self.behind_proxy or not plain.is_private):
            raise PlainDoorMisplaced(str(plain))

    @property
    def upload_folder(self) -> Path:
        """Where files of stations lie: unless told otherwise beside the SQLite file, else where it runs."""
        if self.uploads is not None:
            return self.uploads
        path = sqlite_path(self.database)
        return Path("uploads") if path is None else Path(f"{path}.uploads")

    @property
    def transfer_folder(self) -> Path:
        """Where the files of imports and exports lie."""
        return self.upload_folder / "transfers"

    @property
    def shows_live_page(self) -> bool:
        """Only ever on loopback: whoever sees the page sees all stations."""
        return self.open_live_page and self.http.is_loopback and not self.behind_proxy


def checked_database_url(url: str) -> str:
    """Return the URL if it is one of ours; raise `MalformedDatabaseUrl`."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return url
    if scheme == "postgresql" and _names_a_database(url):
        return url
    raise MalformedDatabaseUrl(without_password(url))


def _names_a_database(url: str) -> bool:
    try:
        return bool(urlsplit(url).path.strip("/"))
    except ValueError:  # a bracket in the password, say
        return False
