"""The demonstration, end to end: what it prints works when pasted, and nothing is left behind."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.cli.child import Child, command, environment, started

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    folder = tmp_path_factory.mktemp("demo")
    with started("demo", "--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0", "--json", folder=folder) as child:
        yield child
        code, errors = child.stop()
        assert code == 0
        assert "Traceback" not in errors
        assert list(folder.iterdir()) == []


def _pasted(line: str) -> Any:
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=20, check=True)
    return json.loads(done.stdout)


def test_all_three_lines_show_something(demo: Child) -> None:
    sessions, session, events = map(_pasted, demo.ready["curl"])
    assert len(sessions["data"]) == 5
    assert events["data"]
    assert "per_kwh" in json.dumps(session)


def test_all_stations_are_online_and_charge(demo: Child) -> None:
    page = _when(
        demo, lambda text: "<strong>12<small> of 12</small></strong>" in text and ">Cost so far<" in text
    )
    for site in ("Rathausplatz", "Hafenparkhaus", "Ladepark Autohof Nord"):
        assert site in page


def test_a_week_of_sessions_comes_in_and_nothing_happens_in_the_future(demo: Child) -> None:
    sessions = _sessions(demo, at_least=100)
    now = datetime.now(UTC)
    starts = [datetime.fromisoformat(one["started_at"]) for one in sessions]
    assert max(starts) <= now
    assert min(starts) < now - timedelta(days=6)
    assert all(one["ended_at"] is None or datetime.fromisoformat(one["ended_at"]) <= now for one in sessions)
    assert {one["authorization"] for one in sessions} == {"Accepted"}
    assert [one["doubts"] for one in sessions if one["doubts"]] == []


def _sessions(demo: Child, *, at_least: int, within_s: float = 60.0) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {demo.ready['token']}"}
    url = f"{demo.ready['http_url']}/v1/sessions?include_descendants=true&limit=200"
    deadline = time.monotonic() + within_s
    while len(sessions := httpx.get(url, headers=headers).json()["data"]) < at_least:
        assert time.monotonic() < deadline, len(sessions)
        time.sleep(0.5)
    return list(sessions)


def _when(demo: Child, condition: object, *, within_s: float = 20.0) -> str:
    assert callable(condition)
    deadline = time.monotonic() + within_s
    while True:
        text = httpx.get(f"{demo.ready['http_url']}/").text
        if condition(text):
            return text
        assert time.monotonic() < deadline, text
        time.sleep(0.3)


def test_a_demonstration_that_is_stopped_before_it_is_ready_leaves_nothing(tmp_path: Path) -> None:
    words = command("demo", "--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0")
    inside = {**environment(), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=inside) as process:
        deadline = time.monotonic() + 60
        while not any(tmp_path.glob("emobility-demo-*/demo.db")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
