"""The OpenAPI 3.1 description of the API, made from the operations themselves."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from emobility_app.http.endpoint import Endpoint
from emobility_app.http.schemas import TEXT, Schema, objects
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
    "required": ["type", "title", "status", "detail", "code"],
}
_MEANINGS = {
    400: "The request cannot be read.",
    401: "The access token is missing or not valid.",
    403: "The token lacks the scope, or the caller the right.",
    404: "There is no such thing within the caller's scope.",
    409: "The present state does not allow it.",
    412: "The record has changed since it was read.",
    422: "The body does not have the right form or values.",
    428: "If-Match is required.",
    503: "Something outside cannot be reached at the moment.",
}
_READING, _WRITING = (400, 401, 403, 404, 503), (400, 401, 403, 404, 409, 412, 422, 428, 503)


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
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM},
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
    path = [{"name": "id", "in": "path", "required": True, "schema": TEXT}] if "{id}" in endpoint.path else []
    tenant = {"Emobility-Tenant": "Narrows the call to this tenant, the token's own or one below it."}
    return [
        *path,
        *(_parameter(name, "query", words) for name, words in endpoint.query.items()),
        *(_parameter(name, "header", words) for name, words in {**endpoint.headers, **tenant}.items()),
    ]


def _parameter(name: str, place: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": place, "description": words, "schema": {"type": "string"}}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if endpoint.gives is not None or endpoint.media_type != "application/json":
        schema = TEXT if endpoint.gives is None else dict(endpoint.gives)
        good["content"] = {endpoint.media_type: {"schema": schema}}
    refusals = _READING if endpoint.method == "GET" else _WRITING
    responses = {str(endpoint.status): good, **{str(status): _refusal(status) for status in refusals}}
    if endpoint.method == "GET" and "{id}" in endpoint.path:
        responses["304"] = {"description": "Unchanged since the version of If-None-Match."}
    return responses


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _MEANINGS[status], "content": {"application/problem+json": {"schema": schema}}}
