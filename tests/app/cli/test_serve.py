"""A server as an operator meets it: started on an empty machine, used, stopped; and what may go wrong."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.app.cli.child import once, started

pytestmark = pytest.mark.slow
ANY_PORT = ("--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0")


def _token(http_url: str, client: dict[str, str]) -> str:
    answer = httpx.post(
        f"{http_url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client["client_id"], client["client_secret"]),
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def test_a_new_machine_serves_and_a_new_client_reads(tmp_path: Path) -> None:
    with started("serve", *ANY_PORT, "--json", folder=tmp_path) as server:
        http = server.ready["http_url"]
        assert (tmp_path / "emobility.db").exists()
        made = once("client", "create", "--scopes", "sessions:read", "--json", folder=tmp_path)
        assert made.returncode == 0, made.stderr
        token = _token(http, json.loads(made.stdout))
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{http}/v1/sessions", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["data"] == []
        assert httpx.get(f"{http}/v1/sessions").status_code == 401
        assert httpx.get(f"{http}/v1/sites", headers=headers).status_code == 403
        front = httpx.get(f"{http}/")
        assert "/docs" in front.text
        assert httpx.get(f"{http}/live/events").status_code == 404
        code, errors = server.stop()
    assert code == 0
    assert "Traceback" not in errors


def test_ctrl_c_ends_it_as_well(tmp_path: Path) -> None:
    with started("serve", *ANY_PORT, "--json", folder=tmp_path) as server:
        code, errors = server.stop(signal.SIGINT)
    assert code == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize("which", ["--http", "--ocpp"])
def test_an_address_in_use_ends_with_4(tmp_path: Path, which: str) -> None:
    with started("serve", *ANY_PORT, "--json", folder=tmp_path) as server:
        taken = server.ready["http_url"].rpartition("/")[2]
        said = once("serve", *ANY_PORT, which, taken, "--database", "sqlite:///other.db", folder=tmp_path)
    assert said.returncode == 4
    assert f"{taken}: " in said.stderr
    assert "another port" in said.stderr
    assert "Traceback" not in said.stderr


def test_files_that_are_no_certificate_and_key_end_with_2_and_are_named(tmp_path: Path) -> None:
    for name in ("chain.pem", "key.pem"):
        (tmp_path / name).write_text("neither")
    files = ("--tls-cert", "chain.pem", "--tls-key", "key.pem")
    said = once("serve", *ANY_PORT, *files, folder=tmp_path)
    assert said.returncode == 2
    assert "certificate=chain.pem, key=key.pem" in said.stderr


def test_a_damaged_database_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "emobility.db").write_bytes(b"no database at all" * 1000)
    said = once("serve", *ANY_PORT, folder=tmp_path)
    assert said.returncode == 3
    assert "not a database" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("option", ["--migrate", "--no-migrate"])
def test_a_newer_schema_ends_with_3(tmp_path: Path, option: str) -> None:
    assert once("migrate", folder=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "emobility.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    said = once("serve", *ANY_PORT, option, folder=tmp_path)
    assert said.returncode == 3
    assert "newer version" in said.stderr


def test_without_migration_an_absent_database_ends_with_3(tmp_path: Path) -> None:
    said = once("serve", *ANY_PORT, "--no-migrate", folder=tmp_path)
    assert said.returncode == 3
    assert "emobility migrate" in said.stderr
    assert not (tmp_path / "emobility.db").exists()


def test_stations_of_the_simulator_charge_against_it(tmp_path: Path) -> None:
    with started("serve", *ANY_PORT, "--json", folder=tmp_path) as server:
        ocpp = server.ready["ocpp_url"]
        said = once("simulate", "--url", ocpp, "--stations", "2", "--json", folder=tmp_path)
        assert said.returncode == 5
        assert "404" in said.stdout
