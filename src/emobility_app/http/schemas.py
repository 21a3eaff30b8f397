"""JSON schemas of what goes over the wire, made from the record classes themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import attrs

from emobility_app.http.external_ids import EXTERNAL_IDS
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import PREFIXES
from emobility_core.money import Money
from emobility_core.network import StationIdentity

if TYPE_CHECKING:
    from emobility_app.http.records import Resource

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "maxLength": 2000}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["0.39"]}
INSTANT: Schema = {"type": "string", "format": "date-time", "examples": ["2026-11-01T12:00:00Z"]}
DATE: Schema = {"type": "string", "format": "date", "examples": ["2026-11-01"]}
MONEY: Schema = {
    "title": "Money",
    "type": "object",
    "properties": {"amount": DECIMAL, "currency": {"type": "string", "examples": ["EUR"]}},
    "required": ["amount", "currency"],
}
ENERGY: Schema = {**DECIMAL, "examples": ["17.000"], "description": "Kilowatt-hours."}
NULL: Schema = {"type": "null"}
# Of a list no more are counted.
MOST_COUNTED = 10_000


def id_schema(prefix: str) -> Schema:
    # Base 32 of 128 bits: the first of 26 digits holds three of them.
    return {"type": "string", "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}


def optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, NULL]}


def objects(properties: Mapping[str, Schema], *, title: str | None = None) -> Schema:
    """All properties are required; one with a title stands among the components of OpenAPI."""
    named = {} if title is None else {"title": title}
    return {**named, "type": "object", "properties": dict(properties), "required": list(properties)}


_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_COUNTED}
COUNT = objects(
    {
        "number": _NUMBER,
        "exact": {"type": "boolean", "description": "If not, the filters find more than that."},
    },
    title="ListCount",
)


def list_schema(item: Schema, *, counted: bool = True) -> Schema:
    """A page of a list, named after what it holds; what it finds can be `counted` or not."""
    title = f"{item['title']}Page"
    page = objects({"data": {"type": "array", "items": item}, "next_cursor": optional(TEXT)}, title=title)
    return page | {"properties": page["properties"] | {"count": COUNT}} if counted else page


def schema_of(kind: Any) -> Schema:
    """The schema of a type, as the wire converter reads and writes it."""
    if kind in PREFIXES:
        return id_schema(PREFIXES[kind])
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in inner]}
    if origin is frozenset:
        return {"type": "array", "items": schema_of(inner[0]), "uniqueItems": True}
    if origin is tuple:
        return {"type": "array", "items": schema_of(inner[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(inner[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": _enum_type(kind), "enum": [one.value for one in kind]}
    if attrs.has(kind) and kind not in _WORDS:
        return _object(kind)
    return dict(_PLAIN[getattr(kind, "__supertype__", kind)])


def _enum_type(kind: type[Enum]) -> str:
    return "integer" if issubclass(kind, int) else "string"


_WORDS = (IdTag, StationIdentity, Money, Energy)
_PLAIN: dict[Any, Schema] = {
    str: TEXT,
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Decimal: DECIMAL,
    datetime: INSTANT,
    date: DATE,
    Money: MONEY,
    Energy: ENERGY,
    IdTag: {"type": "string", "minLength": 1, "maxLength": 20},
    StationIdentity: {"type": "string", "minLength": 1, "maxLength": 48},
    type(None): NULL,
    object: {},
}


def _object(kind: Any) -> Schema:
    hints = get_type_hints(kind)
    properties = {field.name: _patterned(field, hints[field.name]) for field in attrs.fields(kind)}
    required = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    named = {"title": kind.__name__, "type": "object", "properties": properties}
    return named | ({"required": required} if required else {}) | {"additionalProperties": False}


def _patterned(field: attrs.Attribute[Any], hint: Any) -> Schema:
    """The schema of a field, with the pattern that its texts have by its metadata."""
    schema, pattern = schema_of(hint), field.metadata.get("pattern")
    if pattern is None:
        return schema
    texts = [
        one | {"pattern": f"^{pattern}$"} if one.get("type") == "string" else one for one in schema["anyOf"]
    ]
    return {"anyOf": texts}


def record_schema(resource: Resource, *, writing: bool) -> Schema:
    """What a resource shows, or what it takes."""
    hints = get_type_hints(resource.kind)
    fields = {field.name: field for field in attrs.fields(resource.kind)}
    names = sorted(resource.editable) if writing else [name for name in fields if name not in resource.hidden]
    properties = {name: _field_schema(fields[name], hints[name]) for name in names}
    required = [name for name in names if fields[name].default is attrs.NOTHING]
    properties |= dict(resource.taken if writing else resource.shown)
    if not writing:
        return objects(properties, title=resource.kind.__name__)
    return {
        "title": f"{resource.kind.__name__}Input",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _field_schema(field: attrs.Attribute[Any], kind: Any) -> Schema:
    """The schema of a field with the least length that its validator asks for."""
    if field.name == "external_ids":
        return dict(EXTERNAL_IDS)
    least = getattr(field.validator, "min_length", None)
    return schema_of(kind) | ({} if least is None else {"minLength": least})


def patch_schema(body: Schema, once: Collection[str]) -> Schema:
    """The merge patch of a body (RFC 7396): whatever may be left out may be removed with null; `once` is
    what may not be changed."""
    properties = {name: schema for name, schema in body["properties"].items() if name not in once}
    changes = {name: _removable(schema) for name, schema in properties.items()}
    kept = {name: properties[name] for name in body["required"] if name in properties}
    title = body["title"].removesuffix("Input") + "Change"
    return body | {"title": title, "properties": changes | kept, "required": []}


def _removable(schema: Schema) -> Schema:
    if isinstance(values := schema.get("additionalProperties"), dict):
        schema = schema | {"additionalProperties": optional(values)}
    return schema if NULL in schema.get("anyOf", ()) or "null" in schema.get("type", ()) else optional(schema)
