"""The description is good enough for others: clients made from it compile, and carry a session."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.http.house import CARD, House, house, template
from tests.npm import NODE, installed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
HERE = Path(__file__).parent / "generated"
DESCRIPTION = Path(__file__).parents[1] / "golden" / "openapi.json"
__all__ = ["template"]


@pytest.fixture
async def served(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    shutil.copy(template, tmp_path / "generated.db")
    async with house(f"sqlite:///{tmp_path / 'generated.db'}") as served:
        yield served


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """The output of a program that must succeed and has nothing to complain of."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


async def carried(served: House, *command: str | Path, cwd: Path) -> None:
    """The scenario names the session that it began, once a station has begun it."""
    async with served.station() as (station, line):
        told = [str(served.http.base_url), served.http.headers["Authorization"].removeprefix("Bearer ")]
        scenario = asyncio.create_task(
            asyncio.to_thread(run, *command, *told, station["id"], CARD, cwd=cwd, PYTHONPATH=str(cwd))
        )
        _, id, action, _ = await line.hear()
        assert action == "RemoteStartTransaction"
        await line.say([3, id, {"status": "Accepted"}])
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(0)}
        await line.call("StartTransaction", start)
        said = await scenario
    (session,) = (await served.get("/v1/sessions"))["data"]
    assert said.split() == [session["id"]]


async def test_a_python_client_is_generated_type_checks_and_carries_a_session(
    served: House, tmp_path: Path
) -> None:
    where = tmp_path / "python"
    shutil.copytree(HERE, where)
    generate = ["generate", "--path", str(DESCRIPTION), "--config", "python.yaml", "--meta", "none"]
    generate.append("--fail-on-warning")
    program = Path(sys.executable).parent / "openapi-python-client"
    run(program, *generate, "--output-path", "emobility_generated", cwd=where)
    run(sys.executable, "-m", "mypy", "scenario.py", cwd=where, MYPYPATH=str(where), PYTHONPATH="")
    await carried(served, sys.executable, "scenario.py", cwd=where)


async def test_a_typescript_client_is_generated_compiles_and_carries_a_session(
    served: House, tmp_path: Path
) -> None:
    packages = installed(HERE)
    where = tmp_path / "typescript"
    shutil.copytree(HERE, where)
    (where / "node_modules").symlink_to(packages)
    run(NODE, "generate.mjs", DESCRIPTION, "generated", cwd=where)
    run(NODE, "node_modules/typescript/bin/tsc", "--project", ".", cwd=where)
    await carried(served, NODE, "built/scenario.js", cwd=where)
