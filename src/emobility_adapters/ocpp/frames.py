"""OCPP-J framing: bytes to calls and answers, as tolerant as stations make it necessary."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import attrs
import orjson

# A StopTransaction with hours of signed samples stays below this; beyond it nobody is honest.
LONGEST_FRAME = 256 * 1024
# OCPP-J 1.6 has no id for an answer to a message without one; 2.0.1 uses "-1".
NO_ID = "-1"

_CONTROL = re.compile(r"[\x00-\x1f]")
_ENVELOPE = re.compile(r'^\s*\[\s*(\d+)\s*,\s*"?([^",\]]{1,64})"?\s*(?:,\s*"([^"]{1,64})")?')


@attrs.frozen
class Call:
    """A request; `payload` is whatever was sent in its place."""

    id: str
    action: str
    payload: Any


@attrs.frozen
class Result:
    """The answer to a request of ours."""

    id: str
    payload: Any


@attrs.frozen
class Failure:
    """A CALLERROR to a request of ours."""

    id: str
    code: str
    description: str


@attrs.frozen
class Garbled:
    """A frame that cannot be read; `id`, `action` and `kind` as far as they can be made out."""

    reason: str
    kind: int | None = None
    id: str | None = None
    action: str | None = None


Frame: TypeAlias = Call | Result | Failure | Garbled


def read_frame(data: bytes) -> tuple[Frame, str]:
    """Read a frame and its text; unreadable bytes show as U+FFFD in the text, NUL likewise."""
    if len(data) > LONGEST_FRAME:
        head = data[:1024].decode(errors="replace")
        return _garbled(head, f"longer than {LONGEST_FRAME} bytes"), f"{head}... ({len(data)} bytes)"
    try:
        return _read(orjson.loads(data)), data.decode()
    except orjson.JSONDecodeError:
        return _read_mended(data.decode(errors="replace"))


def _read_mended(text: str) -> tuple[Frame, str]:
    """Real stations put raw control characters into strings; without them the frame may be sound."""
    cleaned = _CONTROL.sub("\ufffd", text)
    try:
        return _read(orjson.loads(_CONTROL.sub("", text))), cleaned
    except orjson.JSONDecodeError as error:
        return _garbled(text, f"no JSON: {error.msg}"), cleaned


def _read(message: Any) -> Frame:
    if not isinstance(message, list) or len(message) < 2:
        return Garbled("no OCPP message")
    kind, id = message[0], message[1]
    if isinstance(id, int):
        id = str(id)
    if not isinstance(id, str):
        return Garbled("no message id", kind if isinstance(kind, int) else None)
    if kind == 2 and len(message) > 2 and isinstance(message[2], str):
        return Call(id, message[2], message[3] if len(message) > 3 else {})
    if kind == 3:
        return Result(id, message[2] if len(message) > 2 else {})
    if kind == 4:
        code, words = [*message[2:4], "", ""][:2]
        return Failure(id, str(code), str(words))
    return Garbled("no OCPP message", kind if isinstance(kind, int) else None, id)


def _garbled(text: str, reason: str) -> Garbled:
    found = _ENVELOPE.match(text)
    if found is None:
        return Garbled(reason)
    return Garbled(reason, int(found[1]), found[2], found[3])


def call_text(id: str, action: str, payload: dict[str, object]) -> str:
    return orjson.dumps([2, id, action, payload]).decode()


def result_text(id: str, payload: dict[str, object]) -> str:
    return orjson.dumps([3, id, payload]).decode()


def error_text(id: str, code: str, description: str) -> str:
    # OCPP-J 1.6, 4.2.3: errorDescription "should be filled in if possible", errorDetails is an object.
    return orjson.dumps([4, id, code, description[:255], {}]).decode()
