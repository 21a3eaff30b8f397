"""The key by which a station proves its identity (OCPP AuthorizationKey)."""

from __future__ import annotations

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class MalformedStationKey(Invalid):
    """A station key is shorter than 8 or longer than 40 characters, or not printable ASCII.

    Remedy: give 16 to 40 characters; hexadecimal text stands for its bytes (security whitepaper, 7.2).
    """

    code = "malformed-station-key"
    length: int


def key_bytes(text: str) -> bytes:
    """Read a key as an operator enters it: hexadecimal text stands for bytes, other text for itself."""
    # The whitepaper asks for 16 bytes at least (A00.FR.205); makers ship shorter ones, of 8 bytes.
    if not 8 <= len(text) <= 40 or not text.isascii() or not text.isprintable():
        raise MalformedStationKey(len(text))
    return _unhexed(text.encode()) or text.encode()


def presented_forms(key: bytes) -> tuple[bytes, ...]:
    """What a presented key may stand for: stations send its raw bytes or their hexadecimal text."""
    unhexed = _unhexed(key)
    return (key,) if unhexed is None else (key, unhexed)


def _unhexed(text: bytes) -> bytes | None:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return None
