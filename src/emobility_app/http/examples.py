"""An example of each operation: what was asked, and what a server answered.

They are recorded by the tests (`nox -s golden`) from a server that has one object of every kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """By operation the `request`, if it takes a body, and the `answer`, if it gives an object."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return found


def example(operation: str, part: str) -> dict[str, Any]:
    """The field `example` of a media type of OpenAPI, or nothing."""
    known = examples().get(operation, {})
    return {"example": known[part]} if part in known else {}
