"""Settings of tenants over HTTP: what holds and why, and what a tenant sets itself."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.records import merged, require_version
from emobility_app.http.schemas import NULL, Schema, id_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.problems import PreconditionFailed
from emobility_app.wire import Flaw, MalformedBody, step, told, unknown_fields
from emobility_core.errors import Invalid
from emobility_core.ids import TenantId, parse_id, shown
from emobility_core.tenancy import (
    CATALOGUE,
    LONGEST_TEXT,
    MOST_LINES,
    Effective,
    OwnSetting,
    Setting,
    SettingKind,
    Tenant,
    UnknownSetting,
    change_settings,
    effective_settings,
    own_settings,
    with_settings,
)
from emobility_core.work import StaleWrite


async def _get(call: Call) -> Answer:
    chain = call.flag("chain")
    async with call.services.reading(call.scope) as work:
        line = await work.tenants.line(_id(call))
    return tagged(call, _view(line, chain=chain), line[-1].version)


async def _change(call: Call) -> Answer:
    patch = call.json()
    if unknown := patch.keys() - {"settings"}:
        raise MalformedBody(tuple(unknown_fields(unknown, ["settings"])))
    async with call.services.transactions(call.scope) as work:
        line = await work.tenants.line(_id(call))
        require_version(line[-1].version, call)
        try:
            changed = await change_settings(
                work, _patched(line[-1], patch), clock=call.clock, ids=call.services.ids
            )
        except StaleWrite as error:
            raise PreconditionFailed() if "if-match" in call.headers else error from error
    return tagged(call, _view([*line[:-1], changed], chain=False), changed.version)


def _patched(tenant: Tenant, patch: dict[str, Any]) -> Tenant:
    """Merge a patch onto the tenant's own settings; raise `MalformedBody`."""
    own = {name: _own_view(one) for name, one in own_settings(tenant).items()}
    wanted = merged({"settings": own}, patch).get("settings", {})
    if not isinstance(wanted, dict):
        raise MalformedBody((Flaw("/settings", "invalid-value", "must be an object"),))
    found: dict[str, OwnSetting] = {}
    flaws: list[Flaw] = []
    for name, one in wanted.items():
        try:
            found[name] = _read(name, one)
        except MalformedBody as error:
            flaws += error.errors
    if flaws:
        raise MalformedBody(tuple(flaws))
    return with_settings(tenant, found)


def _read(name: str, given: Any) -> OwnSetting:
    """A setting as a body states it; raise `MalformedBody`."""
    place = "/settings" + step(name)
    if name not in CATALOGUE:
        raise MalformedBody((Flaw(place, UnknownSetting.code, str(UnknownSetting(name))),))
    if not isinstance(given, dict) or not given.keys() <= {"value", "locked"}:
        raise MalformedBody((Flaw(place, "invalid-value", "must hold a value, and may be locked"),))
    if "value" not in given:
        raise MalformedBody((Flaw(f"{place}/value", "missing-field", "is required; null removes it all"),))
    locked = given.get("locked", False)
    if not isinstance(locked, bool):
        raise MalformedBody((Flaw(f"{place}/locked", "not-a-boolean", "must be true or false"),))
    try:
        return OwnSetting(CATALOGUE[name].require(given["value"]), locked)
    except Invalid as error:
        raise MalformedBody((Flaw(f"{place}/value", error.code, told(error)),)) from error


def _view(line: list[Tenant], *, chain: bool) -> dict[str, Any]:
    effective, own = effective_settings(line), own_settings(line[-1])
    settings = {name: _effective_view(one, own.get(name), chain) for name, one in effective.items()}
    return {"tenant": shown("ten", line[-1].id), "settings": settings}


def _effective_view(one: Effective, own: OwnSetting | None, chain: bool) -> dict[str, Any]:
    view = {
        "value": one.value,
        "from": _tenant(one.source),
        "locked_by": _tenant(one.locked_by),
        "own": None if own is None else _own_view(own),
    }
    if chain:
        view["chain"] = [
            {"tenant": _tenant(link.source), "value": link.value, "locked": link.locked} for link in one.chain
        ]
    return view


def _own_view(own: OwnSetting) -> dict[str, Any]:
    value = list(own.value) if isinstance(own.value, tuple) else own.value
    return attrs.asdict(own) | {"value": value}


def _tenant(id: TenantId | None) -> str | None:
    return None if id is None else shown("ten", id)


def _id(call: Call) -> TenantId:
    return TenantId(parse_id("ten", call.path["id"]))


_VALUES: dict[SettingKind, Schema] = {
    SettingKind.TEXT: {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
    SettingKind.INTEGER: {"type": "integer"},
}
_VALUES[SettingKind.LINES] = {
    "type": "array",
    "items": _VALUES[SettingKind.TEXT],
    "minItems": 1,
    "maxItems": MOST_LINES,
}
_FLAG: Schema = {"type": "boolean"}
_TENANT = optional(id_schema("ten"))


def _schema(setting: Setting) -> Schema:
    """What is shown of a setting."""
    value = _VALUES[setting.kind]
    shown_value = value if setting.default is not None else optional(value)
    link = objects({"tenant": _TENANT, "value": shown_value, "locked": _FLAG})
    shown_one = objects(
        {
            "value": {**shown_value, "description": setting.meaning},
            "from": {**_TENANT, "description": "The tenant that sets it, null for the default."},
            "locked_by": {**_TENANT, "description": "The tenant that keeps those below from another value."},
            "own": {**optional(objects({"value": value, "locked": _FLAG})),
                    "description": "What the tenant sets itself, whether it counts or not."},
        }
    )  # fmt: skip
    chain = {"type": "array", "items": link, "description": "All values that are set, the default first."}
    return shown_one | {"properties": shown_one["properties"] | {"chain": chain}}


def _input(setting: Setting) -> Schema:
    one = {
        "type": "object",
        "properties": {"value": _VALUES[setting.kind], "locked": _FLAG},
        "additionalProperties": False,
        "description": f"{setting.meaning} Null inherits it again.",
    }
    return {"anyOf": [one, NULL]}


_SHOWN = objects(
    {"tenant": id_schema("ten"), "settings": objects({one.name: _schema(one) for one in CATALOGUE.values()})},
    title="TenantSettings",
)
_TAKEN: Schema = {
    "title": "TenantSettingsChange",
    "type": "object",
    "properties": {
        "settings": {
            "type": "object",
            "properties": {one.name: _input(one) for one in CATALOGUE.values()},
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
_CHAIN = {"chain": Parameter("`true` adds all values that were considered.", {"type": "boolean"})}
_MATCH = {"If-Match": Parameter("The ETag of the version to change.")}
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/tenants/{id}/settings", operation="tenants_settings_get",
             summary="Read what holds for a tenant, and why", scope="tenants:read", handle=_get, gives=_SHOWN,
             names="ten", query=_CHAIN),
    Endpoint(method="PATCH", path="/v1/tenants/{id}/settings", operation="tenants_settings_change",
             summary="Change what a tenant sets itself", scope="tenants:write", handle=_change, takes=_TAKEN,
             gives=_SHOWN, names="ten", headers=_MATCH),
]  # fmt: skip
