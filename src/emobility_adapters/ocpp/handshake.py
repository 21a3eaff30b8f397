"""The opening handshake: which station calls, and whether it may."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.quarantine import Quarantine, Stranger
from emobility_core.errors import Unavailable
from emobility_core.network import (
    KnownStation,
    MalformedStationIdentity,
    Station,
    StationDirectory,
    StationIdentity,
    presented_forms,
)


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


def admits(station: Station, header: str | None, digest: Callable[[bytes], str]) -> bool:
    """Whether the handshake proves the station's key; a station without one needs no proof."""
    if station.key_digest is None:
        return True
    key = basic_key(header, station.identity)
    if key is None:
        return False
    return any(hmac.compare_digest(digest(form), station.key_digest) for form in presented_forms(key))


class Gate:
    """Answers handshakes: 404 for unknown stations, 401 without the key, 503 while nobody can tell.

    With a `quarantine` unknown stations are let into that.
    """

    def __init__(
        self,
        directory: StationDirectory,
        digest: Callable[[bytes], str],
        quarantine: Quarantine | None = None,
    ) -> None:
        self._directory = directory
        self._digest = digest
        self._quarantine = quarantine

    async def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        if "Connection" not in request.headers:
            # One maker omits the header and retries for ever if refused; Upgrade says it all.
            request.headers["Connection"] = "Upgrade"
        identity = identity_in(request.path)
        if identity is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "No station identity in the path.\n")
        try:
            known = await self._directory.find(identity)
        except Unavailable:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Please try again later.\n")
        if known is None:
            return self._meet(connection, request, identity)
        if not admits(known.station, _authorization(request), self._digest):
            response = connection.respond(HTTPStatus.UNAUTHORIZED, "Wrong or missing station key.\n")
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
            return response
        connection.known_station = known  # type: ignore[attr-defined]
        return None

    def _meet(
        self, connection: ServerConnection, request: Request, identity: StationIdentity
    ) -> Response | None:
        if self._quarantine is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "Unknown station.\n")
        refusal = self._quarantine.refusal(identity)
        if refusal is not None:
            return connection.respond(refusal, "Unknown station, please try again later.\n")
        connection.stranger = Stranger(  # type: ignore[attr-defined]
            identity=identity,
            remote_address=str((connection.remote_address or ("",))[0]),
            key=basic_key(_authorization(request), identity) or None,
        )
        return None


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


def _authorization(request: Request) -> str | None:
    values = request.headers.get_all("Authorization")
    return values[0] if values else None
