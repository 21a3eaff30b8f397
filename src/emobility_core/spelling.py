"""Words that are nearly right: which one was meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from functools import lru_cache

# Comparing costs the product of both lengths, and no name is longer.
_LONGEST = 60


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Which known word may have been meant, to end a sentence with; empty if none is near."""
    found = nearest(word, known)
    return f"; did you mean '{found}'?" if found else ""


def nearest(word: str, known: Collection[str]) -> str:
    """The known word that is nearest to one that is not known; empty if none is near."""
    return _nearest(word, tuple(sorted(known))) if len(word) <= _LONGEST else ""


@lru_cache(maxsize=1_000)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    """Remembered: each row of a file may have the same mistake."""
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")
