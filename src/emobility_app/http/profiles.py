"""Charging profiles of stations and composite schedules over HTTP."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, told, wire
from emobility_core.commands import (
    ChargingProfile,
    ChargingSchedule,
    GetCompositeSchedule,
    ProfileKind,
    ProfilePurpose,
    Recurrence,
)
from emobility_core.errors import Invalid
from emobility_core.ids import InstalledProfileId, ScheduleComparisonId, StationId, parse_id, shown
from emobility_core.instants import Instant
from emobility_core.smart_charging import (
    CompareSchedule,
    ComparisonState,
    InstalledProfile,
    InstallProfile,
    ProfileState,
    ScheduleComparison,
    compare_schedule,
    install_profile,
    remove_profile,
)

_PROFILES: dict[str, Any] = {"station": StationId, "state": ProfileState}
_SCHEDULES: dict[str, Any] = {"station": StationId, "state": ComparisonState}


@attrs.frozen(kw_only=True)
class NewChargingProfile:
    """A profile as it is asked for; its number, and the transaction of a session's, are ours to give."""

    station: StationId
    connector: int
    purpose: ProfilePurpose
    stack_level: int = 0
    kind: ProfileKind = ProfileKind.ABSOLUTE
    recurrence: Recurrence | None = None
    schedule: ChargingSchedule
    valid_from: Instant | None = None
    valid_until: Instant | None = None

    def request(self) -> InstallProfile:
        profile = ChargingProfile(
            id=0,
            purpose=self.purpose,
            stack_level=self.stack_level,
            kind=self.kind,
            recurrence=self.recurrence,
            schedule=self.schedule,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )
        return InstallProfile(station=self.station, connector=self.connector, profile=profile)


async def _install(call: Call, work: Any) -> Answer:
    asked = read(call.json(), NewChargingProfile)
    try:
        installed = await install_profile(work, asked.request(), clock=call.clock, ids=call.services.ids)
    except Invalid as error:
        raise MalformedBody((Flaw("/", error.code, told(error)),)) from error
    return _on_its_way(call, installed)


def _on_its_way(call: Call, installed: InstalledProfile) -> Answer:
    answer = tagged(call, wire.unstructure(installed), installed.version)
    location = {"Location": f"/v1/charging-profiles/{shown('prf', installed.id)}"}
    return attrs.evolve(answer, status=202, headers={**answer.headers, **location})


def _profile_id(call: Call) -> InstalledProfileId:
    return InstalledProfileId(parse_id("prf", call.path["id"]))


async def _list_profiles(call: Call) -> Answer:
    page = page_of(call, _PROFILES)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.charging_profiles, wire.unstructure)


async def _get_profile(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.charging_profiles.get(_profile_id(call))
    return tagged(call, wire.unstructure(found), found.version)


async def _remove(call: Call) -> Answer:
    async with call.services.transactions(call.scope) as work:
        services = call.services
        removed = await remove_profile(work, _profile_id(call), clock=call.clock, ids=services.ids)
    return _on_its_way(call, removed)


async def _compare(call: Call, work: Any) -> Answer:
    asked = read(call.json(), CompareSchedule)
    try:
        GetCompositeSchedule(connector=asked.connector, duration_s=asked.duration_s, unit=asked.unit)
    except Invalid as error:
        raise MalformedBody((Flaw("/", error.code, told(error)),)) from error
    comparison = await compare_schedule(work, asked, clock=call.clock, ids=call.services.ids)
    answer = tagged(call, wire.unstructure(comparison), comparison.version)
    location = {"Location": f"/v1/composite-schedules/{shown('scc', comparison.id)}"}
    return attrs.evolve(answer, status=202, headers={**answer.headers, **location})


async def _list_comparisons(call: Call) -> Answer:
    page = page_of(call, _SCHEDULES)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.schedule_comparisons, wire.unstructure)


async def _get_comparison(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.schedule_comparisons.get(ScheduleComparisonId(parse_id("scc", call.path["id"])))
    return tagged(call, wire.unstructure(found), found.version)


def _shown(kind: Any) -> Any:
    return objects(schema_of(kind)["properties"], title=kind.__name__)


def _taken(kind: Any, title: str) -> Any:
    required = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    return {**schema_of(kind), "title": title, "required": required}


_PROFILE, _COMPARISON = _shown(InstalledProfile), _shown(ScheduleComparison)


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def install(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _install(call, work), required=True)

    async def compare(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _compare(call, work), required=True)

    key = {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    profiles, schedules = "/v1/charging-profiles", "/v1/composite-schedules"
    return [
        Endpoint(method="GET", path=profiles, operation="charging_profiles_list",
                 summary="List charging profiles", scope="stations:read", handle=_list_profiles,
                 gives=list_schema(_PROFILE), query=parameters(_PROFILES)),
        Endpoint(method="POST", path=profiles, operation="charging_profiles_create",
                 summary="Set a charging profile on a station", scope="stations:command", handle=install,
                 takes=_taken(NewChargingProfile, "NewChargingProfile"), gives=_PROFILE, status=202,
                 headers=key),
        Endpoint(method="GET", path=f"{profiles}/{{id}}", operation="charging_profiles_get",
                 summary="Read a charging profile", scope="stations:read", handle=_get_profile,
                 gives=_PROFILE, names="prf"),
        Endpoint(method="DELETE", path=f"{profiles}/{{id}}", operation="charging_profiles_remove",
                 summary="Remove a charging profile from its station", scope="stations:command",
                 handle=_remove, gives=_PROFILE, status=202, names="prf"),
        Endpoint(method="GET", path=schedules, operation="composite_schedules_list",
                 summary="List composite schedules", scope="stations:read", handle=_list_comparisons,
                 gives=list_schema(_COMPARISON), query=parameters(_SCHEDULES)),
        Endpoint(method="POST", path=schedules, operation="composite_schedules_create",
                 summary="Ask a station for its composite schedule and compare it with ours",
                 scope="stations:command", handle=compare, takes=_taken(CompareSchedule, "CompareSchedule"),
                 gives=_COMPARISON, status=202, headers=key),
        Endpoint(method="GET", path=f"{schedules}/{{id}}", operation="composite_schedules_get",
                 summary="Read a composite schedule", scope="stations:read", handle=_get_comparison,
                 gives=_COMPARISON, names="scc"),
    ]  # fmt: skip
