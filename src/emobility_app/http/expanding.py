"""`expand`: what objects refer to, shown beside them; at most two steps away, by one query for each step."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint, Json, Parameter
from emobility_app.http.records import Resource, views
from emobility_app.http.schemas import Schema, list_schema, optional, record_schema
from emobility_app.http.tags import retagged
from emobility_app.problems import UnknownExpansion
from emobility_core.ids import parse_id
from emobility_core.work import Page

# What is asked for: a name, and the names one step further.
Asked = Mapping[str, frozenset[str]]


@attrs.frozen(kw_only=True)
class Kind:
    """What may be shown beside others, with the scope of its own; `refers` maps its fields to prefixes."""

    resource: Resource
    scope: str
    schema: Schema
    refers: Mapping[str, str]


@attrs.frozen
class Expansions:
    """The kinds that may be shown beside others, by the prefix of their ids.

    What an operation may be asked for is made from its schema: every field that holds ids of such a kind,
    and every such field one step further.
    """

    kinds: Mapping[str, Kind]

    @classmethod
    def of(cls, resources: Iterable[tuple[Resource, str | None]]) -> Expansions:
        schemas = [(kind, scope, record_schema(kind, writing=False)) for kind, scope in resources]
        prefixes = {kind.prefix for kind, _, _ in schemas} - _TREE
        return cls(
            {
                kind.prefix: Kind(
                    resource=kind,
                    scope=f"{scope or kind.path}:read",
                    schema=schema,
                    refers=_references(schema, prefixes),
                )
                for kind, scope, schema in schemas
                if kind.prefix in prefixes
            }
        )

    def described(self, endpoint: Endpoint) -> Endpoint:
        """The operation with its parameter `expand` and what that adds to its objects."""
        item = _object(endpoint)
        refers = {} if item is None else _references(item, self.kinds)
        if item is None or not refers:
            return endpoint
        names: Schema = {"type": "string", "enum": self._names(refers)}
        both = {"title": f"{item['title']}Expanded", "type": "object",
                "allOf": [dict(item), self._added(item, refers)]}  # fmt: skip
        return attrs.evolve(
            endpoint,
            query={**endpoint.query, "expand": Parameter(_WORDS, {"type": "array", "items": names})},
            gives=both if _is_single(endpoint) else list_schema(both, counted="count" in endpoint.query),
            expands=refers,
        )

    async def answered(self, endpoint: Endpoint, call: Call) -> Answer:
        """Answer a call, with what it wants to be shown beside.

        Raises `UnknownExpansion`, and `MissingScope` for what the caller may not read by itself.
        """
        asked = self._asked(endpoint, call)
        if not asked:
            return await endpoint.handle(call)
        # Whether the caller has it as it is, is known only with what stands beside.
        headers = {name: value for name, value in call.headers.items() if name != "if-none-match"}
        answer = await endpoint.handle(attrs.evolve(call, headers=headers))
        found = [answer.content] if _is_single(endpoint) else answer.content["data"]
        async with call.services.reading(call.scope) as work:
            await self._expand(found, asked, endpoint.expands, call, work)
        return retagged(call, answer) if _is_single(endpoint) else answer

    def _asked(self, endpoint: Endpoint, call: Call) -> Asked:
        given = [name for part in call.query.get("expand", ()) for name in part.split(",")]
        known = self._names(endpoint.expands) if given else []
        if unknown := [name for name in given if name not in known]:
            raise UnknownExpansion(", ".join(unknown)[:200], ", ".join(known))
        asked: dict[str, frozenset[str]] = {}
        for name in given:
            first, _, second = name.partition(".")
            kind = self.kinds[endpoint.expands[first]]
            call.require(kind.scope)
            if second:
                call.require(self.kinds[kind.refers[second]].scope)
            asked[first] = asked.get(first, frozenset()) | ({second} if second else frozenset())
        return asked

    async def _expand(
        self, found: Sequence[dict[str, Any]], asked: Asked, refers: Mapping[str, str], call: Call, work: Any
    ) -> None:
        for name, further in asked.items():
            kind = self.kinds[refers[name]]
            ids = {id for view in found for id in _ids(view[name])}
            beside = await _beside(kind.resource, sorted(ids), call, work)
            inner = {second: frozenset[str]() for second in sorted(further)}
            await self._expand(list(beside.values()), inner, kind.refers, call, work)
            for view in found:
                # What the caller does not see is not there: null, or missing in a list.
                seen = [beside[id] for id in _ids(view[name]) if id in beside]
                shown = seen if isinstance(view[name], list) else next(iter(seen), None)
                view.setdefault("expanded", {})[name] = shown

    def _names(self, refers: Mapping[str, str]) -> list[str]:
        return [
            name
            for first, prefix in refers.items()
            for name in (first, *(f"{first}.{second}" for second in self.kinds[prefix].refers))
        ]

    def _added(self, item: Json, refers: Mapping[str, str]) -> Schema:
        beside = {
            name: {"type": "array", "items": self.kinds[prefix].schema}
            if item["properties"][name].get("type") == "array"
            else optional(self.kinds[prefix].schema)
            for name, prefix in refers.items()
        }
        expanded = {"type": "object", "properties": beside}
        return {"type": "object", "properties": {"expanded": expanded}}


# Tenants show themselves to whoever is above them: no place for what stands beside.
_TREE = frozenset({"ten"})
_WORDS = "Shows these beside, under `expanded`: names separated by commas, with a point for one step further."


async def _beside(kind: Resource, ids: Sequence[str], call: Call, work: Any) -> dict[str, dict[str, Any]]:
    if not ids:
        return {}
    wanted = [parse_id(kind.prefix, id) for id in ids]
    found = await getattr(work, kind.port).page(Page.of("id", wanted))
    return {view["id"]: view for view in await views(kind, found, call, work)}


def _is_single(endpoint: Endpoint) -> bool:
    return endpoint.path.endswith("{id}")


def _object(endpoint: Endpoint) -> Json | None:
    """The schema of the objects that an operation reads, None for one that reads none."""
    gives = endpoint.gives or {}
    if endpoint.method != "GET" or endpoint.media_type != "application/json":
        return None
    if not _is_single(endpoint):
        gives = (
            gives.get("properties", {}).get("data", {}).get("items", {}) if "cursor" in endpoint.query else {}
        )
    return gives if "id" in gives.get("properties", {}) else None


def _references(schema: Json, prefixes: Collection[str]) -> dict[str, str]:
    found = {name: _prefix(inner) for name, inner in schema["properties"].items() if name != "id"}
    return {name: prefix for name, prefix in found.items() if prefix in prefixes}


def _prefix(schema: Json) -> str:
    """The prefix of the ids that a field holds, one of them, perhaps one, or a list; else nothing."""
    for inner in (schema, *schema.get("anyOf", ()), schema.get("items", {})):
        if found := re.match(r"\^([a-z]+)_", inner.get("pattern", "")):
            return found[1]
    return ""


def _ids(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]
