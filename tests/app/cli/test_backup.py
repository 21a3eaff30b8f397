"""A backup is complete and checked, and a restore brings back what it held."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.cli.conftest import Call


def _names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return [name for (name,) in connection.execute("SELECT name FROM api_client ORDER BY name")]


def _add(call: Call, database: str, name: str) -> None:
    assert (
        call("client", "create", "--scopes", "sites:read", "--database", database, "--name", name).code == 0
    )


def test_what_was_backed_up_comes_back(call: Call, database: str, tmp_path: Path) -> None:
    _add(call, database, "before")
    said = call("backup", "copy.db", "--database", database, "--json")
    assert said.code == 0
    assert said.json["bytes"] == (tmp_path / "copy.db").stat().st_size
    _add(call, database, "later")
    assert call("restore", "copy.db", "--database", database, "--force").code == 0
    assert _names(tmp_path / "ready.db") == ["before"]
    _add(call, database, "afterwards")


def test_a_backup_is_taken_while_others_write(call: Call, database: str, tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "ready.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE tenant SET name = 'half done'")
    try:
        assert call("backup", "copy.db", "--database", database).code == 0
    finally:
        writer.close()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, copy:
        assert copy.execute("SELECT name FROM tenant").fetchall() == [("root",)]


def test_nothing_is_overwritten_unless_forced(call: Call, database: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    assert call("backup", "copy.db", "--database", database).code == 1
    assert (tmp_path / "copy.db").read_text() == "precious"
    assert call("backup", "copy.db", "--database", database, "--force").code == 0
    assert call("restore", "copy.db", "--database", database).code == 1


def test_a_database_in_use_is_not_replaced(call: Call, database: str, tmp_path: Path) -> None:
    call("backup", "copy.db", "--database", database)
    _add(call, database, "later")
    server = sqlite3.connect(tmp_path / "ready.db")
    server.execute("SELECT count(*) FROM tenant").fetchone()
    try:
        said = call("restore", "copy.db", "--database", database, "--force")
    finally:
        server.close()
    assert said.code == 3
    assert "Stop `emobility serve` first" in said.err
    assert _names(tmp_path / "ready.db") == ["later"]


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_what_is_no_backup_replaces_nothing(
    call: Call, database: str, tmp_path: Path, content: bytes
) -> None:
    _add(call, database, "kept")
    (tmp_path / "copy.db").write_bytes(content)
    assert call("restore", "copy.db", "--database", database, "--force").code == 2
    assert call("restore", "absent.db", "--database", database, "--force").code == 2
    assert _names(tmp_path / "ready.db") == ["kept"]


def test_a_missing_database_cannot_be_backed_up(call: Call, tmp_path: Path) -> None:
    assert call("backup", "copy.db", "--database", "sqlite:///absent.db").code == 3
    assert list(tmp_path.iterdir()) == []
