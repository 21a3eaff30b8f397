"""A text that names a person, how it is recognised, and what takes its place once the person is erased."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import attrs


@attrs.frozen(kw_only=True)
class Mention:
    """A text that names a person, and what stands `instead`. Unless it counts `anywhere`, it must stand
    alone: between quotes, bars or the ends of a text."""

    text: str
    instead: str
    anywhere: bool

    @property
    def forms(self) -> tuple[str, ...]:
        """The text as it is, and as JSON writes it."""
        return tuple(dict.fromkeys((self.text, json.dumps(self.text, ensure_ascii=False)[1:-1])))

    @property
    def pattern(self) -> re.Pattern[str]:
        """Letters and digits before or after make another word of it; whatever the case."""
        words = f"(?:{'|'.join(map(re.escape, self.forms))})"
        # Some readers append their own number to a tag after an underscore, which is no part of the word.
        alone = rf'(?:^|(?<=["|])){words}(?=\\?["|]|$)'
        return re.compile(rf"(?<![^\W_]){words}(?![^\W_])" if self.anywhere else alone, re.IGNORECASE)


def replaced(text: str, mentions: Sequence[Mention]) -> str:
    """The text with all that names the person replaced."""
    for one in mentions:
        text = one.pattern.sub(one.instead, text)
    return text


def is_named(text: str, mentions: Sequence[Mention]) -> bool:
    return any(one.pattern.search(text) for one in mentions)
