"""The opening handshake: which station calls, and whether it may."""

from __future__ import annotations

import base64
import hmac
import ssl
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import unquote

import attrs
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.admission import caller_address
from emobility_adapters.ocpp.quarantine import Quarantine, Stranger
from emobility_core.certificates import StationTrust
from emobility_core.errors import Unavailable
from emobility_core.instants import Clocks
from emobility_core.network import (
    KnownStation,
    LineProof,
    MalformedStationIdentity,
    Obstacle,
    Shown,
    Station,
    StationDirectory,
    StationIdentity,
    admit,
    presented_forms,
)

# Hears of a line that was refused: whose it was, the kind of security event, and what was wrong.
Refused: TypeAlias = Callable[[KnownStation, str, str], Awaitable[None]]


def identity_in(path: str) -> StationIdentity | None:
    """Read the identity from a request target: the last segment of its path, percent-decoded.

    Stations send absolute URLs, doubled and trailing slashes, and query strings.
    """
    segments = [part for part in path.partition("?")[0].split("/") if part]
    if not segments:
        return None
    try:
        return StationIdentity(unquote(segments[-1], errors="strict"))
    except (MalformedStationIdentity, UnicodeDecodeError):
        return None


def basic_key(header: str | None, identity: StationIdentity) -> bytes | None:
    """Read the station's key from an Authorization header; it is bytes, not text.

    The user is the identity, which may itself hold colons.
    """
    kind, _, encoded = (header or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        credentials = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:  # also for what is not even ASCII
        return None
    end = len(identity.text.encode())
    user, mark = credentials[:end].decode(errors="replace"), credentials[end : end + 1]
    return credentials[end + 1 :] if mark == b":" and user.lower() == identity.folded else None


def digest_met(station: Station, header: str | None, digest: Callable[[bytes], str]) -> str | None:
    """Which of the station's digests the key in the header meets, None for none."""
    key = basic_key(header, station.identity)
    if key is None:
        return None
    known = [one for one in (station.key_digest, station.pending_key_digest) if one is not None]
    shown = [digest(form) for form in presented_forms(key)]
    met = [one for one in known for form in shown if hmac.compare_digest(form, one)]
    return met[0] if met else None


@attrs.frozen(kw_only=True)
class Gate:
    """Answers handshakes: 404 for unknown stations, 401 without the proof that a station's security profile
    asks for, 403 without TLS where it needs that, 503 while nobody can tell.

    With a `quarantine` unknown stations are let into that. `behind_proxy` says that a proxy in front has
    ended TLS and names the caller's address. `refused` is told of each refusal that touches security.
    """

    directory: StationDirectory
    digest: Callable[[bytes], str]
    clocks: Clocks
    trust: StationTrust
    refused: Refused
    behind_proxy: bool = False
    quarantine: Quarantine | None = None

    async def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        if "Connection" not in request.headers:
            # One maker omits the header and retries for ever if refused; Upgrade says it all.
            request.headers["Connection"] = "Upgrade"
        identity = identity_in(request.path)
        if identity is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "No station identity in the path.\n")
        try:
            known = await self.directory.find(identity)
            if known is None:
                return self._meet(connection, request, identity)
            return await self._judge(known, connection, request)
        except Unavailable:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Please try again later.\n")

    async def _judge(
        self, known: KnownStation, connection: ServerConnection, request: Request
    ) -> Response | None:
        certificate = _certificate(connection)
        if certificate is not None:
            flaw = await self.trust.flaw_of(certificate, known, at=self.clocks.of(known.path).now())
            if flaw is not None:
                await self.refused(known, "InvalidChargePointCertificate", flaw.value)
                return connection.respond(HTTPStatus.UNAUTHORIZED, f"Certificate refused: {flaw.value}.\n")
        header = _header(request, "Authorization")
        shown = Shown(
            encrypted=self._is_encrypted(connection, request),
            key_digest=digest_met(known.station, header, self.digest),
            certificate=certificate,
        )
        found = admit(known.station, shown)
        if isinstance(found, Obstacle):
            await self._note(found, known, shown, header)
            return _refusal(found, connection)
        connection.known_station = attrs.evolve(known, proof=found)  # type: ignore[attr-defined]
        return None

    def _meet(
        self, connection: ServerConnection, request: Request, identity: StationIdentity
    ) -> Response | None:
        if self.quarantine is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "Unknown station.\n")
        refusal = self.quarantine.refusal(identity)
        if refusal is not None:
            return connection.respond(refusal, "Unknown station, please try again later.\n")
        connection.stranger = Stranger(  # type: ignore[attr-defined]
            identity=identity,
            remote_address=caller_address(connection, request, behind_proxy=self.behind_proxy),
            key=basic_key(_header(request, "Authorization"), identity) or None,
        )
        return None

    async def _note(self, lacks: Obstacle, known: KnownStation, shown: Shown, header: str | None) -> None:
        needed = known.station.security_profile
        if lacks is Obstacle.KEY and header is not None:
            await self.refused(known, "InvalidAuthorizationKey", "the key is not the station's")
        elif shown.profile < needed:
            info = f"profile {shown.profile.value} where {needed.value} is required: {lacks.value} is missing"
            await self.refused(known, "LowerSecurityProfile", info)

    def _is_encrypted(self, connection: ServerConnection, request: Request) -> bool:
        if _tls(connection) is not None:
            return True
        # Each proxy on the way may have added its word, in a header of its own or behind a comma.
        said = ",".join(request.headers.get_all("X-Forwarded-Proto")).lower().split(",")
        return self.behind_proxy and not any(one.strip() in ("http", "ws") for one in said)


