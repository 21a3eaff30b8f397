"""Every body in the page about sharing stations is a grant, and all rights are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from emobility_app.http.grants import GRANTS
from emobility_app.wire import read
from emobility_core.access import Grant, GrantRight

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "share-stations.md").read_text()
BODIES = [
    json.loads(line)
    for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
STAMPS = {
    "id": "gra_01jxd4q5v87fs9v0d5y5m8w2kb",
    "tenant": "ten_01jxd4q5v87fs9v0d5y5m8w2kc",
    "created_at": "2026-11-01T12:00:00Z",
    "updated_at": "2026-11-01T12:00:00Z",
}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: " ".join(body["rights"]))
def test_a_body_in_the_page_is_a_grant(body: dict[str, object]) -> None:
    assert body.keys() <= GRANTS.editable
    assert read(STAMPS | body, Grant).rights


def test_the_page_tells_every_right() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert told == {right.value for right in GrantRight}
