"""The how-to prints what the command prints, and tells every reason that there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from emobility_app.cli import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "verify-a-signed-record.md").read_text()
METERING = ROOT / "src" / "emobility_core" / "metering"


def _names() -> dict[str, Any]:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), names)
    return names


def test_the_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    names = _names()
    (tmp_path / "record.ocmf").write_text(names["RECORD"])
    (tmp_path / "meter.key").write_text(names["KEY"])
    (shown,) = re.findall(r"^```console\n\$ emobility verify .*?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    arguments = ["verify", "--key", f"@{tmp_path / 'meter.key'}", str(tmp_path / "record.ocmf")]
    said = CliRunner().invoke(cli, arguments)
    assert (said.exit_code, said.stdout) == (0, shown)


def test_every_reason_stands_in_the_table_and_no_other() -> None:
    given: set[str] = set()
    for file in METERING.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                given |= _codes(node.args[0])
    rows = re.findall(r"^\|[^|]*\|([^|]*)\|[^|]*\|$", PAGE, re.MULTILINE)
    assert {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)} == given


def _codes(code: ast.expr) -> set[str]:
    """A code, or the two that are made of `begin` and `end`."""
    if isinstance(code, ast.Constant):
        return {str(code.value)}
    assert isinstance(code, ast.JoinedStr)
    (ending,) = [str(part.value) for part in code.values if isinstance(part, ast.Constant)]
    return {f"{name}{ending}" for name in ("begin", "end")}
