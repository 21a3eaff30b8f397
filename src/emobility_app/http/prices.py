"""Tariffs and their assignments over HTTP."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import PARAMETERS, listed, page_of
from emobility_app.http.records import Resource
from emobility_app.http.schemas import list_schema, record_schema
from emobility_core.ids import (
    ContractId,
    CustomerId,
    SiteId,
    StationGroupId,
    StationId,
    TariffId,
    TokenId,
    UserGroupId,
    parse_id,
)
from emobility_core.tariffs import (
    Tariff,
    TariffAssignment,
    TariffVersion,
    UnknownTariff,
    change_within,
    publish_within,
)

# New prices, and for whom they count: whoever says so says what is paid.
_PUBLISHED = frozenset({"tariffs:publish"})


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
    also=_PUBLISHED,
)

TARIFF_VERSIONS = Resource(
    path="tariff-versions", name="tariff_version", prefix="tav", kind=TariffVersion, port="tariff_versions"
)


async def _versions(call: Call) -> Answer:
    id = TariffId(parse_id("tar", call.path["id"]))
    page = attrs.evolve(page_of(call, {}), filters={"tariff": [id]})
    async with call.services.reading(call.scope) as work:
        if not await work.tariff_versions.count(attrs.evolve(page, after=None, limit=1)):
            raise UnknownTariff(id)
        return await listed(call, page, work.tariff_versions, TARIFF_VERSIONS.view)


# A version never changes: what it holds since is all that there is to tell.
_QUERY = {name: one for name, one in PARAMETERS.items() if name in ("limit", "cursor", "sort", "count")}
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/tariffs/{id}/versions", operation="tariffs_versions",
             summary="List the versions of a tariff that were published, also by a tenant above",
             scope="tariffs:read", handle=_versions, names="tar", query=_QUERY,
             gives=list_schema(record_schema(TARIFF_VERSIONS, writing=False))),
]  # fmt: skip
# Whom and where an assignment is for, by the names of the ports.
FOR = {
    "station": "stations",
    "station_group": "station_groups",
    "site": "sites",
    "token": "tokens",
    "contract": "contracts",
    "customer": "customers",
    "user_group": "user_groups",
}
TARIFF_ASSIGNMENTS = Resource(
    path="tariff-assignments",
    name="tariff_assignment",
    prefix="tas",
    kind=TariffAssignment,
    port="tariff_assignments",
    references={"tariff": "tariffs", **FOR},
    filters={
        "tariff": TariffId,
        "station": StationId,
        "station_group": StationGroupId,
        "site": SiteId,
        "token": TokenId,
        "contract": ContractId,
        "customer": CustomerId,
        "user_group": UserGroupId,
    },
    also=_PUBLISHED,
)
