"""The core is pure: it imports the standard library and attrs, and asks nobody for time, chance or files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "src" / "emobility_core"
FILES = sorted(CORE.rglob("*.py"))
ALLOWED = {"attr", "attrs", "emobility_core"}
FOR_TESTERS = {"pytest", "hypothesis"}

# Parts of the standard library that ask the machine instead of being told.
ASKING = {
    "asyncio", "ctypes", "fileinput", "getpass", "glob", "http", "locale", "logging", "multiprocessing", "os",
    "pathlib", "platform", "random", "secrets", "select", "selectors", "shelve", "shutil", "signal",
    "smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
# Calls that ask: datetime.now(), date.today(), uuid4(), open().
ASKING_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "getenv", "urandom", "open", "input", "print"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "emobility_core" if node.level else str(node.module)
            if not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(tree: ast.AST) -> Iterator[str]:
    """Names of builtins called, and of what is called on things of the standard library.

    `datetime.now()` counts; `clock.now()` does not: that is a port, and somebody handed it over.
    """
    theirs = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute) and isinstance(root, ast.Name) and root.id in theirs:
                yield node.func.attr


def breaches(source: str, *, testing: bool = False) -> list[str]:
    """What in this source is not pure."""
    tree = ast.parse(source)
    found = []
    allowed = ALLOWED | FOR_TESTERS if testing else ALLOWED
    for name in imported(tree):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names:
            found.append(f"imports {name}")
        # The contract suites race two writers: asyncio is the way to run two.
        if (name in ASKING or top in ASKING) and not (testing and top == "asyncio"):
            found.append(f"imports {name}")
    found += [f"calls {name}" for name in called(tree) if name in ASKING_CALLS]
    return found


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(CORE)) for file in FILES])
def test_a_module_of_the_core_is_pure(file: Path) -> None:
    testing = file.is_relative_to(CORE / "testing")
    assert breaches(file.read_text(), testing=testing) == []


@pytest.mark.parametrize(
    "source",
    [
        "import sqlalchemy",
        "from cattrs import structure",
        "import random",
        "from secrets import token_bytes",
        "import time",
        "import os",
        "from pathlib import Path",
        "from urllib import request\nimport urllib.request",
        "import pytest",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime as dt\nat = dt.datetime.now()",
        "from datetime import datetime as clock\nat = clock.now()",
        "from datetime import date\non = date.today()",
        "import uuid\nid = uuid.uuid4()",
        "text = open('prices.txt').read()",
        "def late():\n    import socket",
    ],
)
def test_a_planted_breach_is_seen(source: str) -> None:
    assert breaches(source)


def test_only_what_is_for_testers_may_import_their_tools() -> None:
    assert breaches("import hypothesis", testing=True) == []
    assert breaches("import hypothesis")
