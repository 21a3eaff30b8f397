"""The opening handshake as a station does it, every refusal translated into a named failure."""

from __future__ import annotations

import base64
import ssl
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.http11 import Request
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.simulation.failures import (
    BadUrl,
    CentralSystemUnreachable,
    CredentialsRefused,
    HandshakeRefused,
    SimulationFailure,
    StationUnknown,
    SubprotocolRefused,
    TlsFailed,
)
from emobility_adapters.ocpp.simulation.quirks import Quirks

SUBPROTOCOL = Subprotocol("ocpp1.6")


class _Altered(ClientProtocol):
    """Sends an opening handshake that the station's quirks have altered."""

    def __init__(self, quirks: Quirks, plain: ClientProtocol) -> None:
        super().__init__(plain.uri, subprotocols=plain.available_subprotocols)
        self._quirks = quirks

    def send_request(self, request: Request) -> None:
        self._quirks.open(request)
        super().send_request(request)


def _connection(quirks: Quirks) -> type[ClientConnection]:
    if not quirks:
        return ClientConnection

    class Deviating(ClientConnection):
        def __init__(self, protocol: ClientProtocol, **options: Any) -> None:
            super().__init__(_Altered(quirks, protocol), **options)

    return Deviating


async def open_socket(
    url: str,
    identity: str,
    *,
    key: str | None,
    within_s: float,
    quirks: Quirks,
    ping_s: int = 60,
    tls: ssl.SSLContext | None = None,
) -> ClientConnection:
    """Connect to `url`/`identity` once, with Basic authentication if there is a `key`.

    Raises `BadUrl`, `CentralSystemUnreachable`, `CredentialsRefused`, `StationUnknown`,
    `HandshakeRefused` or `SubprotocolRefused`.
    """
    try:
        socket = await connect(
            f"{url.rstrip('/')}/{quote(identity, safe='')}",
            subprotocols=[SUBPROTOCOL],
            compression=None,
            additional_headers=_authorization(identity, key, raw=quirks.raw_key),
            create_connection=_connection(quirks),
            # Without a context of its own a station trusts what the machine trusts.
            ssl=tls or (True if url.startswith("wss:") else None),
            open_timeout=within_s,
            # OCPP-J errata: pings are the station's; one below 90 s keeps mobile links open.
            ping_interval=ping_s if ping_s and quirks.pings else None,
            ping_timeout=60,
            close_timeout=5,
            proxy=None,
        )
    except InvalidURI as error:
        raise BadUrl(url) from error
    except InvalidStatus as error:
        raise _refusal(url, identity, error.response.status_code) from error
    except NegotiationError as error:
        raise SubprotocolRefused(identity) from error
    except InvalidMessage as error:
        # What a listener with TLS sends to a client that speaks without.
        hint = ": if it is served with TLS, the URL begins with wss://" if url.startswith("ws:") else ""
        raise HandshakeRefused(identity, f"no HTTP came back{hint}") from error
    except InvalidHandshake as error:
        raise HandshakeRefused(identity, str(error)) from error
    except ssl.SSLError as error:
        raise TlsFailed(url, getattr(error, "verify_message", None) or error.reason or str(error)) from error
    except OSError as error:
        raise CentralSystemUnreachable(url, error.strerror or str(error) or "no answer in time") from error
    if socket.subprotocol is None:
        await socket.close(1002, "no ocpp1.6")
        raise SubprotocolRefused(identity)
    return socket


def _authorization(identity: str, key: str | None, *, raw: bool) -> dict[str, str]:
    if key is None:
        return {}
    shown = bytes.fromhex(key) if raw else key.encode()
    return {"Authorization": "Basic " + base64.b64encode(identity.encode() + b":" + shown).decode()}


def _refusal(url: str, identity: str, status: int) -> SimulationFailure:
    if status == 401:
        return CredentialsRefused(identity)
    if status == 404:
        return StationUnknown(identity, url)
    # What a central system says of a line below the station's security profile.
    hint = ": is the line below the security profile that is required of it?" if status == 403 else ""
    return HandshakeRefused(identity, f"HTTP status {status}{hint}")
