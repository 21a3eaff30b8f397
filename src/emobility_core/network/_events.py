"""The events of stations, as published."""

from __future__ import annotations

from collections.abc import Mapping

from emobility_core.ids import EventId, Ids, StationId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Scope


def station_event(
    kind: str, station: StationId, data: Mapping[str, object], at: Instant, scope: Scope, ids: Ids
) -> Event:
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=scope.tenant,
        type=kind,
        subject=shown("sta", station),
        at=at,
        data={"station": shown("sta", station), **data},
    )
