"""What is asked of a database meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
