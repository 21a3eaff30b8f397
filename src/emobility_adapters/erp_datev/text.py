"""Text as DATEV takes it: Windows-1252, without control characters."""

from __future__ import annotations

import unicodedata

# What has no accent that could be left out, or whose nearest letter keeps the sound.
_SPELT = {
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "\u0131": "i", "ő": "ö", "Ő": "Ö", "ű": "ü", "Ű": "Ü",
    "ẞ": "SS", "ĳ": "ij", "Ĳ": "IJ", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2015": "-",
    "\u2032": "'", "\u2033": '"', "\u2009": " ", "\u202f": " ", "\n": " ", "\r": " ", "\t": " ",
}  # fmt: skip


class NotInCodePage(ValueError):
    """A character cannot be written in Windows-1252 by any rule."""

    def __init__(self, character: str) -> None:
        name = unicodedata.name(character, "a control character")
        super().__init__(f"U+{ord(character):04X} ({name}) is not in Windows-1252")


def transliterated(text: str) -> str:
    """Write a text in Windows-1252: accents that it does not have are left out; raise `NotInCodePage`."""
    return "".join(one if _fits(one) else _instead(one) for one in unicodedata.normalize("NFC", text))


def _instead(character: str) -> str:
    spelt = _SPELT.get(character)
    if spelt is not None:
        return spelt
    plain = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    if plain and all(map(_fits, plain)):
        return plain
    raise NotInCodePage(character)


def _fits(character: str) -> bool:
    if unicodedata.category(character) == "Cc":
        return False
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def quoted(text: str) -> str:
    """A text field: in quotation marks, those within it doubled."""
    return '"' + text.replace('"', '""') + '"'
