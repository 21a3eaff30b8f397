"""Text in cells of a CSV that somebody may open in a spreadsheet."""

from __future__ import annotations

# What a spreadsheet takes for a formula, or skips before one (OWASP, CSV injection).
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def defused(text: str) -> str:
    """The text so that it stays text: an apostrophe before what would be run."""
    return f"'{text}" if text.lstrip(" ").startswith(_RUN) else text
