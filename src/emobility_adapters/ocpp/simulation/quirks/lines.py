"""Connections that are opened, kept and left in another way."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from websockets.http11 import Request as Opening

from emobility_adapters.ocpp.simulation.frames import Request
from emobility_adapters.ocpp.simulation.quirks.quirk import Memory, Quirk

_FIRST_ID = 1_000_000


def _repeated_id(memory: Memory, action: str, id: str) -> str:
    if memory.counts["connections"] != memory.counts["connections numbered"]:
        memory.counts["connections numbered"] = memory.counts["connections"]
        memory.counts["ids of this connection"] = 0
    return str(_FIRST_ID + memory.count("ids of this connection"))


def _no_connection(memory: Memory, opening: Opening) -> None:
    del opening.headers["Connection"]


def _absolute(memory: Memory, opening: Opening) -> None:
    opening.path = f"ws://{opening.headers['Host']}{opening.path}"


def _slashes(memory: Memory, opening: Opening) -> None:
    opening.path = "//" + opening.path + "/"


def _unencoded(memory: Memory, opening: Opening) -> None:
    path = urlsplit(opening.path).path
    opening.path = unquote(path)


def _restarts(request: Request) -> bool:
    asked = request.payload.get("key") or ("MeterValuesSampledData",)
    return request.action == "GetConfiguration" and "MeterValuesSampledData" in asked


LINES = (
    Quirk(
        name="repeats-message-ids",
        summary="begins to number its messages anew on each connection",
        message_id=_repeated_id,
    ),
    Quirk(
        name="no-boot-on-reconnect",
        summary="sends no BootNotification when it comes back",
        boots=False,
    ),
    Quirk(
        name="half-open",
        summary="leaves its old connection open, unread, when it opens a new one",
        leaves_lines_open=True,
    ),
    Quirk(name="no-pings", summary="never pings", pings=False),
    Quirk(
        name="slow-redial",
        summary="stays away for 6 to 19 minutes when it has lost its connection",
        redials_after_s=(360.0, 1140.0),
    ),
    Quirk(
        name="no-connection-header",
        summary="leaves the header Connection out of its handshake",
        opening=_no_connection,
    ),
    Quirk(
        name="absolute-uri",
        summary="gives the whole URL where its handshake should give the path",
        opening=_absolute,
    ),
    Quirk(
        name="doubled-slashes",
        summary="has too many slashes in the path of its handshake",
        opening=_slashes,
    ),
    Quirk(
        name="unencoded-identity",
        summary="gives its identity in the path as it is, without percent-encoding",
        opening=_unencoded,
    ),
    Quirk(
        name="key-as-bytes",
        summary="shows its key as the bytes that the hexadecimal digits stand for",
        raw_key=True,
    ),
    Quirk(
        name="reboots-when-asked",
        summary="restarts instead of answering when it is asked for MeterValuesSampledData",
        restarts=_restarts,
    ),
)
