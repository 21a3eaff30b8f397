"""The tutorial is followed word by word; only the ports are free ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.cli.child import environment, started
from tests.docs.console import statements

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "connect-an-erp.md"
_BLOCK = re.compile(r"^```(sh|py|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Follower:
    """Does what a block says: in a shell, in one Python that stays open, or with a file."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.ports: dict[str, str] = {}
        self.python: dict[str, object] = {"__name__": "tutorial"}
        self.inside = {
            **environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def follow(self, kind: str, text: str) -> None:
        text = re.sub(r"\b(8000|9000)\b", lambda port: self.ports.get(port[0], "0"), text)
        if kind == "toml":
            (self.folder / "yard.toml").write_text(text)
        elif kind == "py":
            for statement in statements(text, str(PAGE)):
                exec(statement, self.python)
        elif text.startswith("emobility serve"):
            self._serve(text)
        elif text.startswith("emobility simulate"):
            self._beside(text)
        else:
            subprocess.run(["sh", "-ec", text], cwd=self.folder, env=self.inside, check=True, timeout=60)

    def _serve(self, text: str) -> None:
        words = text.replace("\\\n", " ").split()[1:]
        server = self.stack.enter_context(started(*words, "--json", folder=self.folder))
        self.ports = {"8000": _port(server.ready["http_url"]), "9000": _port(server.ready["ocpp_url"])}

    def _beside(self, text: str) -> None:
        beside = subprocess.Popen(text.split(), cwd=self.folder, env=self.inside)
        self.stack.callback(beside.wait)
        self.stack.callback(beside.terminate)


def _port(url: str) -> str:
    return url.split(":")[2].partition("/")[0]


def test_who_follows_the_tutorial_sees_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall(PAGE.read_text())
    with ExitStack() as stack:
        follower = Follower(tmp_path, stack)
        for kind, text in blocks:
            follower.follow(kind, text)
        follower.python["api"].close()  # type: ignore[attr-defined]
    code = "\n".join(text for kind, text in blocks if kind == "py")
    promised = re.findall(r"^ *print\(.*\)  # (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
