"""Tariffs and their assignments over HTTP."""

from __future__ import annotations

from typing import Any

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_core.ids import StationGroupId, TariffId, UserGroupId
from emobility_core.tariffs import Tariff, TariffAssignment, change_within, publish_within


async def _publish(tariff: Tariff, call: Call, work: Any) -> Tariff:
    return await publish_within(work, tariff, clock=call.clock, ids=call.services.ids)


async def _change(tariff: Tariff, call: Call, work: Any) -> Tariff:
    return await change_within(work, tariff, clock=call.clock, ids=call.services.ids)


TARIFFS = Resource(
    path="tariffs",
    name="tariff",
    prefix="tar",
    kind=Tariff,
    port="tariffs",
    read_only=frozenset({"current"}),
    filters={"name": str},
    add=_publish,
    change=_change,
    match_required=True,
)
TARIFF_ASSIGNMENTS = Resource(
    path="tariff-assignments",
    name="tariff_assignment",
    prefix="tas",
    kind=TariffAssignment,
    port="tariff_assignments",
    references={"tariff": "tariffs", "station_group": "station_groups", "user_group": "user_groups"},
    filters={"tariff": TariffId, "station_group": StationGroupId, "user_group": UserGroupId},
)
