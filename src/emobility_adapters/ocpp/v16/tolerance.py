"""Mending payloads that real stations send: coerce what is meant, name what is missing.

The raw frame is kept beside, so nothing is lost by mending.
"""

from __future__ import annotations

from typing import Any

import attrs

from emobility_adapters.ocpp.v16.schemas import request_schema

_TRANSACTIONS = range(1, 2**31)
_STORABLE = range(-(2**63), 2**63)
CONNECTORS = range(2**15)
# Stations exceed the limits of OCPP by a few characters; what exceeds this stays in the raw frame.
_LONGEST_TEXT = 255


@attrs.frozen
class Unreadable(Exception):
    """A payload lacks what its message cannot do without; `code` is the CALLERROR of OCPP-J 1.6."""

    code: str
    description: str


@attrs.frozen
class Fields:
    """The fields of a payload, read leniently; `sound` says that it meets the schema."""

    payload: dict[str, Any]
    sound: bool

    def text(self, name: str) -> str | None:
        """A text, or a number as text; control characters fall away, `null` in words means none."""
        value = self.payload.get(name)
        if isinstance(value, str):
            cleaned = value if value.isprintable() else "".join(c for c in value if c.isprintable())
            cleaned = cleaned.strip()[:_LONGEST_TEXT]
            return None if cleaned in ("", "null") else cleaned
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise self.lacks(name)
        return value

    def integer(self, name: str) -> int | None:
        """A whole number, also as text or decimal; one beyond 64 bits, which no record holds, is none."""
        value = self._integer(self.payload.get(name))
        return value if value is not None and value in _STORABLE else None

    def _integer(self, value: Any) -> int | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, int):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and value.strip().lstrip("-").isascii() and len(value) < 20:
            digits = value.strip()
            return int(digits) if digits.lstrip("-").isdigit() and digits.count("-") <= 1 else None
        return None

    def connector(self) -> int:
        value = self._integer(self.payload.get("connectorId"))
        if value is None:
            raise self.lacks("connectorId")
        if value not in CONNECTORS:
            raise Unreadable("PropertyConstraintViolation", f"connectorId {value} is no connector")
        return value

    def transaction_id(self) -> int | None:
        """A number that may be ours; stations make up 0, -1 and numbers beyond 32 bits."""
        value = self.integer("transactionId")
        return value if value is not None and value in _TRANSACTIONS else None

    def things(self, name: str) -> list[Any]:
        """A list, of whatever; a single object is wrapped."""
        value = self.payload.get(name)
        if isinstance(value, dict):
            return [value]
        return value if isinstance(value, list) else []

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A list of objects; a single one is wrapped, other things fall away."""
        return [one for one in self.things(name) if isinstance(one, dict)]

    def lacks(self, name: str) -> Unreadable:
        if name in self.payload:
            return Unreadable("TypeConstraintViolation", f"{name} has the wrong type")
        # OCPP-J 1.6, table 7 spells it so.
        return Unreadable("OccurenceConstraintViolation", f"{name} is missing")


def read(action: str, payload: Any) -> Fields:
    """Take a payload; raise `Unreadable` if it is no object at all."""
    if not isinstance(payload, dict):
        raise Unreadable("FormationViolation", "the payload is no object")
    return Fields(payload, request_schema(action).is_valid(payload))
