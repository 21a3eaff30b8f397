"""Records of real stations, with what others say of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("EMOBILITY_VECTORS", Path(__file__).parents[4] / "shared" / "vectors"))


def load(name: str) -> Any:
    """The vectors of a file; an absent folder is left to the test that demands it."""
    path = FOLDER / name
    return json.loads(path.read_text()) if path.exists() else []


SAMPLES = load("ocmf/samples.json")
TRANSACTIONS = load("ocmf/transactions.json")
