"""Commands, what they carry and what answers them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emobility_core.commands import (
    Attachment,
    ChargingProfile,
    ChargingSchedule,
    Command,
    ProfilePurpose,
    RateUnit,
    RemoteStart,
    SchedulePeriod,
)
from emobility_core.ids import AttachmentId, CommandId, OperationId, StationId
from emobility_core.testing.builders.basis import ids, later, stored
from emobility_core.testing.clock import NOON


def make_attachment(**changes: Any) -> Attachment:
    fields = {
        "id": AttachmentId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "command": CommandId(ids.uuid7(NOON)),
        "name": "logs.zip",
        "media_type": "application/zip",
        "size": 3,
        "sha256": "00" * 32,
    }
    return Attachment(**stored({**fields, **changes}))


def make_command(**changes: Any) -> Command:
    fields = {
        "id": CommandId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "order": RemoteStart(connector=1, id_tag="04A1B2C3"),
        "operation": OperationId(ids.uuid7(NOON)),
        "deadline": later(minutes=5),
    }
    return Command(**stored({**fields, **changes}))


def make_profile(limit: str = "16", **changes: Any) -> ChargingProfile:
    period = SchedulePeriod(start_s=0, limit=Decimal(limit))
    schedule = ChargingSchedule(unit=RateUnit.A, periods=(period,), starts_at=NOON, duration_s=3600)
    fields = {"id": 1, "purpose": ProfilePurpose.DEFAULT, "schedule": schedule, "valid_until": later(hours=1)}
    return ChargingProfile(**{**fields, **changes})
