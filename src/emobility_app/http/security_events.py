"""Security events over HTTP: what stations have told, and what was noticed at their lines."""

from __future__ import annotations

from typing import Any

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import wire
from emobility_core.ids import SecurityEventId, StationId, parse_id
from emobility_core.network import SecurityEvent, SecuritySource

FILTERS: dict[str, Any] = {"station": StationId, "type": str, "critical": bool, "source": SecuritySource}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.security_events, wire.unstructure)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.security_events.get(SecurityEventId(parse_id("sec", call.path["id"])))
    return tagged(call, wire.unstructure(found), found.version)


_EVENT = objects(schema_of(SecurityEvent)["properties"], title="SecurityEvent")
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/security-events", operation="security_events_list",
             summary="List security events", scope="security-events:read", handle=_list,
             gives=list_schema(_EVENT), query=parameters(FILTERS)),
    Endpoint(method="GET", path="/v1/security-events/{id}", operation="security_events_get",
             summary="Read a security event", scope="security-events:read", handle=_get, gives=_EVENT,
             names="sec"),
]  # fmt: skip
