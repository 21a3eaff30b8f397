"""A database that is missing, locked, damaged or newer ends a command with 3 and one clear message."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.cli.conftest import Call

CREATE = ("client", "create", "--scopes", "sessions:read")


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_a_missing_database_is_not_made_in_passing(call: Call, tmp_path: Path) -> None:
    said = call(*CREATE, "--database", "sqlite:///absent.db")
    assert said.code == 3
    assert "emobility migrate" in said.err
    assert not (tmp_path / "absent.db").exists()


@pytest.mark.parametrize("arguments", [CREATE, ("migrate",)])
def test_a_damaged_database_is_named(call: Call, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 1000)
    said = call(*arguments, "--database", "sqlite:///bad.db")
    assert said.code == 3
    assert "not a database" in said.err
    assert said.out == ""


def test_a_database_in_a_folder_that_is_not_there_is_unavailable(call: Call) -> None:
    said = call("migrate", "--database", "sqlite:///no/such/folder/x.db")
    assert said.code == 3
    assert "unable to open" in said.err


@pytest.mark.parametrize("arguments", [CREATE, ("migrate",)])
def test_a_newer_schema_is_left_alone(call: Call, database: str, arguments: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(_path(database))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    said = call(*arguments, "--database", database)
    assert said.code == 3
    assert "newer version" in said.err
    assert "9999" in said.err


def test_an_empty_database_wants_migration(call: Call, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty.db")) as empty:
        empty.execute("PRAGMA journal_mode=WAL")
    said = call(*CREATE, "--database", "sqlite:///empty.db")
    assert said.code == 3
    assert "emobility migrate" in said.err


def test_a_postgresql_server_that_is_not_there(call: Call) -> None:
    said = call(*CREATE, "--database", "postgresql://me:s3cret@127.0.0.1:1/x")
    assert said.code == 3
    assert "s3cret" not in said.err


@pytest.mark.slow
def test_a_locked_database_is_unavailable(call: Call, database: str) -> None:
    holder = sqlite3.connect(_path(database), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        said = call(*CREATE, "--database", database)
    finally:
        holder.close()
    assert said.code == 3
    assert "locked" in said.err
