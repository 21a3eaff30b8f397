"""The doctor sees what is wrong, says what helps, and changes nothing."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emobility_app import checks
from emobility_app.settings import Address
from tests.app.cli.conftest import Call

ADDRESSES = ("--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0")


def _verdicts(report: Any) -> dict[str, str]:
    return {check["name"]: check["verdict"] for check in report["checks"]}


def test_a_sound_machine(call: Call, database: str) -> None:
    said = call("doctor", "--database", database, *ADDRESSES, "--json")
    assert said.code == 0
    assert said.json["ok"] is True
    assert set(_verdicts(said.json).values()) == {"ok"}
    assert {"Database", "Schema"} <= set(_verdicts(said.json))


def test_a_new_machine_is_sound_and_stays_untouched(call: Call, tmp_path: Path) -> None:
    said = call("doctor", *ADDRESSES)
    assert said.code == 0
    assert "does not exist yet" in " ".join(said.out.split())
    assert list(tmp_path.iterdir()) == []


def test_parked_events_are_a_warning(call: Call, database: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ready.db")) as connection, connection:
        row = ("rate-sessions", "0" * 32, 0, "no prices")
        connection.execute("INSERT INTO delivery VALUES (?, ?, ?, ?)", row)
    said = call("doctor", "--database", database, *ADDRESSES, "--json")
    (parked,) = [check for check in said.json["checks"] if check["name"] == "Parked events"]
    assert (parked["verdict"], parked["seen"], said.code) == ("warning", "1 of rate-sessions", 0)


def test_looking_changes_nothing_of_a_file(call: Call, database: str, tmp_path: Path) -> None:
    path = tmp_path / "ready.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    before = path.read_bytes()
    assert call("doctor", "--database", database, *ADDRESSES).code == 0
    assert path.read_bytes() == before


def test_a_damaged_database_fails(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 1000)
    said = call("doctor", "--database", "sqlite:///bad.db", *ADDRESSES, "--json")
    assert said.code == 1
    assert _verdicts(said.json)["Database"] == "failed"


def test_a_newer_schema_fails_and_an_older_one_warns(call: Call, database: str, tmp_path: Path) -> None:
    for version, verdict, code in (("9999", "failed", 1), ("0000", "warning", 0)):
        with closing(sqlite3.connect(tmp_path / "ready.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        said = call("doctor", "--database", database, *ADDRESSES, "--json")
        assert (_verdicts(said.json)["Schema"], said.code) == (verdict, code)


def test_a_taken_port_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address("127.0.0.1", taken.getsockname()[1])
        assert checks.port("HTTP address", address).verdict is checks.Verdict.WARNING


def test_a_clock_behind_the_database_is_seen(tmp_path: Path) -> None:
    newest = tmp_path / "a.db"
    newest.touch()
    assert checks.clock(datetime(2027, 1, 1, tzinfo=UTC), None).verdict is checks.Verdict.OK
    assert checks.clock(datetime(1970, 1, 1, tzinfo=UTC), None).verdict is checks.Verdict.FAILED


def test_a_missing_package_is_named() -> None:
    check = checks.packages(("attrs", "no-such-package"))
    assert check.verdict is checks.Verdict.FAILED
    assert "no-such-package" in check.seen
