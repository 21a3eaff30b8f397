"""Where messages of stations name cards, and what else in them tells of one: times, transactions, answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from emobility_app.wire import DEEPEST, is_deeper
from emobility_core.charging import AuthorizationStatus
from emobility_core.instants import Instant, NaiveDatetime, parse_instant

# OCPP 1.6, 6: what names a card, and the group that it belongs to. Every message that names either has the
# first in it, in whatever case.
TAG, PARENT = "idTag", "parentIdTag"
_TIME, _NUMBER, _INFO = "timestamp", "transactionId", "idTagInfo"
_INTEGERS = 2**31
_NAMED = re.compile(r'("(?:idTag|parentIdTag)"\s*:\s*)("(?:[^"\\]|\\.)*")')


def parsed(text: str | None) -> Any:
    """A frame; None for what is none, which stays as it was sent."""
    try:
        frame = None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(frame, DEEPEST) else frame


def values(frame: Any, name: str) -> Iterator[str]:
    """The texts under a name, at any depth."""
    return (value for value in _all(frame, name) if isinstance(value, str))


def numbers(frame: Any) -> Iterator[int]:
    """The transactions that a frame names, of those that may be."""
    for value in _all(frame, _NUMBER):
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _INTEGERS:
            yield value


def moments(frame: Any) -> Iterator[Instant]:
    """When a station says that something was: it may tell so much later."""
    for text in values(frame, _TIME):
        try:
            yield parse_instant(text)
        except (ValueError, NaiveDatetime):
            continue


def is_refused(answer: Any) -> bool:
    """Whether the server has answered a station that it does not know the card."""
    infos = [one for one in _all(answer, _INFO) if isinstance(one, Mapping)]
    return bool(infos) and all(one.get("status") == AuthorizationStatus.INVALID.value for one in infos)


def masked(value: Any, masks: Mapping[str, str]) -> Any:
    """What was sent with the masks in the places of cards."""
    if isinstance(value, Mapping):
        return {key: _in_place(key, one, masks) for key, one in value.items()}
    return [masked(one, masks) for one in value] if isinstance(value, list | tuple) else value


def written(text: str, masks: Mapping[str, str]) -> str:
    """The text of a frame with the masks in their places, and all else in it as it was."""

    def told(named: re.Match[str]) -> str:
        value = json.loads(named[2])
        return named[1] + json.dumps(masks.get(value, value))

    return _NAMED.sub(told, text)


def _in_place(key: str, value: Any, masks: Mapping[str, str]) -> Any:
    if key in (TAG, PARENT) and isinstance(value, str):
        return masks.get(value, value)
    return masked(value, masks)


def _all(frame: Any, name: str) -> Iterator[Any]:
    """What stands under a name, at any depth."""
    within = frame.values() if isinstance(frame, Mapping) else frame if isinstance(frame, list) else ()
    if isinstance(frame, Mapping) and name in frame:
        yield frame[name]
    for value in within:
        yield from _all(value, name)
