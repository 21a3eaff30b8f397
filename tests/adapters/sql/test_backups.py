"""A backup comes to its end, whatever others write meanwhile."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from emobility_adapters.sql.backups import back_up, check


def test_a_copy_in_many_steps_is_not_begun_anew_by_each_write(sqlite_url: str, tmp_path: Path) -> None:
    source = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(source, isolation_level=None)) as busy:
        busy.execute("CREATE TABLE ballast (row BLOB)")
        busy.execute(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
            " INSERT INTO ballast SELECT randomblob(4000) FROM n"
        )
        steps: list[int] = []

        def write(done: int, total: int) -> None:
            steps.append(done)
            assert len(steps) < 50, "it begins anew after each write"
            busy.execute("INSERT INTO ballast VALUES ('written meanwhile')")

        back_up(source, tmp_path / "copy.db", on_pages=write)
        assert len(steps) > 1
    check(tmp_path / "copy.db")
