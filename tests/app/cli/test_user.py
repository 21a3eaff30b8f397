"""The first user is made at the command line, with a role and a link."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.app.cli.conftest import Call

ADA = "ada@stadtwerk.example"


def _rows(database: str, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(Path(database.removeprefix("sqlite:///")))) as connection, connection:
        return connection.execute(query).fetchall()


def test_a_user_is_made_with_a_role_and_a_link_of_which_a_digest_is_kept(call: Call, database: str) -> None:
    at = ("--database", database, "--json")
    made = call("user", "create", ADA, "--role", "owner", "--url", "https://e.example/", *at).json
    assert made["user"].startswith("usr_")
    address, _, link = made["password_link"].partition("?link=")
    assert address == "https://e.example/sign-in/password"
    ((digest, hashed),) = _rows(database, "SELECT link_digest, password_hash FROM credentials")
    assert hashed is None
    assert link not in digest
    assert _rows(database, "SELECT role, actor FROM role_assignment") == [("owner", f"user:{made['user']}")]
    again = call("user", "link", ADA, *at).json
    assert again["password_link"] != made["password_link"].removeprefix("https://e.example")
    assert _rows(database, "SELECT link_digest FROM credentials") != [(digest,)]


def test_a_user_who_is_there_and_one_who_is_not_are_named(call: Call, database: str) -> None:
    assert call("user", "create", ADA, "--database", database).code == 0
    assert call("user", "create", ADA, "--database", database).code == 1
    assert call("user", "link", "nobody@stadtwerk.example", "--database", database).code == 1
    assert call("user", "create", "nobody", "--database", database).code == 2
