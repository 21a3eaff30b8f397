"""A client's secret is shown once; the database keeps a digest that only the server can make."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.app.cli.conftest import Call


def _rows(database: str, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(Path(database.removeprefix("sqlite:///")))) as connection, connection:
        return connection.execute(query).fetchall()


def test_a_new_client_is_stored_with_a_keyed_digest_only(call: Call, database: str) -> None:
    made = call(
        "client", "create", "--scopes", "sessions:read, events:read", "--database", database, "--json"
    ).json
    assert made["client_id"].startswith("cli_")
    assert len(made["client_secret"]) >= 43  # 256 bits
    ((digest, scopes, name),) = _rows(database, "SELECT secret_digest, scopes, name FROM api_client")
    ((key,),) = _rows(database, "SELECT value FROM server_key WHERE name = 'hmac'")
    expected = hmac.new(bytes.fromhex(key), made["client_secret"].encode(), hashlib.sha256).hexdigest()
    assert digest == expected
    assert scopes == '["sessions:read","events:read"]'
    assert name == "command line"


def test_a_running_server_hears_of_it_through_the_outbox(call: Call, database: str) -> None:
    made = call("client", "create", "--scopes", "sites:read", "--database", database, "--json").json
    assert _rows(database, "SELECT type, subject FROM event") == [("api_client.created", made["client_id"])]


def test_no_two_secrets_are_alike(call: Call, database: str) -> None:
    order = ("client", "create", "--scopes", "sites:read", "--database", database, "--json")
    assert call(*order).json["client_secret"] != call(*order).json["client_secret"]


def test_for_people_it_prints_two_lines(call: Call, database: str) -> None:
    said = call("client", "create", "--scopes", "sites:read", "--database", database)
    assert [line.split()[0] for line in said.out.splitlines()] == ["client_id", "client_secret"]


def test_an_unknown_tenant_is_named(call: Call, database: str) -> None:
    order = ("client", "create", "--scopes", "sites:read", "--database", database, "--tenant")
    said = call(*order, "Nobody")
    assert said.code == 1
    assert "Nobody" in said.err
    assert call(*order, "ten_nonsense").code == 2
    assert _rows(database, "SELECT * FROM api_client") == []


def test_clients_are_listed_switched_and_given_new_secrets(call: Call, database: str) -> None:
    order = ("client", "create", "--scopes", "sites:read", "--database", database, "--json")
    made = call(*order).json
    (listed,) = call("client", "list", "--database", database, "--json").json["clients"]
    assert (listed["client_id"], listed["enabled"]) == (made["client_id"], True)
    rotated = call("client", "rotate", made["client_id"], "--database", database, "--json").json
    assert rotated["client_secret"] != made["client_secret"]
    assert made["client_id"] in call("client", "disable", made["client_id"], "--database", database).out
    assert call("client", "list", "--database", database).out.split()[:2] == [made["client_id"], "off"]
    assert made["client_id"] in call("client", "enable", made["client_id"], "--database", database).out
    told = [kind for (kind,) in _rows(database, "SELECT type FROM event ORDER BY id")]
    assert told == ["api_client.created", "api_client.secret_rotated", *["api_client.changed"] * 2]


def test_an_unknown_client_is_named(call: Call, database: str) -> None:
    unknown = f"cli_{'0' * 26}"
    for order in (("disable", unknown), ("enable", unknown), ("rotate", unknown)):
        assert call("client", *order, "--database", database).code == 1
    assert call("client", "rotate", "nonsense", "--database", database).code == 2
