"""What a unit of work changes: held beside the committed state, and merged into it on commit."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Uncommitted(Protocol):
    def commit(self) -> None: ...


class Rows(Generic[K, V]):
    """A mapping seen by one unit of work."""

    def __init__(self, committed: dict[K, V]) -> None:
        self._committed = committed
        self._changed: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        return self._changed[key] if key in self._changed else self._committed.get(key)

    def put(self, key: K, value: V) -> None:
        self._changed[key] = value

    def drop(self, key: K) -> None:
        self._changed[key] = None

    def values(self) -> Iterator[V]:
        for key, value in self._committed.items():
            if key not in self._changed:
                yield value
        for changed in self._changed.values():
            if changed is not None:
                yield changed

    def commit(self) -> None:
        for key, value in self._changed.items():
            if value is None:
                self._committed.pop(key, None)
            else:
                self._committed[key] = value


class Log(Generic[K, V]):
    """Append-only entries by key, seen by one unit of work."""

    def __init__(self, committed: dict[K, list[V]]) -> None:
        self._committed = committed
        self._added: dict[K, list[V]] = {}

    def add(self, key: K, value: V) -> None:
        self._added.setdefault(key, []).append(value)

    def of(self, key: K) -> list[V]:
        return self._committed.get(key, []) + self._added.get(key, [])

    def commit(self) -> None:
        for key, values in self._added.items():
            self._committed.setdefault(key, []).extend(values)
