"""The how-to is followed word by word; only the ports are free ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.cli.child import environment, started

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-a-server.md"
_BLOCK = re.compile(r"^```(sh|py)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_who_follows_the_page_has_a_priced_session(tmp_path: Path) -> None:
    blocks = _BLOCK.findall(PAGE.read_text())
    assert [kind for kind, _ in blocks] == ["sh", "sh", "py", "sh", "py"]
    serve, *shell = [text for kind, text in blocks if kind == "sh"]
    words = serve.replace("8000", "0").replace("9000", "0").split()[1:]
    with started(*words, "--json", folder=tmp_path) as server:
        ports = {"8000": _port(server.ready["http_url"]), "9000": _port(server.ready["ocpp_url"])}
        create, simulate = [_on(ports, text) for text in shell]
        reading = [_on(ports, text) for kind, text in blocks if kind == "py"]
        _run(["sh", "-ec", create], tmp_path)
        _run([sys.executable, "-c", reading[0]], tmp_path)
        _run(["sh", "-ec", simulate], tmp_path)
        # In a session of its own, which signs in again and reads.
        signing_in = reading[0].partition("\n\n\ndef ")[0]
        told = _run([sys.executable, "-c", f"{signing_in}\n{reading[1]}"], tmp_path)
    assert "per_kwh" in told
    assert "'currency': 'EUR'" in told


def _port(url: str) -> str:
    return url.split(":")[2].partition("/")[0]


def _on(ports: dict[str, str], text: str) -> str:
    for documented, free in ports.items():
        text = text.replace(documented, free)
    return text


def _run(words: list[str], folder: Path) -> str:
    bin = str(Path(sys.executable).parent)
    inside = {**environment(), "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, env=inside)
    assert done.returncode == 0, done.stderr
    return done.stdout
