"""Where the operations of the API take ids, and requests with an id put there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import attrs

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from tests.app.http.bodies import body_for, query_for
from tests.app.http.house import CARD, Json

PROFILE: Json = {
    "id": 1,
    "purpose": "default",
    "stack_level": 0,
    "kind": "relative",
    "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]},
}

_ID = re.compile(r"\^([a-z]+)_\[0-7\]")
# Where an id stands in a text that may be something else as well.
_IN_TEXTS = {
    "role_assignments_create": {"/role": "rol"},
    "grants_create": {"/actors/*": "user:usr"},
    "trusted_issuers_create": {"/default_roles/*": "rol"},
    "exports_create": {"/filters/station/*": "sta"},
    "role_assignments_list": {"?role": "rol", "?actor": "user:usr"},
    "audit_entries_list": {"?subject": "sta", "?actor": "user:usr"},
}
# What a body needs so that it is the id in it that is refused.
_BESIDE: dict[str, Json] = {
    "doubts_resolve": {"action": "attach_to_session"},
    "remote_start": {"id_tag": CARD},
    "set_charging_profile": {"profile": PROFILE},
    "update_firmware": {"location": "https://files.example/firmware"},
    "signed_update_firmware": {"location": "https://files.example/firmware"},
}
_EXPLAINED = {"?actor": ("user:usr", "client:cli"), "?object": ("sta", "ses", "sit", "tok", "cus")}

# A place that excludes another one, which the body has.
_INSTEAD = {"/token": "id_tag", "/user": "customer"}


@attrs.frozen(kw_only=True)
class Attempt:
    """A request of an operation with the id of an object in one `place`: `path`, `?parameter`, or a pointer
    into the body (`*` for an item of a list). All else in it is the caller's own."""

    endpoint: Endpoint
    place: str
    prefix: str
    body: Json | None
    path: str
    query: Mapping[str, str]

    def __str__(self) -> str:
        kind = "" if self.body is None else f" {self.body.get('type', '')}"
        return f"{self.endpoint.operation}{kind} {self.place} {self.prefix}"

    def with_id(self, id: str) -> dict[str, Any]:
        """What an HTTP client is to send."""
        path, query, body = self.path, dict(self.query), deepcopy(self.body)
        text = self.prefix.partition(":")[0] + ":" + id if ":" in self.prefix else id
        if self.place == "path":
            path = self.endpoint.path.replace("{id}", text)
        elif self.place.startswith("?"):
            query[self.place[1:]] = text
        else:
            if self.place in _INSTEAD and body is not None:
                body.pop(_INSTEAD[self.place], None)
            _plant(body, self.place.strip("/").split("/"), text, self.endpoint.takes or {})
        return {"method": self.endpoint.method, "url": path, "params": query, "json": body}

    @property
    def kind(self) -> str:
        """The prefix of the ids that belong there."""
        return self.prefix.rpartition(":")[2]


def attempts(own: dict[str, Json]) -> Iterator[Attempt]:
    """Every place of every operation."""
    for one in api():
        id = own[one.names]["id"] if one.names else ""
        path = one.path.replace("{id}", id).replace("{system}", "sap").replace("{external_id}", "4711")
        for form, body in _forms(one, own):
            for place, prefix in _places(one, form):
                yield Attempt(
                    endpoint=one, place=place, prefix=prefix, body=body, path=path, query=query_for(one)
                )


def _forms(one: Endpoint, own: dict[str, Json]) -> Iterator[tuple[Json, Json | None]]:
    """The schemas that a body of the operation may follow, each with a body."""
    if one.takes is None:
        yield {}, None
    elif "oneOf" in one.takes:
        for form in one.takes["oneOf"]:
            body = sample(form, own)
            yield form, body | _BESIDE.get(body["type"], {})
    else:
        yield dict(one.takes), body_for(one, own) | _BESIDE.get(one.operation, {})


def _places(one: Endpoint, form: Json) -> Iterator[tuple[str, str]]:
    if one.names:
        yield "path", one.names
    yield from _in_schema(form, "")
    yield from _IN_TEXTS.get(one.operation, {}).items()
    for name, parameter in one.query.items():
        yield from ((f"?{name}", prefix) for _, prefix in _in_schema(parameter.schema, ""))
    if one.operation == "access_explanations_read":
        yield from ((place, prefix) for place, prefixes in _EXPLAINED.items() for prefix in prefixes)


def _in_schema(schema: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    if named := _ID.match(schema.get("pattern", "")):
        yield at, named[1]
    for further in schema.get("anyOf", ()):
        yield from _in_schema(further, at)
    for name, further in schema.get("properties", {}).items():
        yield from _in_schema(further, f"{at}/{name}")
    if "items" in schema:
        yield from _in_schema(schema["items"], f"{at}/*")


def _plant(target: Any, steps: list[str], text: str, schema: Mapping[str, Any]) -> None:
    """Put `text` where the steps lead, making what is missing on the way."""
    step, *rest = steps
    inner = _inner(schema, step)
    if step == "*":
        if not target:
            target.append(sample(inner, {}))
        key: Any = 0
    else:
        key = step
        if rest and not isinstance(target.get(key), (dict, list)):
            target[key] = [] if rest[0] == "*" else {}
    if rest:
        _plant(target[key], rest, text, inner)
    else:
        target[key] = text


def _inner(schema: Mapping[str, Any], step: str) -> Mapping[str, Any]:
    """The schema of what stands one step further in; a patch may also hold null there."""
    for one in (schema, *schema.get("anyOf", ())):
        if step == "*" and "items" in one:
            return dict(one["items"])
        if step in one.get("properties", {}):
            return dict(one["properties"][step])
    return {}


def sample(schema: Mapping[str, Any], own: dict[str, Json]) -> Any:
    """A value that follows the schema, of one's own objects."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], own)
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: sample(fields[name], own) for name in schema.get("required", fields)}
    if kind == "array":
        return [sample(schema["items"], own)]
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return False
    return _text(schema, own)


def _text(schema: Mapping[str, Any], own: dict[str, Json]) -> str:
    if named := _ID.match(schema.get("pattern", "")):
        return own[named[1]]["id"] if named[1] in own else f"{named[1]}_{'0' * 26}"
    if schema.get("format") == "date-time":
        return "2099-01-01T00:00:00Z"
    return str(schema.get("examples", ["A"])[0])
