"""Opaque cursors: where the next page begins. They are signed, so what comes back is ours."""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

from emobility_app.http.services import Services
from emobility_app.problems import MalformedRequest

_MARK = 8


def cursor_of(after: UUID, services: Services) -> str:
    return base64.urlsafe_b64encode(after.bytes + _mark(after.bytes, services)).decode().rstrip("=")


def parse_cursor(text: str, services: Services) -> UUID:
    """Read a cursor; raise `MalformedRequest` for anything that the server did not make."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise MalformedRequest("the cursor is none of ours") from error
    if len(raw) != 16 + _MARK or not hmac.compare_digest(raw[16:], _mark(raw[:16], services)):
        raise MalformedRequest("the cursor is none of ours")
    return UUID(bytes=raw[:16])


def _mark(raw: bytes, services: Services) -> bytes:
    return services.digest(b"cursor" + raw).encode()[:_MARK]
