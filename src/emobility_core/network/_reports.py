"""Reports that are kept as they came: status, firmware, diagnostics, vendors' own data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import attrs

from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant


class ReportKind(Enum):
    """What a report is about."""

    BOOT = "boot"
    STATUS = "status"
    FIRMWARE = "firmware"
    DIAGNOSTICS = "diagnostics"
    LOG = "log"
    DATA_TRANSFER = "data_transfer"
    REPEATED_STOP = "repeated_stop"


@attrs.frozen(kw_only=True)
class StationReport:
    """One report of a station; `content` holds its fields as sent."""

    tenant: TenantId
    station: StationId
    connector: int | None = None
    kind: ReportKind
    content: Mapping[str, object]
    at: Instant
    received_at: Instant
