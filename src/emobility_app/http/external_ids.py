"""The names of records in other systems: which are well-formed."""

from __future__ import annotations

import re
from typing import Any

from emobility_app.http.endpoint import Parameter
from emobility_app.wire import Flaw, MalformedBody, step

# What names a row of a file in the other system.
EXTERNAL_ID = "external_id"
LONGEST_ID = 200
# The filter writes `system:id`: a colon in a system would make two of one.
_SYSTEM = "[A-Za-z0-9._-]{1,50}"
SYSTEM = Parameter("The other system.", {"type": "string", "pattern": f"^{_SYSTEM}$", "examples": ["sap"]})
ID = Parameter(
    "The id there, percent-encoded.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_ID, "examples": ["4711"]},
)
EXTERNAL_IDS = {
    "type": "object",
    "propertyNames": SYSTEM.schema,
    "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
}


NAMED = {
    "type": "object",
    "properties": {EXTERNAL_ID: ID.schema},
    "required": [EXTERNAL_ID],
    "additionalProperties": False,
    "description": "By the id that the same system has for it.",
}


def is_named(value: Any) -> bool:
    """Whether a reference is by the id that the other system knows: `{"external_id": "4711"}`."""
    return isinstance(value, dict) and value.keys() == {EXTERNAL_ID} and is_id(str(value[EXTERNAL_ID]))


def is_system(text: str) -> bool:
    return re.fullmatch(_SYSTEM, text) is not None


def is_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and text.isprintable()


def require_well_formed(external_ids: Any) -> None:
    """Raise `MalformedBody` for the names among `external_ids` that nothing would find."""
    if not isinstance(external_ids, dict):
        return
    flaws = [
        Flaw(f"/external_ids{step(system)}", "malformed-external-id", FORM)
        for system, id in external_ids.items()
        if not is_system(system) or (isinstance(id, str) and not is_id(id))
    ]
    if flaws:
        raise MalformedBody(tuple(flaws))


FORM = f"must be a system of 50 letters, digits, . _ - and a printable id of {LONGEST_ID} characters at most"
