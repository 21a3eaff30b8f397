"""The OpenAPI 3.1 description of the API, made from the operations themselves."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from emobility_app.http.endpoint import Endpoint, Parameter
from emobility_app.http.event_schemas import EVENT, webhooks
from emobility_app.http.schemas import TEXT, Schema, id_schema, objects
from emobility_core.identity import SCOPES

_PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "instance": TEXT,
        "code": TEXT,
        "request_id": TEXT,
        "errors": {"type": "array", "items": objects({"pointer": TEXT, "code": TEXT, "detail": TEXT})},
        "fields": {"type": "object"},
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
}
_MEANINGS = {
    400: "The request cannot be read.",
    401: "The access token is missing or not valid.",
    403: "The token lacks the scope, or the caller the right.",
    404: "There is no such thing within the caller's scope.",
    409: "The present state does not allow it.",
    412: "The record has changed since it was read.",
    413: "The body is longer than the server takes.",
    415: "The body is said to be something else than JSON.",
    422: "The id or the body does not have the right form or values.",
    428: "If-Match is required.",
    503: "Something outside cannot be reached at the moment.",
}
_READING = (400, 401, 403, 404, 503)
_WRITING = (*_READING, 409, 412, 413, 415, 422, 428)


def describe(operations: Iterable[Endpoint], base: str) -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in operations:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    flow = {"tokenUrl": f"{base}/oauth/token", "scopes": {scope: scope for scope in sorted(SCOPES)}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "emobility",
            "version": version("emobility"),
            "summary": "Operating and billing electric-vehicle charging.",
            "description": "`webhooks` describes the events of the feed by their types; none is pushed yet.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "schemas": {"Problem": _PROBLEM, "Event": EVENT},
            "securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[2]],
        "security": [{"oauth": [] if endpoint.scope is None else [endpoint.scope]}],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint),
    }
    if endpoint.takes is not None:
        content = {"application/json": {"schema": dict(endpoint.takes)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    id = {"name": "id", "in": "path", "required": True, "schema": id_schema(endpoint.names)}
    headers = {**endpoint.headers, **(_KNOWN if _is_single(endpoint) else {}), **_TENANT}
    return [
        *([id] if endpoint.names else []),
        *(_parameter(name, "query", parameter) for name, parameter in endpoint.query.items()),
        *(_parameter(name, "header", parameter) for name, parameter in headers.items()),
    ]


_TENANT = {
    "Emobility-Tenant": Parameter(
        "Narrows the call to this tenant, the token's own or one below it.", id_schema("ten")
    )
}
_KNOWN = {"If-None-Match": Parameter("The ETag of what the caller has.")}


def _is_single(endpoint: Endpoint) -> bool:
    """Whether one object is read, which has an ETag."""
    return endpoint.method == "GET" and endpoint.path.endswith("{id}")


def _parameter(name: str, place: str, parameter: Parameter) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "description": parameter.words,
        "required": parameter.required,
        "schema": dict(parameter.schema),
    }


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if endpoint.gives is not None or endpoint.media_type != "application/json":
        schema = TEXT if endpoint.gives is None else dict(endpoint.gives)
        good["content"] = {endpoint.media_type: {"schema": schema}}
    usual = _READING if endpoint.method == "GET" else _WRITING
    refusals = sorted({*usual, *([422] if endpoint.names else [])})
    responses = {str(endpoint.status): good, **{str(status): _refusal(status) for status in refusals}}
    if _is_single(endpoint):
        responses["304"] = {"description": "Unchanged since the version of If-None-Match."}
    return responses


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _MEANINGS[status], "content": {"application/problem+json": {"schema": schema}}}
