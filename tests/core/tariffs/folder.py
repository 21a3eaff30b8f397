"""The tariffs among the third-party vectors, read when tests are collected."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]
_FOLDER = Path(os.environ.get("EMOBILITY_VECTORS", _ROOT.parent / "shared" / "vectors")) / "tariffs"


def loaded(name: str) -> Any:
    """The vectors of a file, with exact numbers; nothing where the folder is absent, which the fixture
    `vectors` judges."""
    path = _FOLDER / name
    return json.loads(path.read_text(), parse_float=Decimal) if path.exists() else {}
