"""JSON from strangers: bounded, without repeated names, numbers exact."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

# A record of a day with a reading every minute has some 200,000 characters and 1,500 brackets.
LONGEST = 512 * 1024
_BRACKETS = 4_000
# Registers have at most a dozen digits; a number beyond these bounds is no measurement.
_DIGITS = 18
_EXPONENT = 18
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?", re.ASCII)


class BadJson(ValueError):
    """The text is refused; `reason` is stable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_object(text: str) -> dict[str, Any]:
    """The object that is this text; numbers are their text, digit by digit; raise `BadJson`."""
    if len(text) > _BRACKETS and (len(text) > LONGEST or text.count("{") + text.count("[") > _BRACKETS):
        raise BadJson("too-large")
    try:
        found = _DECODER.decode(text)
    except BadJson:
        raise
    except (ValueError, RecursionError):
        raise BadJson("not-json") from None
    if not isinstance(found, dict):
        raise BadJson("not-an-object")
    return found


def exact(text: str) -> Decimal:
    """A number with its digits as they stand; raise `BadJson` for what is none, or no measurement."""
    if len(text) <= _DIGITS and text.isascii() and text.replace(".", "", 1).isdecimal():
        return Decimal(text)
    if _NUMBER.fullmatch(text) is None:
        raise BadJson("not-a-number")
    number = Decimal(text)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "the pattern has no NaN"
    if len(digits) > _DIGITS or abs(exponent) > _EXPONENT:
        raise BadJson("number-out-of-range")
    return number


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("repeated-name")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson("not-a-number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unrepeated, parse_float=str, parse_int=str, parse_constant=_refuse_constant
)
