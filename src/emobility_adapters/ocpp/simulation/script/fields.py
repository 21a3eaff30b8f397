"""What may stand in a scenario file: kinds of values, each read from TOML with a word for the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from emobility_core.spelling import did_you_mean

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


@attrs.frozen
class Kind:
    """A kind of value: `words` say what is expected; `read` raises ValueError for anything else."""

    words: str
    read: Callable[[Any], Any]


def _of(kind: type, words: str) -> Kind:
    def read(value: Any) -> Any:
        # In Python a boolean is an integer; in a scenario file it is not.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError
        return value

    return Kind(words, read)


def _seconds(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return float(found[1]) * _SECONDS[found[2]]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    return float(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError
    return tuple(value)


TEXT = _of(str, "a text")
WHOLE = _of(int, "a whole number")
FLAG = _of(bool, "true or false")
TABLE = _of(dict, 'a table, such as { status = "Accepted" }')
NUMBER = Kind("a number", _number)
DURATION = Kind('a duration, such as "30 min", "2 h" or a number of seconds', _seconds)
TEXTS = Kind("a list of texts", _texts)


def one_of(*words: str) -> Kind:
    """One of several words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return Kind("one of " + ", ".join(words), read)


def field(kind: Kind, about: str, *, key: str | None = None, default: Any = attrs.NOTHING) -> Any:
    """A field of a step or a station: what it may be, what it means, and what it is called in the file."""
    return attrs.field(default=default, metadata={"kind": kind, "about": about, "key": key})


def table(about: str) -> Any:
    """A table that may be left out."""
    return field(TABLE, about, default=attrs.Factory(dict))


@attrs.frozen
class Fault:
    """Something in a scenario file that cannot be followed, and where."""

    line: int
    words: str


def key_of(attribute: Any) -> str:
    """What a field is called in the file."""
    return str(attribute.metadata["key"] or attribute.name.replace("_", "-"))


def near(word: str, known: Collection[str]) -> str:
    """What may have been meant by a word that is not known, to end a sentence with."""
    return did_you_mean(word, known) or (f"; there are: {', '.join(known)}" if known else "")


def build(kind: Any, table: Mapping[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    """Make an attrs class of a table; the value is None if there are faults, each with its key."""
    attributes = {key_of(one): one for one in attrs.fields(kind)}
    faults = [
        (key, f"there is no {key!r} here{near(key, attributes)}") for key in table if key not in attributes
    ]
    values = {}
    for key, one in attributes.items():
        if key in table:
            try:
                values[one.name] = one.metadata["kind"].read(table[key])
            except ValueError:
                faults.append((key, f"{key!r} must be {one.metadata['kind'].words}, not {table[key]!r}"))
        elif one.default is attrs.NOTHING:
            faults.append(("", f"{key!r} is missing: {one.metadata['about']}"))
    if faults:
        return None, faults
    try:
        return kind(**values), []
    except ValueError as error:
        return None, [("", str(error))]
