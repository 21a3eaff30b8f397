"""A reader of EXTF files, written from DATEV's description and apart from the writer."""

from __future__ import annotations

import re
from decimal import Decimal

import attrs

# Place (from 1) -> what a field of a posting must match where it holds anything (DATEV, EXTF posting batch).
# Text stands in quotation marks and may be empty; numbers are empty or match.
_DATE, _SHORT_DATE = r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{4}", r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])"
FORMS: dict[int, str] = {
    1: r"\d{1,10},\d{2}", 2: r'"[SH]"', 3: r'"[A-Z]{3}"', 4: r"[1-9]\d{0,3},\d{2,6}", 5: r"\d{1,10},\d{2}",
    6: r'"([A-Z]{3})?"', 7: r"\d{1,9}", 8: r"\d{1,9}", 9: r'"(\d{4})?"', 10: _SHORT_DATE,
    11: r'"[\w$%&*+\-/]{0,36}"', 12: r'"[\w$%\-/]{0,12}"', 13: r"[1-9]\d{0,7},\d{2}", 14: r'".{0,60}"',
    15: "[01]", 16: r'"\w{0,9}"', 17: r"\d{3}", 18: r"\d{2}", 19: "[01]", 20: r'".{0,214}"',
    **dict.fromkeys(range(21, 37, 2), r'".{0,20}"'),
    **dict.fromkeys(range(22, 37, 2), r'".{0,210}"'),
    37: r'"[\w ]{0,36}"', 38: r'"[\w ]{0,36}"', 39: r"\d{12},\d{4}", 40: r'".{0,15}"', 41: r"\d{2},\d{2}",
    42: r'"[IKPS]?"', 43: r"\d{1,3}", 44: r"\d{1,3}", 45: r"\d", 46: r"\d{1,2}", 47: r"\d{1,3}",
    **dict.fromkeys(range(48, 88, 2), r'".{0,20}"'),
    **dict.fromkeys(range(49, 88, 2), r'".{0,210}"'),
    88: r"\d{0,8}", 89: r"\d{1,8},\d{2}", 90: r"\d{0,2}", 91: r'".{0,10}"', 92: r"20\d{2}", 93: _DATE,
    94: r"\d", 95: r'".{0,30}"', 96: r'"([A-Z]{2})?"', 97: r"\d{0,2}", 98: r'"([A-Z]{2})?"', 99: r"\d{0,3}",
    100: r"\d{1,2},\d{2}", 101: r"\d{4,8}", 102: r'"([A-Z]{2})?"', 103: r'".{0,36}"', 104: _DATE,
    105: r'".{0,35}"', 106: "[01]", 107: r'".{0,76}"', 108: r"\d{4}", 109: r'".{0,11}"', 110: r'".{0,20}"',
    111: _DATE, 112: r'".{0,30}"', 113: r"\d{1,2}", 114: "[01]", 115: _DATE, 116: _DATE, 117: _DATE,
    118: r'"[01]?"', 119: r"\d{1,2},\d{2}", 120: r'"([A-Z]{2})?"', 121: r'".{0,50}"', 122: "[1-5]",
    123: r'".{0,15}"', 124: r"\d{2},\d{2}", 125: r"\d{1,9}",
}  # fmt: skip
HEADER_FORMS: dict[int, str] = {
    1: '"EXTF"', 2: "700", 3: "21", 4: '"Buchungsstapel"', 5: "13", 6: r"20\d{15}", 7: "", 8: r'"\w{0,2}"',
    9: r'"\w{0,25}"', 10: r'"\w{0,25}"', 11: r"\d{4,7}", 12: r"\d{1,5}", 13: r"20\d{6}", 14: "[4-8]",
    15: r"20\d{6}", 16: r"20\d{6}", 17: r'".{0,30}"', 18: r'"\w{0,2}"', 19: "[12]", 20: r"\d{1,2}",
    21: "[01]", 22: '"[A-Z]{3}"', 23: "", 24: '""', 25: "", 26: "", 27: r'"(\d{2})?"', 28: "", 29: "",
    30: '""', 31: r'".{0,16}"',
}  # fmt: skip


@attrs.frozen
class Extf:
    """A file as it was read: raw header fields, the line of names, and rows by place from 1."""

    header: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[dict[int, str], ...]


def read_extf(content: bytes) -> Extf:
    """Read a file; `AssertionError` for what breaks a rule of the format."""
    text = content.decode("cp1252")
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert not any(re.search(r"[\x00-\x1f\x7f]", line) for line in lines)
    header, rows = split(lines[0]), [split(line) for line in lines[2:]]
    assert len(header) == 31
    for place, field in enumerate(header, 1):
        assert re.fullmatch(HEADER_FORMS[place], field), (place, field)
    for row in rows:
        assert len(row) == 125
        for place, field in enumerate(row, 1):
            assert field == "" or re.fullmatch(FORMS[place], field), (place, field)
        for place in (1, 2, 3, 7, 8, 10):
            assert row[place - 1], f"column {place} must be told"
    return Extf(
        tuple(header),
        tuple(lines[1].split(";")),
        tuple({place: plain(field) for place, field in enumerate(row, 1)} for row in rows),
    )


def split(line: str) -> list[str]:
    """Fields between semicolons that stand in no quotation marks."""
    fields, current, inside = [], "", False
    for character in line:
        if character == '"':
            inside = not inside
        if character == ";" and not inside:
            fields.append(current)
            current = ""
        else:
            current += character
    assert not inside
    return [*fields, current]


def plain(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def amount(row: dict[int, str]) -> Decimal:
    """What a row debits its account with, below zero for a credit."""
    figure = Decimal(row[1].replace(",", "."))
    return figure if row[2] == "S" else -figure
