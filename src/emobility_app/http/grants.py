"""Grants to other companies over HTTP, as both sides see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from emobility_app.http import records
from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.idempotency import Idempotency
from emobility_app.http.listing import listed, page_of
from emobility_app.http.records import Resource
from emobility_app.http.roles import author_of
from emobility_app.http.schemas import record_schema
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, told
from emobility_core.access import (
    Grant,
    Grants,
    UnknownGrant,
    change_grant,
    give_grant,
    revoke_grant,
)
from emobility_core.errors import NotFound
from emobility_core.ids import GrantId, TenantId, parse_id
from emobility_core.tenancy import UnknownTenant
from emobility_core.work import Page

# What a grant names must exist for whoever gives it: as its own, or as that of a tenant below.
_PLACES: Mapping[str, str] = {"sites": "sites", "stations": "stations", "station_groups": "station_groups"}
FILTERS: dict[str, Any] = {"grantee": TenantId}


async def _with_its_places(grant: Grant, work: Any) -> Grant:
    flaws = []
    for field, port in _PLACES.items():
        for place, one in enumerate(getattr(grant, field)):
            try:
                await getattr(work, port).get(one)
            except NotFound as error:
                flaws.append(Flaw(f"/{field}/{place}", error.code, told(error)))
    if grant.tariff is not None:
        try:
            await work.tariffs.get(grant.tariff)
        except NotFound as error:
            flaws.append(Flaw("/tariff", error.code, told(error)))
    if flaws:
        raise MalformedBody(tuple(flaws))
    return grant


async def _given(grant: Grant, call: Call, work: Any) -> Grant:
    try:
        there = await call.services.path_of(grant.grantee)
    except UnknownTenant as error:
        raise MalformedBody((Flaw("/grantee", error.code, told(error)),)) from error
    if (await call.services.path_of(grant.tenant)).startswith(there):
        words = "stands above, and so sees and does this already"
        raise MalformedBody((Flaw("/grantee", "not-another-company", words),))
    return await give_grant(grant, by=await author_of(grant, call), work=work, ids=call.services.ids)


async def _changed(grant: Grant, call: Call, work: Any) -> Grant:
    return await change_grant(grant, by=await author_of(grant, call), work=work, ids=call.services.ids)


GRANTS = Resource(
    path="grants",
    name="grant",
    prefix="gra",
    kind=Grant,
    port="grants",
    once=frozenset({"grantee"}),
    read_only=frozenset({"revoked_at"}),
    filters=FILTERS,
    check=_with_its_places,
    add=_given,
    change=_changed,
)


@attrs.frozen
class _Received:
    """The grants that others gave, as a port that can be listed."""

    grants: Grants

    async def page(self, page: Page) -> list[Grant]:
        return await self.grants.received(page)

    async def count(self, page: Page) -> int:
        return await self.grants.count_received(page)


async def _list(call: Call) -> Answer:
    page = page_of(call, {"external_id": str, **FILTERS})
    received = call.flag("received")
    async with call.services.reading(call.scope) as work:
        port = _Received(work.grants) if received else work.grants
        return await listed(call, page, port, lambda grant: _view(grant, received=received))


async def _get(call: Call) -> Answer:
    id, received = GrantId(parse_id("gra", call.path["id"])), False
    async with call.services.reading(call.scope) as work:
        try:
            grant = await work.grants.get(id)
        except UnknownGrant:
            grant, received = await work.grants.get_received(id), True
    return tagged(call, _view(grant, received=received), grant.version)


def _view(grant: Grant, *, received: bool) -> dict[str, Any]:
    """What the other side calls it in its own systems is not for those who received it."""
    return GRANTS.view(attrs.evolve(grant, external_ids={}) if received else grant)


async def _revoke(call: Call) -> Answer:
    services, id = call.services, GrantId(parse_id("gra", call.path["id"]))
    async with services.transactions(call.scope) as work:
        over = await revoke_grant(id, work=work, at=call.clock.now(), ids=services.ids)
    return tagged(call, GRANTS.view(over), over.version)


_RECEIVED = Parameter("`true` lists the grants that others gave, not those given.", {"type": "boolean"})


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def seen(endpoint: Endpoint) -> Endpoint:
        if endpoint.operation == "grants_list":
            return attrs.evolve(endpoint, handle=_list, query={**endpoint.query, "received": _RECEIVED})
        return attrs.evolve(endpoint, handle=_get) if endpoint.operation == "grants_get" else endpoint

    return [
        *(seen(endpoint) for endpoint in records.endpoints(GRANTS, idempotency)),
        Endpoint(method="DELETE", path="/v1/grants/{id}", operation="grants_revoke",
                 summary="Revoke a grant for good, from now on", scope="grants:write", handle=_revoke,
                 gives=record_schema(GRANTS, writing=False), names="gra"),
    ]  # fmt: skip
