"""Copies of a SQLite database, made while it is in use, and put back while it is not."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

import attrs

from emobility_adapters.sql.engine import DatabaseUnavailable
from emobility_core.errors import Conflict, Invalid, Unavailable

# How many of how many pages are copied.
OnPages: TypeAlias = Callable[[int, int], None]
_PAGES_AT_ONCE = 2_000


@attrs.frozen
class FileExists(Conflict):
    """A file is there already and would be overwritten.

    Remedy: name another file, or allow it with --force.
    """

    code = "file-exists"
    path: str


@attrs.frozen
class NotABackup(Invalid):
    """A file is no sound database of this program.

    Remedy: take another backup; one is sound if `emobility backup` made it and nothing changed it since.
    """

    code = "not-a-backup"
    path: str
    reason: str


@attrs.frozen
class DatabaseInUse(Unavailable):
    """A database that is to be replaced is used by another program.

    Remedy: stop `emobility serve` first, and whatever else has the file open; then try again.
    """

    code = "database-in-use"
    path: str


def back_up(
    source: Path, target: Path, *, overwrite: bool = False, on_pages: OnPages = lambda *_: None
) -> int:
    """Copy a database, also one in use, and check the copy; return its size in bytes.

    Raises `FileExists`, `NotABackup` and `DatabaseUnavailable`. `target` appears complete or not at all.
    """
    if target.exists() and not overwrite:
        raise FileExists(str(target))
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with _reading(source) as origin, closing(sqlite3.connect(partial)) as copy:
            _copy(origin, copy, on_pages)
            copy.execute("PRAGMA journal_mode=DELETE")
        check(partial)
        _flush(partial)
        partial.replace(target)
        _flush(target.parent)
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"sqlite:///{source}", str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(
    backup: Path, database: Path, *, overwrite: bool = False, on_pages: OnPages = lambda *_: None
) -> None:
    """Put a backup in the place of a database that nobody uses, in one transaction.

    Raises `NotABackup`, `FileExists`, `DatabaseUnavailable`, and `DatabaseInUse` while it is used.
    """
    check(backup)
    if database.exists() and not overwrite:
        raise FileExists(str(database))
    try:
        with _reading(backup) as origin, closing(sqlite3.connect(database, timeout=1.0)) as target:
            # Leaving WAL needs the file for oneself: it fails while any other connection is open.
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("PRAGMA synchronous=FULL")
            _copy(origin, target, on_pages)
    except sqlite3.Error as error:
        # The extended codes of SQLITE_BUSY and SQLITE_LOCKED have these in their last byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise DatabaseInUse(str(database)) from error
        raise DatabaseUnavailable(f"sqlite:///{database}", str(error)) from error


def check(path: Path) -> None:
    """Raise `NotABackup` unless the file is a sound database of this program."""
    if not path.is_file():
        raise NotABackup(str(path), "there is no such file")
    try:
        with _reading(path) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'tenant'").fetchone()
    except sqlite3.Error as error:
        raise NotABackup(str(path), str(error)) from error
    if verdict != "ok" or known == (0,):
        raise NotABackup(str(path), verdict if verdict != "ok" else "it has no tenants")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)
    ) as connection:
        yield connection


def _copy(origin: sqlite3.Connection, target: sqlite3.Connection, on_pages: OnPages) -> None:
    def copied(_: int, remaining: int, total: int) -> None:
        on_pages(total - remaining, total)

    # A snapshot to copy from: otherwise SQLite begins anew after every write of anybody else.
    origin.execute("BEGIN")
    origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
    origin.backup(target, pages=_PAGES_AT_ONCE, progress=copied, sleep=0.01)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
