"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from emobility_app.request_ids import HEADER, request_id

# One strict policy everywhere; nothing from a third party, nothing inline.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def guarded(message: Message, scope: Scope) -> None:
    """Add the headers as an answer leaves: refusals and unknown paths pass no handler."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers[HEADER] = request_id(scope)
        for name, value in scope["state"].get(_TOLD, {}).items():
            headers.add(name, value)


def tell(scope: Scope, headers: Mapping[str, str]) -> None:
    """Have these headers on the answer too, whatever it will be."""
    scope["state"].setdefault(_TOLD, {}).update(headers)


_TOLD = "told_headers"
