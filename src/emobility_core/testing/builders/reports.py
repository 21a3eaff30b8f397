"""What stations report of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emobility_core.charging import ReportReadings, ReportStart, ReportStop, TimedSamples
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import judge_time
from emobility_core.testing.builders.basis import ids, later
from emobility_core.testing.builders.network import told
from emobility_core.testing.clock import NOON


def report_start(**changes: Any) -> ReportStart:
    fields = {
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "id_tag": IdTag("04A1B2C3"),
        "meter": Energy.wh(1_000),
        "time": told(NOON.isoformat()),
        "message": "m-1/0123456789abcdef",
        "boot": 1,
    }
    return ReportStart(**{**fields, **changes})


def report_stop(**changes: Any) -> ReportStop:
    end = later(minutes=90)
    fields = {
        "station": StationId(ids.uuid7(NOON)),
        "transaction_id": None,
        "meter": Energy.wh(13_345),
        "time": told(end.isoformat(), received=later(end, seconds=1)),
        "id_tag": None,
        "reason": "Local",
        "content": {"meterStop": 13_345},
    }
    return ReportStop(**{**fields, **changes})


def report_readings(
    registers_wh: Sequence[int], *, at: Instant = NOON, received: Instant | None = None, **changes: Any
) -> ReportReadings:
    """Meter values of the total register, one a minute from `at` on; each call makes another report."""
    values = []
    for minute, register in enumerate(registers_wh):
        time = later(at, minutes=minute)
        sample = {"value": str(register)}
        told_at = judge_time(time.isoformat(), received or later(time, seconds=1))
        values.append(TimedSamples(told_at, [sample], f'[{{"value":"{register}"}}]'))
    fields = {
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "transaction_id": None,
        "message": ids.uuid7(NOON).hex,
    }
    return ReportReadings(**{**fields, "values": values, **changes})
