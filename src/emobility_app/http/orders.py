"""What a station is asked to do, as the body of a command: one form a type, all fields side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import attrs

from emobility_app.http.schemas import Schema, id_schema, schema_of
from emobility_app.wire import Flaw, MalformedBody, read, wire
from emobility_core.commands import ChargingProfile, CommandKind, Order, without_order_secrets
from emobility_core.customers import IdTag
from emobility_core.ids import Ids, SessionId, StationId, TokenId

ORDERS: dict[CommandKind, type[Any]] = {order.kind: order for order in get_args(Order)}
# Numbers by which stations name what they were asked for: ours to draw.
_DRAWN = frozenset({"request"})
# What is drawn when the order is sent, and nobody's to see.
SECRET = frozenset({"drawn"})


@attrs.frozen(kw_only=True)
class AskedStart:
    """A remote start names a token or an id tag."""

    station: StationId
    token: TokenId | None = None
    id_tag: IdTag | None = None
    connector: int | None = None
    profile: ChargingProfile | None = None


@attrs.frozen(kw_only=True)
class AskedStop:
    """A remote stop names a session."""

    session: SessionId


@attrs.frozen(kw_only=True)
class AskedOrder:
    """Any other type names a station and what it needs besides."""

    station: StationId
    order: Order


Asked = AskedStart | AskedStop | AskedOrder


def asked_of(body: Mapping[str, Any], ids: Ids) -> Asked:
    """Read the body of a command; raise `MalformedBody` with a pointer for each flaw."""
    rest = dict(body)
    kind = kind_of(rest.pop("type", None))
    if kind is CommandKind.REMOTE_START:
        return read(rest, AskedStart)
    if kind is CommandKind.REMOTE_STOP:
        return read(rest, AskedStop)
    order = ORDERS[kind]
    names = {field.name for field in attrs.fields(order)}
    drawn = _DRAWN & names
    for name in (drawn | (SECRET & names)) & rest.keys():
        raise MalformedBody((Flaw(f"/{name}", "read-only", "is not to be given"),))
    station = read({"station": rest.pop("station")} if "station" in rest else {}, _Station).station
    numbers = {name: ids.transaction_number() for name in drawn}
    return AskedOrder(station=station, order=read({**rest, **numbers}, order))


def order_view(order: Order) -> dict[str, Any]:
    """An order as it was asked for, without what is secret in it."""
    asked: dict[str, Any] = wire.unstructure(without_order_secrets(order))
    return {name: value for name, value in asked.items() if name not in SECRET}


@attrs.frozen
class _Station:
    station: StationId


def kind_of(value: Any) -> CommandKind:
    """The kind that a body names; raise `MalformedBody`."""
    try:
        return CommandKind(value)
    except ValueError:
        known = ", ".join(kind.value for kind in CommandKind)
        raise MalformedBody((Flaw("/type", "unknown-value", f"must be one of {known}"),)) from None


def _form(kind: CommandKind) -> Schema:
    asked = {CommandKind.REMOTE_START: AskedStart, CommandKind.REMOTE_STOP: AskedStop}.get(kind)
    model: type[Any] = asked or ORDERS[kind]
    hints = get_type_hints(model)
    fields = [field for field in attrs.fields(model) if field.name not in _DRAWN | SECRET]
    properties = {field.name: schema_of(hints[field.name]) for field in fields}
    required = [field.name for field in fields if field.default is attrs.NOTHING]
    if asked is None:
        properties, required = {"station": id_schema("sta"), **properties}, ["station", *required]
    return {
        "title": "".join(part.title() for part in kind.value.split("_")) + "Input",
        "type": "object",
        "properties": {"type": {"type": "string", "enum": [kind.value]}, **properties},
        "required": ["type", *required],
        "additionalProperties": False,
    }


INPUT: Schema = {
    "title": "CommandInput",
    "oneOf": [_form(kind) for kind in CommandKind],
    "examples": [{"type": "remote_start", "station": "sta_...", "id_tag": "04A1B2C3", "connector": 1}],
}
