"""What counts for a tenant and whose it is, over HTTP: tariffs and configuration templates of its own and of
the tenants above it. Settings say the same of themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from emobility_app.http.configurations import TEMPLATES
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.schemas import TEXT, Schema, id_schema, objects, optional, record_schema, schema_of
from emobility_app.wire import wire
from emobility_core.ids import TenantId, parse_id, shown
from emobility_core.instants import Period
from emobility_core.network import PowerClass
from emobility_core.tariffs import Prices, Tariff, TariffAssignment, in_precedence

# Whom and where an assignment is for, with the prefixes of their ids.
_FOR = {
    "station": "sta", "station_group": "sgr", "site": "sit", "token": "tok", "contract": "ctr",
    "customer": "cus", "user_group": "ugr",
}  # fmt: skip


async def _tariffs(call: Call) -> Answer:
    id = _id(call)
    async with call.services.reading(call.scope) as work:
        tenant = await work.tenants.get(id)
        tariffs = {one.id: one for one in await work.tariffs.along(tenant.path)}
        assignments = await work.tariff_assignments.along(tenant.path)
    nearest_first = tenant.line[::-1]
    ordered = in_precedence(assignments, nearest_first)
    told = [one for one in ordered if not one.is_personal or await _is_seen(one.tenant, call)]
    return Answer(content={"data": [assigned(one, tariffs[one.tariff], id) for one in told]})


async def _is_seen(tenant: TenantId, call: Call) -> bool:
    """What a tenant above has agreed with somebody is not told to those below."""
    return (await call.services.path_of(tenant)).startswith(call.scope.path)


async def _templates(call: Call) -> Answer:
    id = _id(call)
    async with call.services.reading(call.scope) as work:
        tenant = await work.tenants.get(id)
        found = await work.configuration_templates.along(tenant.path)
    return Answer(content={"data": [TEMPLATES.view(one) | _origin(one.tenant, id) for one in found]})


def assigned(one: TariffAssignment, tariff: Tariff, tenant: TenantId) -> dict[str, Any]:
    return {
        "assignment": shown("tas", one.id),
        **{name: _shown(prefix, getattr(one, name)) for name, prefix in _FOR.items()},
        "power_class": None if one.power_class is None else one.power_class.value,
        "ad_hoc": one.ad_hoc,
        "validity": wire.unstructure(one.validity),
        "tariff": shown("tar", tariff.id),
        "name": tariff.name,
        "version": None if tariff.current is None else shown("tav", tariff.current),
        "prices": wire.unstructure(tariff.prices),
        **_origin(one.tenant, tenant),
    }


def _shown(prefix: str, id: UUID | None) -> str | None:
    return None if id is None else shown(prefix, id)


def _origin(owner: TenantId, tenant: TenantId) -> dict[str, str | None]:
    return {"inherited_from": None if owner == tenant else shown("ten", owner)}


def _id(call: Call) -> TenantId:
    return TenantId(parse_id("ten", call.path["id"]))


def _all_of(item: Schema) -> Schema:
    return objects({"data": {"type": "array", "items": item}}, title=f"{item['title']}s")


_ORIGIN = {
    "inherited_from": {
        **optional(id_schema("ten")),
        "description": "The tenant above that hands it down, null for what is its own.",
    }
}
ASSIGNED = objects(
    {
        "assignment": id_schema("tas"),
        **{name: optional(id_schema(prefix)) for name, prefix in _FOR.items()},
        "power_class": optional(schema_of(PowerClass)),
        "ad_hoc": {"type": "boolean"},
        "validity": schema_of(Period),
        "tariff": id_schema("tar"),
        "name": TEXT,
        "version": optional(id_schema("tav")),
        "prices": schema_of(Prices),
        **_ORIGIN,
    },
    title="EffectiveTariff",
)
_TEMPLATE = record_schema(TEMPLATES, writing=False)
_EFFECTIVE = objects({**_TEMPLATE["properties"], **_ORIGIN}, title="EffectiveTemplate")
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/tenants/{id}/tariffs", operation="tenants_tariffs",
             summary="List the tariffs that count for a tenant, whose they are, the first that fits first",
             scope="tariffs:read", handle=_tariffs, gives=_all_of(ASSIGNED), names="ten"),
    Endpoint(method="GET", path="/v1/tenants/{id}/templates", operation="tenants_templates",
             summary="List the configuration templates that count for a tenant, whose they are, "
             "from the root on", scope="stations:read", handle=_templates, gives=_all_of(_EFFECTIVE),
             names="ten"),
]  # fmt: skip
