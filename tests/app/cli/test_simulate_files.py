"""Scenario files from the command line: read, played against an endpoint that listens, told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emobility_adapters.system import SystemClock
from emobility_app.cli import cli
from tests.adapters.ocpp.world import CARD, a_world
from tests.app.cli.test_simulate import simulate

GOOD = f"""
speed = 3600
[[station]]
identity = "SIM-0001"
[[step]]
do = "connect"
[[step]]
do = "visit"
tag = "{CARD}"
for = "10 min"
[[step]]
do = "expect-status"
status = "Available"
"""


def written(folder: Path, text: str) -> str:
    file = folder / "morning.toml"
    file.write_text(text)
    return str(file)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", *arguments], prog_name="emobility")


def test_a_file_without_faults_is_only_read(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    result = run("--check", file)
    assert (result.exit_code, result.output) == (0, f"{file}: no faults; 1 stations, 3 steps\n")
    assert json.loads(run("--check", "--json", file).output) == {"name": "morning", "stations": 1, "steps": 3}


@pytest.mark.parametrize("check", [(), ("--check",)])
def test_faults_are_told_with_file_and_line(tmp_path: Path, check: tuple[str, ...]) -> None:
    file = written(tmp_path, GOOD.replace("visit", "visti").replace("10 min", "ten"))
    result = run(file, *check)
    assert result.exit_code == 2
    assert f"{file}:8: there is no step 'visti'; did you mean 'visit'?" in result.output


def test_options_of_named_scenarios_do_not_go_with_a_file(tmp_path: Path) -> None:
    result = run(written(tmp_path, GOOD), "--stations", "2")
    assert (result.exit_code, "--stations is for named scenarios" in result.output) == (2, True)
    assert run("--check").exit_code == 2
    assert run(str(tmp_path / "none.toml")).exit_code == 2


@pytest.mark.slow
async def test_a_file_is_played_and_told_step_by_step(tmp_path: Path) -> None:
    async with a_world() as world:
        world.clock.set(SystemClock().now())
        await world.add_station("SIM-0001")
        file, url = written(tmp_path, GOOD), f"ws://127.0.0.1:{world.port}/ocpp"
        code, out, err = await simulate(file, "--url", url)
        assert (code, err) == (0, "")
        assert "SIM-0001 visit: 1.833 kWh in 10 min" in out
        assert out.endswith("morning: 3 steps, 0 failed\n")
        unmet = GOOD.replace('status = "Available"', 'status = "Charging"\nwithin = 0')
        code, out, err = await simulate(written(tmp_path, unmet), "--url", url, "--json")
        assert (code, json.loads(out)["ok"]) == (1, False)
        assert "line 11: SIM-0001 expect-status: connector 1 is Available, expected was Charging" in err
        assert len(await world.sessions()) == 2
