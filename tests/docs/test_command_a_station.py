"""Every body in the page about commands is one that the API takes, and the page has one of each type."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from emobility_app.http.orders import asked_of
from emobility_core.commands import CommandKind
from emobility_core.testing.clock import SeededIds

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "command-a-station.md").read_text()
BODIES = [
    json.loads(line)
    for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body["type"]))
def test_a_body_in_the_page_is_taken(body: dict[str, object]) -> None:
    asked_of(body, SeededIds())


def test_the_page_has_a_body_of_each_type() -> None:
    assert {body["type"] for body in BODIES} == {kind.value for kind in CommandKind}
