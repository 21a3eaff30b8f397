"""What is known of a station from its own reports: its line, its last boot, its connectors."""

from __future__ import annotations

from datetime import timedelta

import attrs

from emobility_core.ids import ConnectorId, StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network._security import SecurityProfile
from emobility_core.network._time import DRIFT_TOLERANCE
from emobility_core.network._traffic import MonthlyTraffic


@attrs.frozen(kw_only=True)
class BootReport:
    """What a station says of itself when it boots, in its own words."""

    vendor: str = ""
    model: str = ""
    serial_number: str | None = None
    firmware: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None


@attrs.frozen(kw_only=True)
class StationState:
    """The living side of a station; `boots` counts its boots, 0 before the first; `line_profile` is how its
    line is secured, or was when it had one. `unreachable` says that an alarm was raised; `clock_offset_ms`
    by how much its clock was ahead when it was measured last; `traffic` what was said on its lines, the
    running month last."""

    station: StationId
    tenant: TenantId
    online: bool = False
    online_since: Instant | None = None
    last_seen_at: Instant | None = None
    boots: int = 0
    booted_at: Instant | None = None
    boot: BootReport | None = None
    line_profile: SecurityProfile | None = None
    unreachable: bool = False
    clock_offset_ms: int | None = None
    clock_measured_at: Instant | None = None
    traffic: tuple[MonthlyTraffic, ...] = ()

    @property
    def clock_offset(self) -> timedelta | None:
        return None if self.clock_offset_ms is None else timedelta(milliseconds=self.clock_offset_ms)

    @property
    def clock_drifted(self) -> bool:
        offset = self.clock_offset
        return offset is not None and abs(offset) > DRIFT_TOLERANCE


# More than any station has: each takes memory, and its place in lists, for ever.
CONNECTORS_KEPT = 256


@attrs.frozen(kw_only=True)
class ConnectorState:
    """The last status of a connector; number 0 is the station as a whole.

    `status` and `error_code` are OCPP words, or the station's own where it invented one.
    """

    id: ConnectorId
    tenant: TenantId
    station: StationId
    number: int
    status: str
    error_code: str = "NoError"
    info: str | None = None
    reported: str | None = None
    received_at: Instant
