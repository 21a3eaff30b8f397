"""What must not lie in the log of frames: keys, passwords, credentials in addresses.

On the line everything goes as it is; what is kept has `***` in its place. A frame that cannot be read but
hints at a secret keeps its envelope alone.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from emobility_core.commands import MASK, SECRET_WORDS

# These carry no settings and no texts of other systems; only an address might hide in them. They are nearly
# all of the traffic, so they are not read a second time.
_ORDINARY = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
# The names of vendors' fields are guessed at: to hide too much costs nothing here.
_WORDS = (*SECRET_WORDS, "token")
_ANY_WORD = "|".join(_WORDS)
# A key that signs meter values is public and needed in every dispute; a ping is no pin, and what counts
# keys (GetConfigurationMaxKeys) is none.
_SECRET = re.compile(rf"{_ANY_WORD}|(?<!public)(?<!public_)key(?!s)|pin(?!g)", re.IGNORECASE)
# In running text, such as the data of a DataTransfer: `password=...`, `token: ...`. Stations choose the
# text, so nothing here goes back: a pattern that does takes minutes for 64 kB that are made for it.
_NAMED = re.compile(r"\b(\w++)[\"']?\s*+[=:]\s*+[\"']?")
_VALUE = re.compile(r"[^\s\"'&,;}]++")
_SPOKEN = re.compile(rf"{_ANY_WORD}|authorization_?key|api_?key", re.IGNORECASE)
_END_OF_ADDRESS = re.compile(r"[\s\"]")
# Whoever has the last part of an address of ours may send a file there once.
_UPLOAD = re.compile(r"(/uploads/)[^\s\"'/?#]++")
_ENVELOPE = re.compile(r'^\s*\[\s*\d{1,3}\s*,\s*"?[^",\]]{1,64}"?\s*(?:,\s*"[^"]{1,64}"\s*)?,?')
# Without any of these there is neither a secret's name nor an address. Looking for words is a hundred times
# cheaper than a search for patterns, which a station could make us do in every frame.
_HINTS = (*_WORDS, "key", "pin", "\\u")
_PLACES = (":/", ":\\/", "uploads")


def masked(text: str, action: str | None) -> str:
    """Return the frame as it may be kept; `action` is what it asks for or answers, where that is known."""
    # Single characters, for which a search costs nothing: credentials end with an @, which may be escaped.
    if action in _ORDINARY and "@" not in text and "\\" not in text:
        return text
    if not _hints(text):
        return text
    try:
        message = orjson.loads(text)
        found = [False]
        hidden = _hidden(message, found)
        return orjson.dumps(hidden).decode() if found[0] else text
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        envelope = _ENVELOPE.match(text)
        return f"{envelope[0] if envelope else ''} {MASK}".lstrip()


def _hints(text: str) -> bool:
    """Whether the text may hold something to hide; nothing that it holds is overlooked."""
    folded = text.casefold()
    for hint in _HINTS:
        if hint in folded:
            return True
    return "/" in folded and any(place in folded for place in _PLACES)


def _hidden(value: Any, found: list[bool]) -> Any:
    if isinstance(value, dict):
        return _hidden_members(value, found)
    if isinstance(value, list):
        return [_hidden(part, found) for part in value]
    if isinstance(value, str):
        return _hidden_text(value, found)
    return value


def _hidden_members(members: dict[str, Any], found: list[bool]) -> dict[str, Any]:
    named = members.get("key")
    setting = isinstance(named, str) and _SECRET.search(named) is not None
    kept = {}
    for name, value in members.items():
        if _is_secret(name, setting) and value not in (None, ""):
            found[0] = True
            kept[name] = MASK
        else:
            kept[name] = _hidden(value, found)
    return kept


def _is_secret(name: str, setting: bool) -> bool:
    """`key` names a setting, whose value may be secret; `idToken` and hashes of issuers' keys are not."""
    if name == "value":
        return setting
    plain = name in ("key", "unknownKey", "configurationKey") or name.lower() in _NO_SECRETS
    return not plain and _SECRET.search(name) is not None


_NO_SECRETS = frozenset({"idtoken", "issuerkeyhash", "typekey"})


def _hidden_text(text: str, found: list[bool]) -> str:
    # A frame may hold thousands of texts, so each is asked first, and cheaply, for a character without
    # which it hides nothing: behind a name, in an address, or of an escape that stands for one of these.
    if ("=" not in text and ":" not in text and "/" not in text and "\\" not in text) or not _hints(text):
        return text
    if text[0] in ("{", "["):
        # Vendors put JSON into the data of a DataTransfer.
        try:
            inner = [False]
            hidden = _hidden(orjson.loads(text), inner)
            if inner[0]:
                found[0] = True
                return orjson.dumps(hidden).decode()
        except orjson.JSONDecodeError:
            pass
    hidden = _without_spoken(text)
    if "://" in hidden:
        hidden = _without_credentials(hidden)
    if "/uploads/" in hidden:
        hidden = _UPLOAD.sub(rf"\1{MASK}", hidden)
    found[0] = found[0] or hidden != text
    return hidden


def _without_spoken(text: str) -> str:
    """Hide the values of what is named like a secret."""
    parts, done = [], 0
    for named in _NAMED.finditer(text):
        if named.start() < done or not _SPOKEN.search(named[1]):
            continue
        if value := _VALUE.match(text, named.end()):
            parts += [text[done : value.start()], MASK]
            done = value.end()
    return "".join([*parts, text[done:]])


def _without_credentials(text: str) -> str:
    """Hide who signs in at an address; a password may hold an @ or a slash that nobody has encoded, so all
    up to the last @ goes."""
    parts, done, begin = [], 0, text.find("://")
    while begin >= 0:
        ending = _END_OF_ADDRESS.search(text, begin)
        end = ending.start() if ending else len(text)
        at = text.rfind("@", begin, end)
        if at >= 0:
            parts += [text[done : begin + 3], MASK]
            done = at
        begin = text.find("://", end)
    return "".join([*parts, text[done:]])
