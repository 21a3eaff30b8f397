"""API clients over HTTP: created, changed, switched off, given new secrets; never with more than their maker
holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs

from emobility_app.clients import new_secret
from emobility_app.http import records
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.records import Resource, made
from emobility_app.http.schemas import objects, record_schema
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read
from emobility_core.identity import (
    ApiClient,
    ClientAuthentication,
    change_client,
    register_client,
    rotate_client_secret,
)
from emobility_core.ids import ClientId, parse_id, shown
from emobility_core.instants import Instant

PREVIOUS_HOURS, MOST_PREVIOUS_HOURS = 24, 720
Effect = Callable[[Call, Any], Awaitable[Answer]]


@attrs.frozen(kw_only=True)
class SecretRotation:
    """How long the secret so far counts beside the new one."""

    previous_valid_hours: int = PREVIOUS_HOURS


async def _added(client: ApiClient, call: Call, work: Any) -> ApiClient:
    now, ids = call.clock.now(), call.services.ids
    return await register_client(client, by=call.held, work=work, at=now, ids=ids)


async def _changed(client: ApiClient, call: Call, work: Any) -> ApiClient:
    ids = call.services.ids
    return await change_client(client, by=call.held, work=work, at=client.updated_at, ids=ids)


CLIENT = Resource(
    path="api-clients",
    name="api_client",
    prefix="cli",
    kind=ApiClient,
    port="api_clients",
    hidden=frozenset({"secret_digest", "previous_secret_digest"}),
    read_only=frozenset({"previous_secret_until"}),
    once=frozenset({"authentication"}),
    stamps={"secret_digest": ""},
    filters={"enabled": bool, "name": str, "authentication": ClientAuthentication},
    add=_added,
    change=_changed,
)


def _with_secret(client: ApiClient, secret: str | None, call: Call) -> Answer:
    """The one answer that shows a secret; asked for again it says null."""
    answer = tagged(call, CLIENT.view(client) | {"secret": None}, client.version)
    headers = {**answer.headers, "Location": f"/v1/api-clients/{shown('cli', client.id)}"}
    once: Mapping[str, Any] = {} if secret is None else {"secret": secret}
    return attrs.evolve(answer, status=201, headers=headers, once=once)


async def _create(call: Call, work: Any) -> Answer:
    body = call.json()
    by_secret = body.get("authentication", "secret") == ClientAuthentication.SECRET.value
    secret = new_secret() if by_secret else None
    digest = "" if secret is None else call.services.digest(secret.encode())
    kind = attrs.evolve(CLIENT, stamps={"secret_digest": digest})
    return _with_secret(await made(kind, body, call, work, tenant=call.scope.tenant), secret, call)


async def _rotate(call: Call, work: Any) -> Answer:
    id = ClientId(parse_id("cli", call.path["id"]))
    # What is not there is told before what is wrong with the body.
    await work.api_clients.get(id)
    wanted = read(call.json(), SecretRotation)
    if not 0 <= wanted.previous_valid_hours <= MOST_PREVIOUS_HOURS:
        words = f"must lie between 0 and {MOST_PREVIOUS_HOURS}"
        raise MalformedBody((Flaw("/previous_valid_hours", "out-of-range", words),))
    secret = new_secret()
    until = Instant(call.services.clock.now() + timedelta(hours=wanted.previous_valid_hours))
    rotated = await rotate_client_secret(
        id,
        call.services.digest(secret.encode()),
        previous_until=until,
        by=call.held,
        work=work,
        at=call.clock.now(),
        ids=call.services.ids,
    )
    return _with_secret(rotated, secret, call)


_SHOWN = record_schema(CLIENT, writing=False)
_SECRET = {
    "type": ["string", "null"],
    "description": "Shown this once, to a client that proves itself by it.",
}
_WITH_SECRET = objects({**_SHOWN["properties"], "secret": _SECRET}, title="ApiClientWithSecret")
_HOURS = {
    "type": "integer",
    "minimum": 0,
    "maximum": MOST_PREVIOUS_HOURS,
    "description": f"How long the secret so far counts as well (default {PREVIOUS_HOURS}).",
}
_ROTATION = {
    "title": "ApiClientSecretInput",
    "type": "object",
    "properties": {"previous_valid_hours": _HOURS},
    "required": [],
    "additionalProperties": False,
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def once(effect: Effect) -> Callable[[Call], Awaitable[Answer]]:
        async def handle(call: Call) -> Answer:
            return await idempotency.run(call, lambda work: effect(call, work))

        return handle

    def create(endpoint: Endpoint) -> Endpoint:
        return attrs.evolve(endpoint, handle=once(_create), gives=_WITH_SECRET)

    usual = records.endpoints(CLIENT, idempotency)
    return [
        *(create(endpoint) if endpoint.method == "POST" else endpoint for endpoint in usual),
        Endpoint(method="POST", path="/v1/api-clients/{id}/secrets", operation="api_clients_rotate",
                 summary="Give an API client a new secret", scope="api-clients:write", handle=once(_rotate),
                 takes=_ROTATION, gives=_WITH_SECRET, status=201, names="cli",
                 headers={"Idempotency-Key": KEY}),
    ]  # fmt: skip
