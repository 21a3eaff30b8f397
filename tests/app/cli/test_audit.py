"""The command line leaves entries of its own, and tells whether the audit log is as it was written."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from emobility_app.store import EVERYTHING, opened
from emobility_core.testing.builders import later, make_tenant, make_test_clock
from emobility_core.work import Page
from tests.app.cli.conftest import Call

CLIENT = ("client", "create", "--scopes", "sites:read", "--database")


def _run(database: str, *statements: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(Path(database.removeprefix("sqlite:///")))) as connection, connection:
        return [row for one in statements for row in connection.execute(one).fetchall()]


def test_a_log_that_is_as_it_was_written_holds(call: Call, database: str) -> None:
    for _ in range(2):
        assert call(*CLIENT, database).code == 0
    said = call("audit", "verify", "--database", database)
    assert said.code == 0
    assert "root: 2 entries hold; the last hash is " in said.out
    (chain,) = call("audit", "verify", "--tenant", "root", "--database", database, "--json").json["chains"]
    assert (chain["checked"], chain["broken"]) == (2, None)
    assert chain["head"] in said.out


def test_the_first_place_that_does_not_hold_is_named(call: Call, database: str) -> None:
    for _ in range(3):
        call(*CLIENT, database)
    call("audit", "verify", "--database", database)
    _run(
        database,
        "DROP TRIGGER audit_entry_update",
        "UPDATE audit_entry SET actor = 'nobody' WHERE id = (SELECT entry FROM audit_link WHERE seq = 2)",
    )
    said = call("audit", "verify", "--database", database)
    assert said.code == 1
    assert "root: BROKEN at place 2 (changed, aud_" in said.out
    assert "1 of 1 chains are broken." in said.err


def test_what_was_put_back_says_so(call: Call, database: str, tmp_path: Path) -> None:
    call(*CLIENT, database)
    assert call("backup", str(tmp_path / "copy.db"), "--database", database).code == 0
    assert call("restore", str(tmp_path / "copy.db"), "--force", "--database", database).code == 0
    operations = _run(database, "SELECT operation FROM audit_entry ORDER BY id")
    assert operations == [("emobility client create",), ("emobility restore",)]
    assert call("audit", "verify", "--database", database).code == 0


@pytest.fixture
async def there(database: str) -> str:
    """The present of a tenant called Trial, as the log has it."""
    now = later(days=200)
    async with opened(database) as store, store.transactions(EVERYTHING) as work:
        (root,) = await work.tenants.page(Page(descendants=True))
        trial = make_tenant(root, name="Trial")
        await work.tenants.add(trial)
        await work.test_clocks.add(make_test_clock(tenant=trial.id, now=now))
    return now.isoformat().replace("+00:00", "Z")


def test_what_is_done_to_a_test_tenant_is_told_by_its_clock(call: Call, database: str, there: str) -> None:
    made = call(*CLIENT, database, "--tenant", "Trial", "--json").json
    assert call("client", "disable", made["client_id"], "--database", database).code == 0
    entries = "SELECT content FROM audit_entry WHERE operation LIKE 'emobility client%' ORDER BY id"
    contents = [json.loads(one) for (one,) in _run(database, entries)]
    assert [one["tenant_time"] for one in contents] == [there] * 2
    assert all(one["at"] != one["tenant_time"] for one in contents)
