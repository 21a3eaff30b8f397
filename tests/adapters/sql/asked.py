"""What is asked of a database meanwhile."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa

from emobility_adapters.sql.engine import Database


@contextmanager
def asked_of(database: Database) -> Iterator[list[str]]:
    """The queries that read, in their order."""
    queries: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            queries.append(statement)

    sa.event.listen(database.reader.sync_engine, "before_cursor_execute", listen)
    try:
        yield queries
    finally:
        sa.event.remove(database.reader.sync_engine, "before_cursor_execute", listen)


@contextmanager
def read_in_writing(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What units that write look for before they do, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    sa.event.listen(database.writer.sync_engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        sa.event.remove(database.writer.sync_engine, "before_cursor_execute", listen)


def walked(path: str, statements: Sequence[tuple[str, Any]]) -> set[str]:
    """Which tables of a SQLite database any of the statements goes through, or all that is of a tenant."""
    found = set()
    with closing(sqlite3.connect(path)) as connection:
        for statement, parameters in statements:
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
                if through := re.match(r"SCAN (\w+)|SEARCH (\w+) USING .*\btenant=", step):
                    found.add(through[1] or through[2])
    return found
