"""Keeping a report that cannot be read: answered, so that the station goes on, and worked on by people."""

from __future__ import annotations

from collections.abc import Mapping

from emobility_core.charging._doubt import DoubtfulReport, DoubtfulReportKind
from emobility_core.charging._tools import ChargingTools
from emobility_core.ids import DoubtfulReportId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Scope


async def keep_unreadable(
    station: StationId, content: Mapping[str, object], *, scope: Scope, tools: ChargingTools, at: Instant
) -> None:
    """Keep the report durably."""
    async with tools.transactions(scope) as work:
        await work.doubtful_reports.add(
            DoubtfulReport(
                id=DoubtfulReportId(tools.ids.uuid7(at)),
                tenant=scope.tenant,
                created_at=at,
                updated_at=at,
                station=station,
                kind=DoubtfulReportKind.UNREADABLE,
                content=content,
            )
        )
