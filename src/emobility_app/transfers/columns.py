"""Columns of a table for a kind of record: its fields laid flat, cells to JSON values and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from emobility_core.customers import IdTag
from emobility_core.ids import PREFIXES
from emobility_core.network import StationIdentity

# What spreadsheets take for a formula, or for the beginning of one (OWASP, "CSV Injection").
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]{1,15}")
# Between the values of a list: none of ours has one.
_BETWEEN = "|"
# An empty text where that is something else than none.
_EMPTY = "'"
_WORDS = (IdTag, StationIdentity)


@attrs.frozen(kw_only=True)
class Column:
    """A column: its `name`, the place of its value in the record, the type of that and what it is unless
    stated."""

    name: str
    path: tuple[str, ...]
    kind: Any
    default: Any = None
    is_list: bool = False

    def value(self, cell: str) -> Any:
        """The JSON value of a cell that is not empty. What does not fit is left for the record to refuse."""
        text = plain(cell)
        if self.is_list:
            return [part for part in text.split(_BETWEEN) if part]
        if self.kind is bool:
            return {"true": True, "false": False}.get(text.lower(), text)
        if _is_whole(self.kind) and _WHOLE.fullmatch(text):
            return int(text)
        return text

    def cell(self, value: Any) -> str:
        """The cell of a JSON value; empty for none."""
        if value is None:
            return ""
        if self.is_list:
            return defused(_BETWEEN.join(map(str, value)))
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value)
        if not isinstance(value, str) or (self.kind is not str and _NUMBER.fullmatch(text)):
            return text
        if not text and self.default != text:
            return _EMPTY
        return defused(text)


def defused(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe goes before what begins like a formula, and before
    what would be mistaken for that."""
    return f"'{text}" if _is_marked(text) else text


def plain(cell: str) -> str:
    """What `defused` was given."""
    return cell[1:] if cell.startswith("'") and (cell == "'" or _is_marked(cell[1:])) else cell


def _is_marked(text: str) -> bool:
    behind = text.lstrip("'")
    return behind[0] in _FORMULA if behind else bool(text)


def columns_of(kind: type[Any], names: Collection[str]) -> dict[str, Column]:
    """The columns of these fields of a class, by name; `address.city` is a field of a field."""
    hints = get_type_hints(kind)
    found = [
        column
        for field in attrs.fields(kind)
        if field.name in names
        for column in _columns((field.name,), hints[field.name], field.default)
    ]
    return {column.name: column for column in found}


def _columns(path: tuple[str, ...], kind: Any, default: Any) -> list[Column]:
    name = ".".join(path)
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (one for one in get_args(kind) if one is not type(None))
    if kind in PREFIXES:
        return [Column(name=name, path=path, kind=kind)]
    if get_origin(kind) is tuple:
        return [Column(name=name, path=path, kind=get_args(kind)[0], is_list=True)]
    if get_origin(kind) is not None and issubclass(get_origin(kind), Mapping):
        return []
    if attrs.has(kind) and kind not in _WORDS:
        hints = get_type_hints(kind)
        return [
            column
            for field in attrs.fields(kind)
            for column in _columns((*path, field.name), hints[field.name], field.default)
        ]
    return [Column(name=name, path=path, kind=getattr(kind, "__supertype__", kind), default=default)]


def _is_whole(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, int) and (kind is int or issubclass(kind, Enum))


def placed(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value at its place in a body."""
    for name in path[:-1]:
        body = body.setdefault(name, {})
    body[path[-1]] = value


def found_at(record: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at its place in a record, None where there is none."""
    value: Any = record
    for name in path:
        value = None if value is None else value.get(name)
    return value
