"""Configuration over HTTP: what stations report, what is expected of them, and checks that are asked for."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.operations import OPERATION, followed, operation_view
from emobility_app.http.records import Resource
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, told, wire
from emobility_core.configuration import (
    ConfigurationStatus,
    ConfigurationTemplate,
    Deviation,
    ExpectedKey,
    ReportedKey,
    StationConfiguration,
    begin_check,
    expected_of,
)
from emobility_core.errors import NotFound
from emobility_core.ids import StationConfigurationId, StationId, parse_id, shown
from emobility_core.network import BootReport

TEMPLATES = Resource(
    path="configuration-templates",
    name="configuration_template",
    prefix="cft",
    kind=ConfigurationTemplate,
    port="configuration_templates",
    filters={"vendor": str, "model": str},
)
FILTERS: dict[str, Any] = {"station": StationId, "status": ConfigurationStatus}


@attrs.frozen(kw_only=True)
class AskCheck:
    """The body of a check: of which station."""

    station: StationId


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.station_configurations, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        id = StationConfigurationId(parse_id("scf", call.path["id"]))
        found = await work.station_configurations.get(id)
        state = await work.station_states.find(found.station)
        boot = BootReport() if state is None or state.boot is None else state.boot
        path = await call.services.path_of(found.tenant)
        expected = expected_of(await work.configuration_templates.along(path), boot)
    view = _view(found) | {"expected": [wire.unstructure(one) for one in expected]}
    return tagged(call, view, found.version)


async def _check(call: Call, work: Any) -> Answer:
    asked = read(call.json(), AskCheck)
    try:
        station = await work.stations.get(asked.station)
    except NotFound as error:
        raise MalformedBody((Flaw("/station", error.code, told(error)),)) from error
    services = call.services
    begun = await begin_check(
        work,
        station,
        path=await services.path_of(station.tenant),
        clock=call.clock,
        ids=services.ids,
        asked=True,
    )
    assert begun.check is not None
    operation = await work.operations.get(begun.check.operation)
    location = {"Location": f"/v1/operations/{shown('op', operation.id)}"}
    return Answer(content=operation_view(operation), status=202, headers=location)


def _view(configuration: StationConfiguration) -> dict[str, Any]:
    shown_fields: dict[str, Any] = wire.unstructure(configuration)
    return {name: shown_fields[name] for name in _SHOWN}


_WORDS = {"type": "array", "items": TEXT}
_SHOWN = {
    "id": id_schema("scf"),
    "tenant": id_schema("ten"),
    "station": id_schema("sta"),
    "status": schema_of(ConfigurationStatus),
    "reported": {"type": "array", "items": schema_of(ReportedKey)},
    "unknown": {**_WORDS, "description": "Keys that the station says it does not have."},
    "read_at": optional(INSTANT),
    "verified_at": optional(INSTANT),
    "deviations": {"type": "array", "items": schema_of(Deviation)},
    "awaiting_reboot": {**_WORDS, "description": "Keys whose new value counts from the next boot on."},
    "detail": optional({**TEXT, "description": "Why the last check came to nothing."}),
    "created_at": INSTANT,
    "updated_at": INSTANT,
}
_CONFIGURATION = objects(_SHOWN, title="StationConfiguration")
_EXPECTED = {"expected": {"type": "array", "items": schema_of(ExpectedKey)}}
_WITH_EXPECTED = objects(_SHOWN | _EXPECTED, title="StationConfigurationWithExpected")
_ASKED = {
    "title": "ConfigurationCheckInput",
    "type": "object",
    "properties": {"station": id_schema("sta")},
    "required": ["station"],
    "additionalProperties": False,
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def check(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _check(call, work), required=True)

    at, one = "/v1/station-configurations", "/v1/station-configurations/{id}"
    key = {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    return [
        Endpoint(method="GET", path=at, operation="station_configurations_list",
                 summary="List the configurations of stations", scope="stations:read", handle=_list,
                 gives=list_schema(_CONFIGURATION), query=parameters(FILTERS)),
        Endpoint(method="GET", path=one, operation="station_configurations_get",
                 summary="Read the configuration of a station, and what is expected of it",
                 scope="stations:read", handle=_get, gives=_WITH_EXPECTED, names="scf"),
        followed(Endpoint(
            method="POST", path="/v1/configuration-checks", operation="configuration_checks_create",
            summary="Check the configuration of a station and mend it", scope="stations:command",
            handle=check, takes=_ASKED, gives=OPERATION, status=202, headers=key,
        )),
    ]  # fmt: skip
