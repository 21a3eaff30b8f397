"""Simulated stations from the command line, against an endpoint that listens."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from emobility_adapters.system import SystemClock
from tests.adapters.ocpp.world import CARD, World, a_world
from tests.app.cli.child import command

pytestmark = pytest.mark.slow


async def simulate(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command("simulate", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def _against(world: World) -> tuple[str, ...]:
    return ("--url", f"ws://127.0.0.1:{world.port}/ocpp", "--speed", "3600", "--id-tag", CARD)


@pytest.mark.parametrize(
    ("scenario", "sessions"),
    [("session", 2), ("offline-replay", 3), ("duplicate-stop", 2), ("reconnect-storm", 0)],
)
async def test_each_scenario_leaves_each_session_once(scenario: str, sessions: int) -> None:
    async with a_world() as world:
        # The stations are another process with the machine's clock.
        world.clock.set(SystemClock().now())
        for number in (1, 2):
            await world.add_station(f"SIM-{number:04}")
        code, out, err = await simulate(*_against(world), "--scenario", scenario, "--stations", "2", "--json")
        summary: dict[str, Any] = json.loads(out)
        assert (code, summary["problems"], err) == (0, [], "")
        assert summary["sessions_ended"] == len(await world.sessions()) == sessions


async def test_for_logs_progress_is_plain_lines_and_the_result_stands_alone() -> None:
    async with a_world() as world:
        await world.add_station("LAB-0001", key="0123456789abcdef")
        options = ("--identity-prefix", "LAB-", "--key", "0123456789abcdef")
        code, out, err = await simulate(*_against(world), *options)
    assert code == 0
    assert out.startswith("session: 1 stations")
    assert err == "session: 1 of 1\n"


async def test_a_refused_card_is_a_problem_that_ends_with_1() -> None:
    async with a_world() as world:
        await world.add_station("SIM-0001")
        code, out, err = await simulate(*_against(world)[:4], "--id-tag", "NOBODY")
    assert code == 1
    assert "NOBODY was refused" in out
    assert "Traceback" not in err


async def test_unknown_stations_and_wrong_keys_are_told_apart() -> None:
    async with a_world() as world:
        code, out, _ = await simulate(*_against(world))
        assert code == 5
        assert "404" in out
        await world.add_station("SIM-0001", key="0123456789abcdef")
        code, out, _ = await simulate(*_against(world), "--key", "something else")
        assert code == 5
        assert "401" in out
