"""The OpenAPI 3.1 description of the API, made from the operations themselves."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from emobility_app.http.endpoint import Endpoint, Json, Parameter
from emobility_app.http.event_schemas import webhooks
from emobility_app.http.examples import example
from emobility_app.http.schemas import TEXT, Schema, id_schema, objects
from emobility_app.http.scope_words import SCOPE_WORDS

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
    415: "The body is said to be something else than what the operation takes.",
    422: "The id or the body does not have the right form or values.",
    428: "If-Match is required.",
    429: "The client has sent more requests than it may.",
    503: "Something outside cannot be reached at the moment.",
}
_READING = (400, 401, 403, 404, 429, 503)
_WRITING = (*_READING, 409, 412, 413, 415, 422, 428)


def describe(operations: Iterable[Endpoint], base: str) -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in operations:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    schemas: dict[str, Schema] = {"Problem": _PROBLEM}
    described, hooks = _named(paths, schemas), _named(webhooks(), schemas)
    flow = {"tokenUrl": f"{base}/oauth/token", "scopes": SCOPE_WORDS}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "emobility",
            "version": version("emobility"),
            "summary": "Operating and billing electric-vehicle charging.",
            "description": "`webhooks` describes the types of events, as feed and webhooks show them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "paths": described,
        "webhooks": hooks,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {_response_name(status): _refusal(status) for status in _MEANINGS},
            "securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}},
        },
    }


def _named(node: Any, schemas: dict[str, Schema]) -> Any:
    """Give every schema that has a title its one place among the components."""
    if isinstance(node, list):
        return [_named(one, schemas) for one in node]
    if not isinstance(node, dict):
        return node
    inner = {name: _named(value, schemas) for name, value in node.items()}
    title = node.get("title")
    if not isinstance(title, str) or "type" not in node:
        return inner
    assert schemas.setdefault(title, inner) == inner, f"two schemas are called {title}"
    return {"$ref": f"#/components/schemas/{title}"}


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[2]],
        "security": [{"oauth": [one for one in (endpoint.scope, *sorted(endpoint.also)) if one]}],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint),
    }
    if endpoint.deprecated is not None:
        described["deprecated"] = True
    content = {media_type: {"schema": {"type": "string"}} for media_type in endpoint.takes_files}
    if endpoint.takes is not None:
        shown = example(endpoint.operation, "request")
        content = {"application/json": {"schema": dict(endpoint.takes), **shown}}
    if content:
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    id = {"name": "id", "in": "path", "required": True, "schema": id_schema(endpoint.names)}
    headers = {**endpoint.headers, **(_KNOWN if _is_single(endpoint) else {}), **_TENANT}
    if endpoint.shared:
        headers |= _GRANT
    return [
        *([id] if endpoint.names else []),
        *(_parameter(name, "path", parameter) for name, parameter in endpoint.places.items()),
        *(_parameter(name, "query", parameter) for name, parameter in endpoint.query.items()),
        *(_parameter(name, "header", parameter) for name, parameter in headers.items()),
    ]


_TENANT = {
    "Emobility-Tenant": Parameter(
        "Narrows the call to this tenant, the token's own or one below it.", id_schema("ten")
    )
}
_GRANT = {
    "Emobility-Grant": Parameter(
        "Acts for the company that gave this grant, limited to the stations of it.", id_schema("gra")
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
        "required": parameter.required or place == "path",
        "schema": dict(parameter.schema),
    }


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if endpoint.gives is not None:
        schema = _message(endpoint.gives) if endpoint.media_type == _STREAM else dict(endpoint.gives)
        files = {media_type: {"schema": {"type": "string"}} for media_type in endpoint.files}
        shown = example(endpoint.operation, "answer")
        good["content"] = {endpoint.media_type: {"schema": schema, **shown}, **files}
    if headers := _headers(endpoint):
        good["headers"] = {name: {"description": words, "schema": TEXT} for name, words in headers.items()}
    usual = _READING if endpoint.method == "GET" else _WRITING
    refusals = sorted({*usual, *([422] if endpoint.names else [])})
    responses = {str(endpoint.status): good, **{str(one): _response(one) for one in refusals}}
    if endpoint.method == "PUT":
        responses["201"] = good | {"description": "Created."}
    if "dry_run" in (endpoint.takes or {}).get("properties", ()):
        responses["200"] = good | {"description": "What it would do; nothing was made."}
    if _is_single(endpoint):
        responses["304"] = {"description": "Unchanged since the version of If-None-Match."}
    return responses


_STREAM = "text/event-stream"


def _message(data: Json) -> Schema:
    """One server-sent event: its data is JSON as text."""
    text = {"type": "string", "contentMediaType": "application/json", "contentSchema": dict(data)}
    return {
        "type": "object",
        "properties": {"id": TEXT, "event": TEXT, "data": text},
        "required": ["event", "data"],
    }


def _headers(endpoint: Endpoint) -> dict[str, str]:
    """What an answer says beside its body."""
    if "cursor" in endpoint.query:
        return {"Link": 'The next page, as `rel="next"`; absent on the last one.'}
    told = {}
    if _is_single(endpoint) or endpoint.method in ("PATCH", "PUT") or endpoint.status == 201:
        told["ETag"] = "The version of what is shown."
    if endpoint.method == "PUT":
        told["Location"] = "Where to read what was created."
    if endpoint.method == "POST":
        told["Location"] = "Where to read what was made, or how it goes on."
        told["Idempotency-Replayed"] = "`true` for the answer to an earlier request of the same key."
    return told


def _response_name(status: int) -> str:
    return f"Refused{status}"


def _response(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_response_name(status)}"}


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _MEANINGS[status], "content": {"application/problem+json": {"schema": schema}}}
