"""The name of a request: in its answer, in a refusal, and in the log."""

from __future__ import annotations

import re
import secrets

from litestar.types import Scope

# Proxies in front send and log it under this name.
HEADER = "X-Request-Id"
_FIELD = HEADER.lower().encode()
# Nothing that breaks a line of a log or a header; long enough for the trace ids of the usual proxies.
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._:=+/-]{1,64}")


def request_id(scope: Scope) -> str:
    """The caller's own name of the request if it is well-formed, else one that is made now."""
    state = scope["state"]
    if "request_id" not in state:
        state["request_id"] = _given(scope) or f"req_{secrets.token_hex(8)}"
    name: str = state["request_id"]
    return name


def _given(scope: Scope) -> str | None:
    given = [value for name, value in scope["headers"] if name == _FIELD]
    return given[0].decode() if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]) else None
