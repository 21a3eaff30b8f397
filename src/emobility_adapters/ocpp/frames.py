"""OCPP-J framing: bytes to calls and answers, as tolerant as stations make it necessary."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import attrs
import orjson

# A StopTransaction with a day of samples of all phases, one a minute, has 2 MB: this is read. What is
# longer still is kept and answered unread, and beyond the last limit it costs the line.
LONGEST_FRAME = 4 * 1024 * 1024
LONGEST_KEPT = 2 * LONGEST_FRAME
# OCPP 1.6 needs seven levels. What is read must be written again, and writers stop at 254.
DEEPEST = 64
# OCPP-J 1.6 has no id for an answer to a message without one; 2.0.1 uses "-1".
NO_ID = "-1"

_CONTROL = re.compile(r"[\x00-\x1f]")
_ENVELOPE = re.compile(r'^\s*\[\s*(\d{1,3})\s*,\s*"?([^",\]]{1,64})"?\s*(?:,\s*"([^"]{1,64})")?')


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
        text = _CONTROL.sub("\ufffd", data.decode(errors="replace"))
        return _garbled(text, f"longer than {LONGEST_FRAME} bytes"), text
    try:
        message, text = orjson.loads(data), data.decode()
    except orjson.JSONDecodeError:
        return _read_mended(data.decode(errors="replace"))
    return _read_bounded(message, text), text


def _read_mended(text: str) -> tuple[Frame, str]:
    """Real stations put raw control characters into strings; without them the frame may be sound."""
    cleaned = _CONTROL.sub("\ufffd", text)
    try:
        message = orjson.loads(_CONTROL.sub("", text))
    except orjson.JSONDecodeError as error:
        return _garbled(text, f"no JSON: {error.msg}"), cleaned
    return _read_bounded(message, text), cleaned


def _read_bounded(message: Any, text: str) -> Frame:
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(message, DEEPEST):
        return _garbled(text, f"nested deeper than {DEEPEST} levels")
    if "\\u0000" in text:
        # PostgreSQL has no room for it, neither in text nor in JSON.
        message = _without_nul(message)
    return _read(message)


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(part) for name, part in value.items()}
    return [_without_nul(part) for part in value] if isinstance(value, list) else value


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
        code, words = (part if isinstance(part, str) else "" for part in [*message[2:4], "", ""][:2])
        return Failure(id, code or "GenericError", words)
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
