"""Webhook endpoints and deliveries over HTTP.

Receivers live by real time, whatever clock a tenant lives by: so do deliveries and secrets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs

from emobility_app.http import records
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.event_schemas import EVENT_DATA
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.records import Resource, made
from emobility_app.http.schemas import (
    INSTANT,
    id_schema,
    list_schema,
    objects,
    optional,
    record_schema,
    schema_of,
)
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, wire
from emobility_core.ids import EventId, WebhookDeliveryId, WebhookEndpointId, parse_id, shown
from emobility_core.instants import Instant
from emobility_core.webhooks import (
    DeliveryState,
    TooManyWebhookEndpoints,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookUrlRefused,
    change_endpoint,
    redeliver,
    remove_endpoint,
    replay,
    rotate_secret,
    secret_text,
    try_endpoint,
)
from emobility_core.work import Page

MOST_ENDPOINTS = 50
MOST_REPLAYED = 1_000
PREVIOUS_HOURS, MOST_PREVIOUS_HOURS = 24, 168
_FILTERS: dict[str, Any] = {
    "endpoint": WebhookEndpointId,
    "event": EventId,
    "event_type": str,
    "state": DeliveryState,
}
Effect = Callable[[Call, Any], Awaitable[Answer]]


@attrs.frozen(kw_only=True)
class Rotation:
    """How long the secret so far counts beside the new one."""

    previous_valid_hours: int = PREVIOUS_HOURS


@attrs.frozen(kw_only=True)
class Replay:
    """Which events to deliver again: those from `since` on and before `until`, behind `after`."""

    since: Instant
    until: Instant | None = None
    after: EventId | None = None


@attrs.frozen(kw_only=True)
class Nothing:
    """What is asked needs no more to be said."""


def _settled(endpoint: WebhookEndpoint, before: Any, _: Mapping[str, Any], call: Call) -> WebhookEndpoint:
    """Whoever says where events go, and which, must be allowed to read them."""
    call.require("events:read")
    if flaws := [*_flaws_of_types(endpoint), *_flaws_of_url(endpoint, call)]:
        raise MalformedBody(tuple(flaws))
    if before is None:
        secrets = call.services.webhook_secrets
        endpoint = attrs.evolve(endpoint, secret=secrets.seal(secrets.new()))
    return endpoint.switched(endpoint.enabled)


def _flaws_of_types(endpoint: WebhookEndpoint) -> list[Flaw]:
    """One misspelt must not look like nothing happening."""
    return [
        Flaw(f"/event_types/{place}", "unknown-event-type", "no event has this type")
        for place, text in enumerate(endpoint.event_types)
        if text != "*" and not any(kind == text or _begins(kind, text) for kind in EVENT_DATA)
    ]


def _begins(kind: str, text: str) -> bool:
    return text.endswith(".*") and kind.startswith(text[:-1])


def _flaws_of_url(endpoint: WebhookEndpoint, call: Call) -> list[Flaw]:
    try:
        call.services.webhook_reach.check_url(endpoint.url)
    except WebhookUrlRefused as error:
        return [Flaw("/url", error.code, error.reason)]
    return []


async def _changed(endpoint: WebhookEndpoint, call: Call, work: Any) -> WebhookEndpoint:
    return await change_endpoint(endpoint, work=work, at=endpoint.updated_at, ids=call.services.ids)


ENDPOINT = Resource(
    path="webhook-endpoints",
    name="webhook_endpoint",
    prefix="whe",
    kind=WebhookEndpoint,
    port="webhook_endpoints",
    hidden=frozenset({"secret", "previous_secret"}),
    read_only=frozenset({"disabled_reason", "previous_secret_until", "paused_until", "failing_since"}),
    stamps={"secret": ""},
    filters={"enabled": bool},
    apply=_settled,
    change=_changed,
)


def _with_secret(endpoint: WebhookEndpoint, call: Call) -> Answer:
    """The one answer that shows a secret; asked for again it says null."""
    answer = tagged(call, ENDPOINT.view(endpoint) | {"secret": None}, endpoint.version)
    secret = secret_text(call.services.webhook_secrets.open(endpoint.secret))
    headers = {**answer.headers, "Location": f"/v1/webhook-endpoints/{shown('whe', endpoint.id)}"}
    return attrs.evolve(answer, status=201, headers=headers, once={"secret": secret})


async def _create(call: Call, work: Any) -> Answer:
    if len(await work.webhook_endpoints.page(Page(limit=MOST_ENDPOINTS))) == MOST_ENDPOINTS:
        raise TooManyWebhookEndpoints(MOST_ENDPOINTS)
    return _with_secret(await made(ENDPOINT, call.json(), call, work, tenant=call.scope.tenant), call)


async def _remove(call: Call) -> Answer:
    services = call.services
    async with services.transactions(call.scope) as work:
        gone = await remove_endpoint(_endpoint(call), work=work, at=call.clock.now(), ids=services.ids)
    return Answer(content=ENDPOINT.view(gone))


async def _rotate(call: Call, work: Any) -> Answer:
    services, id = call.services, _endpoint(call)
    # What is not there is told before what is wrong with the body.
    await work.webhook_endpoints.get(id)
    wanted = read(call.json(), Rotation)
    if not 0 <= wanted.previous_valid_hours <= MOST_PREVIOUS_HOURS:
        words = f"must lie between 0 and {MOST_PREVIOUS_HOURS}"
        raise MalformedBody((Flaw("/previous_valid_hours", "out-of-range", words),))
    secrets = services.webhook_secrets
    rotated = await rotate_secret(
        id,
        secrets.seal(secrets.new()),
        previous_for=timedelta(hours=wanted.previous_valid_hours),
        work=work,
        at=services.clock.now(),
        ids=services.ids,
    )
    return _with_secret(rotated, call)


async def _test(call: Call, work: Any) -> Answer:
    services, id = call.services, _endpoint(call)
    await work.webhook_endpoints.get(id)
    read(call.json(), Nothing)
    event = await try_endpoint(id, work=work, at=call.clock.now(), ids=services.ids)
    event_id = shown("evt", event.id)
    # It has no delivery before the feed brings it.
    place = f"/v1/webhook-deliveries?endpoint={shown('whe', id)}&event={event_id}"
    return Answer(content={"event": event_id}, status=202, headers={"Location": place})


async def _replay(call: Call, work: Any) -> Answer:
    services, now = call.services, call.services.clock.now()
    endpoint = await work.webhook_endpoints.get(_endpoint(call))
    wanted = read(call.json(), Replay)
    own_path = await services.path_of(endpoint.tenant)
    entries = await services.past_events.between(
        wanted.since,
        wanted.until or call.clock.now(),
        after=wanted.after,
        scope=attrs.evolve(call.scope, tenant=endpoint.tenant, path=own_path),
        limit=MOST_REPLAYED,
        descendants=endpoint.include_descendants,
    )
    heard = [
        entry
        for entry in entries
        if endpoint.hears(entry.event, path=await services.path_of(entry.event.tenant), own_path=own_path)
    ]
    await replay(endpoint, heard, work=work, at=now, ids=services.ids)
    more = shown("evt", entries[-1].event.id) if len(entries) == MOST_REPLAYED else None
    place = {"Location": f"/v1/webhook-deliveries?endpoint={shown('whe', endpoint.id)}"}
    return Answer(content={"queued": len(heard), "next_after": more}, status=202, headers=place)


async def _list(call: Call) -> Answer:
    page = page_of(call, _FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.webhook_deliveries, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.webhook_deliveries.get(_delivery(call))
    return tagged(call, _view(found), found.version)


async def _redeliver(call: Call, work: Any) -> Answer:
    id = _delivery(call)
    await work.webhook_deliveries.get(id)
    read(call.json(), Nothing)
    begun = await redeliver(id, work=work, at=call.services.clock.now())
    place = f"/v1/webhook-deliveries/{shown('whd', id)}"
    return Answer(content=_view(begun), status=202, headers={"Location": place})


def _endpoint(call: Call) -> WebhookEndpointId:
    return WebhookEndpointId(parse_id("whe", call.path["id"]))


def _delivery(call: Call) -> WebhookDeliveryId:
    return WebhookDeliveryId(parse_id("whd", call.path["id"]))


def _view(delivery: WebhookDelivery) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(delivery)
    del view["external_ids"]
    return view


def _input(title: str, properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_SHOWN = record_schema(ENDPOINT, writing=False)
_SECRET = {"type": ["string", "null"], "description": "Shown this once: `whsec_` and base64."}
_WITH_SECRET = objects({**_SHOWN["properties"], "secret": _SECRET}, title="WebhookEndpointWithSecret")
_FIELDS = schema_of(WebhookDelivery)["properties"]
_DELIVERY = objects(
    {name: schema for name, schema in _FIELDS.items() if name != "external_ids"}, title="WebhookDelivery"
)
_HOURS = {
    "type": "integer",
    "minimum": 0,
    "maximum": MOST_PREVIOUS_HOURS,
    "description": f"How long the secret so far counts as well (default {PREVIOUS_HOURS}).",
}
_ROTATION = _input("WebhookSecretInput", {"previous_valid_hours": _HOURS})
_REPLAY = _input(
    "WebhookReplayInput",
    {"since": INSTANT, "until": optional(INSTANT), "after": optional(id_schema("evt"))},
    "since",
)
_MORE = {**id_schema("evt"), "description": "Where to go on, as `after`; null if that was all."}
_REPLAYED = objects({"queued": {"type": "integer"}, "next_after": optional(_MORE)}, title="WebhookReplayed")


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def once(effect: Effect) -> Callable[[Call], Awaitable[Answer]]:
        async def handle(call: Call) -> Answer:
            return await idempotency.run(call, lambda work: effect(call, work))

        return handle

    def create(endpoint: Endpoint) -> Endpoint:
        return attrs.evolve(endpoint, handle=once(_create), gives=_WITH_SECRET)

    own, kept, key = "/v1/webhook-endpoints", "/v1/webhook-deliveries", {"Idempotency-Key": KEY}
    one, usual = f"{own}/{{id}}", records.endpoints(ENDPOINT, idempotency, "webhooks")
    return [
        *(create(endpoint) if endpoint.method == "POST" else endpoint for endpoint in usual),
        Endpoint(method="DELETE", path=one, operation="webhook_endpoints_remove",
                 summary="Remove a webhook endpoint with its deliveries", scope="webhooks:write",
                 handle=_remove, gives=_SHOWN, names="whe"),
        Endpoint(method="POST", path=f"{one}/secrets", operation="webhook_endpoints_rotate",
                 summary="Give a webhook endpoint a new secret", scope="webhooks:write",
                 handle=once(_rotate), takes=_ROTATION, gives=_WITH_SECRET, status=201, names="whe",
                 headers=key),
        Endpoint(method="POST", path=f"{one}/tests", operation="webhook_endpoints_test",
                 summary="Send a webhook endpoint an event to try it", scope="webhooks:write",
                 handle=once(_test), takes=_input("WebhookTestInput", {}),
                 gives=objects({"event": id_schema("evt")}, title="WebhookTest"), status=202, names="whe",
                 headers=key),
        Endpoint(method="POST", path=f"{one}/replays", operation="webhook_endpoints_replay",
                 summary="Deliver the events of a time to a webhook endpoint again", scope="webhooks:write",
                 handle=once(_replay), takes=_REPLAY, gives=_REPLAYED, status=202, names="whe", headers=key),
        Endpoint(method="GET", path=kept, operation="webhook_deliveries_list",
                 summary="List webhook deliveries", scope="webhooks:read", handle=_list,
                 gives=list_schema(_DELIVERY), query=parameters(_FILTERS)),
        Endpoint(method="GET", path=f"{kept}/{{id}}", operation="webhook_deliveries_get",
                 summary="Read a webhook delivery with its tries", scope="webhooks:read", handle=_get,
                 gives=_DELIVERY, names="whd"),
        Endpoint(method="POST", path=f"{kept}/{{id}}/redeliveries", operation="webhook_deliveries_redeliver",
                 summary="Begin a webhook delivery again", scope="webhooks:write", handle=once(_redeliver),
                 takes=_input("WebhookRedeliveryInput", {}), gives=_DELIVERY, status=202, names="whd",
                 headers=key),
    ]  # fmt: skip
