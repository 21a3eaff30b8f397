"""Opaque cursors: where the next page of a list begins. They are signed for the query that they came from."""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

import orjson

from emobility_app.http.endpoint import Call
from emobility_app.problems import CursorRefused

_MARK = 8
# What may change from page to page: how much is shown, not what is in the list or in which order.
_FREE = frozenset({"cursor", "limit", "expand", "count"})


def cursor_of(after: UUID, call: Call) -> str:
    return base64.urlsafe_b64encode(after.bytes + _mark(after.bytes, call)).decode().rstrip("=")


def parse_cursor(text: str, call: Call) -> UUID:
    """Read a cursor; raise `CursorRefused` for anything that the server did not make for this very list."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise CursorRefused() from error
    if len(raw) != 16 + _MARK or not hmac.compare_digest(raw[16:], _mark(raw[:16], call)):
        raise CursorRefused()
    return UUID(bytes=raw[:16])


def _mark(raw: bytes, call: Call) -> bytes:
    query = {name: sorted(values) for name, values in call.query.items() if name not in _FREE}
    grant = "" if call.scope.grant is None else call.scope.grant.hex
    whose = [call.operation, call.scope.path, grant, dict(call.path), query]
    signed = orjson.dumps(whose, option=orjson.OPT_SORT_KEYS)
    return call.services.digest(b"cursor" + raw + signed).encode()[:_MARK]