@attrs.frozen
class GuestGate:
    """Stands before the gate where nobody but this server's own simulated stations call: who knows its `key`
    is let in as if it had proven to be the station that it says it is."""

    gate: Gate
    key: bytes

    async def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        identity = identity_in(request.path)
        shown = None if identity is None else basic_key(_header(request, "Authorization"), identity)
        if identity is None or shown is None or not hmac.compare_digest(shown, self.key):
            return await self.gate(connection, request)
        known = await self.gate.directory.find(identity)
        if known is None:
            return await self.gate(connection, request)
        station = known.station
        proof = LineProof(profile=station.security_profile, key_digest=station.key_digest)
        connection.known_station = attrs.evolve(known, proof=proof)  # type: ignore[attr-defined]
        return None


def _refusal(lacks: Obstacle, connection: ServerConnection) -> Response:
    words = f"This station needs {lacks.value}.\n"
    if lacks is Obstacle.ENCRYPTION:
        return connection.respond(HTTPStatus.FORBIDDEN, words)
    if lacks is Obstacle.CERTIFICATE:
        return connection.respond(HTTPStatus.UNAUTHORIZED, words)
    response = connection.respond(HTTPStatus.UNAUTHORIZED, "Wrong or missing station key.\n")
    response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
    return response


def stranger_on(connection: ServerConnection) -> Stranger | None:
    """The unknown station that the gate has let into quarantine on this connection."""
    return getattr(connection, "stranger", None)


def known_station(connection: ServerConnection) -> KnownStation:
    """The station that the gate has let in on this connection."""
    known: KnownStation = connection.known_station  # type: ignore[attr-defined]
    return known


def chosen_of(spoken: Sequence[Subprotocol], offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Agree on the first that we speak, in whatever case the station writes it."""
    named = {name.lower(): name for name in offered}
    return next((named[ours] for ours in map(str.lower, spoken) if ours in named), None)


def _tls(connection: ServerConnection) -> ssl.SSLObject | None:
    found: ssl.SSLObject | None = connection.transport.get_extra_info("ssl_object")
    return found


def _certificate(connection: ServerConnection) -> bytes | None:
    """The certificate that the station has shown, in DER; OpenSSL has checked that it holds the key."""
    secured = _tls(connection)
    return None if secured is None else secured.getpeercert(binary_form=True)


def _header(request: Request, name: str) -> str | None:
    values = request.headers.get_all(name)
    return values[0] if values else None
