"""Values of OCPI's JSON, each told by its place where it is none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from emobility_adapters.ocpi.faults import MalformedOcpi
from emobility_core.energy import Energy
from emobility_core.instants import Instant, parse_instant

T = TypeVar("T")
_ABSURD = Decimal(10) ** 12


@attrs.frozen
class Node:
    """An object of the JSON and where it stands."""

    pointer: str
    fields: Mapping[str, Any]

    def fault(self, name: str, reason: str) -> MalformedOcpi:
        return MalformedOcpi(f"{self.pointer}/{name}", reason)

    def only(self, known: Collection[str]) -> None:
        """Refuse fields that nobody knows: one may restrict a price."""
        for name in sorted(self.fields.keys() - known):
            raise self.fault(name, "is not known here")

    def has(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def read(self, name: str, reader: Callable[[Any], T]) -> T:
        """A field that must be there."""
        if not self.has(name):
            raise self.fault(name, "is required")
        try:
            return reader(self.fields[name])
        except (ValueError, TypeError, ArithmeticError) as error:
            raise self.fault(name, str(error)) from error

    def find(self, name: str, reader: Callable[[Any], T]) -> T | None:
        """A field that may be absent."""
        return self.read(name, reader) if self.has(name) else None

    def nodes(self, name: str) -> list[Node]:
        """A list of objects, which must not be empty."""
        values = self.read(name, _list)
        if not values:
            raise self.fault(name, "must not be empty")
        return [node(value, f"{self.pointer}/{name}/{place}") for place, value in enumerate(values)]


def node(value: Any, pointer: str = "") -> Node:
    if not isinstance(value, Mapping):
        raise MalformedOcpi(pointer or "/", "must be an object")
    return Node(pointer, value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("must be a list")
    return value


def number(value: Any) -> Decimal:
    """An exact decimal of a JSON number; a float is read as it is printed."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError("must be a number")
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite() or abs(exact) > _ABSURD:
        raise ValueError("must be a finite number of at most 10^12")
    return exact


def whole(value: Any) -> int:
    exact = number(value)
    if exact != exact.to_integral_value():
        raise ValueError("must be a whole number")
    return int(exact)


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("must be a text")
    return value


def one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if text(value) not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return str(value)

    return read


def words(*known: str) -> Callable[[Any], tuple[str, ...]]:
    one = one_of(*known)
    return lambda value: tuple(map(one, _list(value)))


def day(value: Any) -> date:
    return date.fromisoformat(text(value))


def moment(value: Any) -> Instant:
    """OCPI's times without an offset are UTC (2.3.0, types, DateTime)."""
    at = datetime.fromisoformat(text(value))
    return parse_instant(f"{at.isoformat()}Z" if at.tzinfo is None else at.isoformat())


def energy(value: Any) -> Energy:
    """Kilowatt-hours, none below zero."""
    kwh = number(value)
    if kwh < 0:
        raise ValueError("must be 0 or more")
    return Energy.parse_kwh(kwh)
