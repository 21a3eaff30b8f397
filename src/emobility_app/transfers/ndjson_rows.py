"""Rows written as one JSON object a line."""

from __future__ import annotations

from typing import Any

import orjson

from emobility_app.transfers.rows import LONGEST_ROW, Lines, Row
from emobility_app.wire import DEEPEST, Flaw, is_deeper


class NdjsonRows:
    """Implements `RowReader`. A line that is no object is told as a row with a flaw: the next one stands for
    itself."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lines = Lines()

    def feed(self, piece: bytes) -> list[Row]:
        return [row for number, line in self._lines.feed(piece) for row in self._rows(number, line)]

    def end(self) -> list[Row]:
        return [row for number, line in self._lines.end() for row in self._rows(number, line)]

    def _rows(self, number: int, line: bytes | None) -> list[Row]:
        if line is None:
            return [self._flawed(number, "row-too-long", f"must have at most {LONGEST_ROW} bytes")]
        line = line.strip()
        return [self._row(number, line)] if line else []

    def _row(self, number: int, line: bytes) -> Row:
        try:
            body = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            return self._flawed(number, "malformed-row", f"is no JSON: {error.msg}")
        if not isinstance(body, dict):
            return self._flawed(number, "malformed-row", "must be a JSON object")
        if is_deeper(body, DEEPEST):
            return self._flawed(number, "malformed-row", f"must lie at most {DEEPEST} deep")
        return named(number, self._kind, body)

    def _flawed(self, number: int, code: str, detail: str) -> Row:
        return Row(number=number, kind=self._kind, flaws=(Flaw("/", code, detail),))


def named(number: int, kind: str, body: dict[str, Any]) -> Row:
    """A row, with what names its record taken out of what it states."""
    flaws, names = [], {}
    for name in ("external_id", "id"):
        value = body.pop(name, None)
        if value is not None and not isinstance(value, str):
            flaws.append(Flaw(f"/{name}", "not-a-text", "must be a text"))
        names[name] = value
    if flaws:
        return Row(number=number, kind=kind, flaws=tuple(flaws))
    return Row(number=number, kind=kind, body=body, **names)
