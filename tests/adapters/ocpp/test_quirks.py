"""Every way in which real stations deviate, as collected from public trackers: what a tolerant backend does.

The frames are read from the vectors, never copied; the promises are named by their ids there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .quirks import PLAYS
from .scenes import scene
from .world import World

# Frames bear dates up to November 2026.
LATER = "2026-12-01T12:00:00Z"
NOW = {"ts-local-labelled-Z": "2019-05-10T14:05:34Z"}


pytestmark = pytest.mark.oracle("quirks of real stations")


@pytest.fixture
def quirks(vectors: Path) -> dict[str, dict[str, Any]]:
    lines = (vectors / "ocpp" / "quirks.jsonl").read_text().splitlines()
    return {quirk["id"]: quirk for quirk in map(json.loads, lines)}


def test_each_quirk_is_played(quirks: dict[str, dict[str, Any]]) -> None:
    assert quirks.keys() == PLAYS.keys()


@pytest.mark.parametrize("id", sorted(PLAYS))
async def test_quirk(world: World, quirks: dict[str, dict[str, Any]], id: str) -> None:
    async with scene(world, quirks[id]["frame"], now=NOW.get(id, LATER)) as made:
        await PLAYS[id](made)
