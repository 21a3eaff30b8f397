"""A command line to call, and databases in every state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from emobility_adapters.sql.migration import migrate
from emobility_adapters.system import SystemClock, SystemIds
from emobility_app.cli import cli


@attrs.frozen
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


Call = Callable[..., Said]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder; a traceback is never an answer."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str, **environment: str) -> Said:
        result = CliRunner().invoke(cli, arguments, env=environment, prog_name="emobility")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return Said(result.exit_code, result.stdout, result.stderr)

    return called


@pytest.fixture
async def database(tmp_path: Path) -> str:
    """The URL of a migrated SQLite database."""
    url = f"sqlite:///{tmp_path / 'ready.db'}"
    await migrate(url, clock=SystemClock(), ids=SystemIds(), new_signing_key=lambda: "a signing key")
    return url
