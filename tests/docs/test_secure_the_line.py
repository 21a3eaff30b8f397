"""What the page on securing the line tells to type and to send is what the program takes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from emobility_app.cli import cli
from emobility_app.http.app import api
from emobility_app.http.orders import asked_of
from emobility_core.testing.clock import SeededIds

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "secure-the-line.md").read_text()
BODIES = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TYPED = re.findall(r"^\$ emobility (.*?[^\\])\n", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("body", BODIES)
def test_a_command_has_the_form_that_the_api_takes(body: str) -> None:
    asked_of(json.loads(body), SeededIds())


@pytest.mark.parametrize("typed", TYPED)
def test_a_command_line_names_options_that_there_are(typed: str) -> None:
    words = shlex.split(typed.replace("\\\n", " "))
    context = click.Context(cli)
    command: click.Command = cli
    while isinstance(command, click.Group):
        command = command.get_command(context, words.pop(0)) or pytest.fail(typed)
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_paths_that_are_named_are_paths_of_the_api() -> None:
    named = set(re.findall(r"(GET|POST|PATCH) (/v1/[^\s`?]+)", PAGE))
    assert named <= {(one.method, one.path) for one in api()}
    assert len(named) > 8
    assert len(BODIES) == 3
    assert len(TYPED) == 3
