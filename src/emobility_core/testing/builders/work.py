"""Operations and events."""

from __future__ import annotations

from typing import Any

from emobility_core.ids import EventId, OperationId
from emobility_core.operations import Operation
from emobility_core.testing.builders.basis import TENANT, ids, stored
from emobility_core.testing.clock import NOON
from emobility_core.work import Event


def make_operation(**changes: Any) -> Operation:
    return Operation(**stored({"id": OperationId(ids.uuid7(NOON)), "kind": "import", **changes}))


def make_event(**changes: Any) -> Event:
    fields = {
        "id": EventId(ids.uuid7(NOON)),
        "tenant": TENANT,
        "type": "session.started",
        "subject": "ses_01jxcrg0000000000000000000",
        "at": NOON,
        "data": {"energy_kwh": "12.345", "connector": 1, "doubts": [], "stop_reason": None},
    }
    return Event(**{**fields, **changes})
