"""Every lesson of public trackers is a promise over a real socket, and none is missing.

The lessons are read from the shared folder where it is at hand; they are named by number, or, where they
have none, by words of theirs.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .robustness import PLAYS
from .world import World

LESSONS = 25
# Clauses of the paragraphs below the table: each is played under words that stand in it.
CLAUSES = 16


@pytest.mark.oracle("lessons of real operations")
def test_no_lesson_is_missing(vectors: Path) -> None:
    text = (vectors.parent / "ROBUSTNESS.md").read_text()
    numbered = re.findall(r"^\| (\d+) \|", text, re.MULTILINE)
    assert [play for play in PLAYS if play.isdigit()] != []
    assert sorted(numbered, key=int) == sorted((one for one in PLAYS if one.isdigit()), key=int)
    assert len(numbered) == LESSONS
    worded = [one for one in PLAYS if not one.isdigit()]
    assert [one for one in worded if one not in text] == []
    below = text.rpartition("|\n")[2]
    clauses = [part for part in re.split(r"[;.](?=\s)", below) if len(part.split()) > 3]
    unheard = [part for part in clauses if not any(word in part for word in worded)]
    assert unheard == [], unheard
    assert len(worded) == CLAUSES


@pytest.mark.parametrize("lesson", sorted(PLAYS))
async def test_lesson(world: World, lesson: str) -> None:
    await PLAYS[lesson](world)
