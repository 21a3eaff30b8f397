"""Set-based statements, made once from the Core tables: one execution writes a column of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from emobility_adapters.sql._types import direct_bind


class Kind(Enum):
    """What a statement does with its rows, in the order in which a batch does it.

    Updates come first: a session must leave its connector before the next one takes it.
    """

    UPDATE = 0
    PUT = 1
    INSERT = 2


@attrs.frozen(eq=False)
class Statement:
    """An insert, an upsert by `key`, or an update of the version named in `key`.

    `columns` gives the order of a row's values. An update raises the version and must hit each row; what an
    upsert overwrites is marked in the column `marks`.
    """

    table: sa.Table
    kind: Kind
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    marks: str = ""

    def sqlite(self, rows: int) -> str:
        """Takes the values of so many rows, one row after the other.

        A refused statement may leave half of itself behind, since its whole transaction or savepoint is
        undone: otherwise SQLite copies every page aside before it changes it.
        """
        row = f"({', '.join('?' * len(self.columns))})"
        values = f"VALUES {', '.join([row] * rows)}"
        if self.kind is not Kind.UPDATE:
            return f"INSERT OR FAIL INTO {self._name} ({self._list}) {values}{self._on_conflict}"
        # SQLite names the columns of VALUES itself.
        sent = {name: f'v."column{place}"' for place, name in enumerate(self.columns, 1)}
        changes = ", ".join(f'"{name}" = {value}' for name, value in sent.items() if name not in self.key)
        on = " AND ".join(f't."{name}" = {sent[name]}' for name in self.key)
        bump = '"version" = t."version" + 1'
        return f"UPDATE OR FAIL {self._name} AS t SET {changes}, {bump} FROM ({values}) AS v WHERE {on}"

    @cached_property
    def postgresql(self) -> str:
        """Takes one array a column."""
        arrays = ", ".join(
            f"${place}::{self._postgresql_type(name)}[]" for place, name in enumerate(self.columns, 1)
        )
        values = ", ".join(f'v."{name}"' for name in self.columns)
        rows = f"unnest({arrays}) AS v({self._list})"
        if self.kind is Kind.UPDATE:
            changes = ", ".join(f'"{name}" = v."{name}"' for name in self.columns if name not in self.key)
            bump = '"version" = t."version" + 1'
            on = " AND ".join(f't."{name}" = v."{name}"' for name in self.key)
            return f"UPDATE {self._name} AS t SET {changes}, {bump} FROM {rows} WHERE {on}"
        return f"INSERT INTO {self._name} ({self._list}) SELECT {values} FROM {rows}{self._on_conflict}"

    def binder(self, dialect: sa.Dialect) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """Return a function that makes a row of a mapping, with the dialect's own value forms."""
        binds = [(name, direct_bind(self.table.c[name].type, dialect)) for name in self.columns]

        def row(values: Mapping[str, Any]) -> tuple[Any, ...]:
            found = ((values.get(name), bind) for name, bind in binds)
            return tuple(value if value is None or bind is None else bind(value) for value, bind in found)

        return row

    @property
    def _name(self) -> str:
        return f'"{self.table.name}"'

    @property
    def _list(self) -> str:
        return ", ".join(f'"{name}"' for name in self.columns)

    @property
    def _on_conflict(self) -> str:
        if self.kind is not Kind.PUT:
            return ""
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in self.columns if name not in self.key)
        if self.marks:
            changes += f', "{self.marks}" = true'
        keys = ", ".join(f'"{name}"' for name in self.key)
        return f" ON CONFLICT ({keys}) DO UPDATE SET {changes}"

    def _postgresql_type(self, name: str) -> str:
        kind = self.table.c[name].type.dialect_impl(POSTGRESQL)
        return str(kind.compile(dialect=POSTGRESQL)).partition("(")[0].partition(" COLLATE")[0]


SQLITE: sa.Dialect = sqlite.dialect()
POSTGRESQL: sa.Dialect = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]


def insert(table: sa.Table) -> Statement:
    """Insert whole rows, leaving out a number that the database counts up itself."""
    counted = table.autoincrement_column if table.autoincrement_column is not None else None
    names = [column.name for column in table.c if column is not counted]
    return Statement(table, Kind.INSERT, tuple(names))


def put(table: sa.Table, key: Sequence[str], *, marks: str = "") -> Statement:
    columns = tuple(column.name for column in table.c if column.name != marks)
    return Statement(table, Kind.PUT, columns, tuple(key), marks)


def update(table: sa.Table, columns: Sequence[str]) -> Statement:
    """Update the row of an id and version; the key stands last in a row."""
    return Statement(table, Kind.UPDATE, (*columns, "id", "version"), ("id", "version"))
