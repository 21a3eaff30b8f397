"""A bar on a terminal, few plain lines in a log, silence for machines."""

from __future__ import annotations

import io

import pytest
from rich.console import Console as Terminal

from emobility_app.cli.console import Console


def _work(console: Console) -> None:
    with console.progress("copy") as progress:
        for done in range(1001):
            progress(done, 1000, "pages")


def test_a_terminal_sees_a_bar() -> None:
    screen = io.StringIO()
    _work(Console(terminal=Terminal(file=screen, force_terminal=True, width=80)))
    assert "━" in screen.getvalue()


def test_a_log_gets_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    _work(Console(terminal=Terminal(file=io.StringIO())))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[::10] == ["copy: 0 of 1000", "copy: 1000 of 1000"]
    assert len(said.err.splitlines()) == 11


def test_machines_get_the_result_alone(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=True)
    _work(console)
    console.say("hello")
    console.result({"ok": True}, text="all well")
    said = capsys.readouterr()
    assert (said.out, said.err) == ('{"ok": true}\n', "")
