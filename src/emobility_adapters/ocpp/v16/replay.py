"""Reports that could not be read, handed in again once somebody has mended them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import attrs

from emobility_adapters.ocpp.dialect import Dialect
from emobility_adapters.ocpp.v16 import reports
from emobility_adapters.ocpp.v16.handlers import ANSWERED
from emobility_adapters.ocpp.v16.tolerance import Unreadable, read
from emobility_core.charging import (
    ChargingTools,
    DoubtfulReport,
    Replay,
    ResolutionNeeds,
    Resolve,
    ResolvingWork,
    StillUnreadable,
    joining,
    record_readings,
    record_start,
    record_stop,
)
from emobility_core.ids import Ids
from emobility_core.instants import Instant
from emobility_core.work import Scope


@attrs.frozen
class _Numbered:
    """Ids that give a start the number that its station was answered with."""

    ids: Ids
    number: int

    def uuid7(self, at: Instant) -> UUID:
        return self.ids.uuid7(at)

    def transaction_number(self) -> int:
        return self.number


def replaying(tools: ChargingTools) -> Replay:
    async def replay(report: DoubtfulReport, asked: Resolve, scope: Scope, work: ResolvingWork) -> None:
        payload = asked.payload if asked.payload is not None else report.content.get("payload")
        if payload is None:
            raise ResolutionNeeds("payload")
        number = report.content.get(ANSWERED)
        bound = attrs.evolve(
            tools,
            transactions=joining(work),
            ids=_Numbered(tools.ids, number) if isinstance(number, int) else tools.ids,
        )
        its_own = attrs.evolve(scope, tenant=report.tenant)
        try:
            await _handed_in(report, payload, its_own, bound)
        except Unreadable as problem:
            raise StillUnreadable(problem.description) from problem

    return replay


async def _handed_in(report: DoubtfulReport, payload: Any, scope: Scope, tools: ChargingTools) -> None:
    """As of its receipt, under an id of its own: it counts once, beside whatever came since."""
    action, received, id = str(report.content.get("action")), report.created_at, report.id.hex
    fields, plain, station = read(action, payload), Dialect(), report.station
    if action == "StartTransaction":
        start = reports.start(fields, station, id, 0, received, plain)
        await record_start(start, scope=scope, tools=tools)
    elif action == "StopTransaction":
        await record_stop(reports.stop(fields, station, received, plain), scope=scope, tools=tools)
    else:
        values = reports.readings(fields, station, id, received, plain)
        await record_readings(values, scope=scope, tools=tools)
