"""OCPP-J frames as a station writes and reads them."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs
import orjson

Payload: TypeAlias = dict[str, Any]


@attrs.frozen
class Request:
    """A CALL of the central system."""

    id: str
    action: str
    payload: Payload


@attrs.frozen
class Answer:
    """A CALLRESULT to a call of ours."""

    id: str
    payload: Payload


@attrs.frozen
class ErrorAnswer:
    """A CALLERROR to a call of ours."""

    id: str
    code: str
    description: str


def read_frame(data: bytes) -> Request | Answer | ErrorAnswer | None:
    """Read a frame; None for what is no OCPP-J frame, which a station lets fall."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    match message:
        case [2, str(id), str(action), dict(payload)]:
            return Request(id, action, payload)
        case [3, str(id), dict(payload)]:
            return Answer(id, payload)
        case [4, str(id), str(code), *rest]:
            return ErrorAnswer(id, code, str(rest[0]) if rest else "")
    return None


def call(id: str, action: str, payload: Payload) -> bytes:
    return orjson.dumps([2, id, action, payload])


def result(id: str, payload: Payload) -> bytes:
    return orjson.dumps([3, id, payload])


def error(id: str, code: str, description: str) -> bytes:
    return orjson.dumps([4, id, code, description, {}])
