"""Starter maps: account rules for a common chart of accounts, to begin with and to confirm."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.ledgers import ACCOUNT_RULES
from emobility_app.http.records import made
from emobility_app.http.schemas import TEXT, objects, record_schema
from emobility_app.wire import Flaw, MalformedBody, read


@attrs.frozen(kw_only=True)
class TakeMap:
    """Which starter map to take over, and for which ledgers, by name; without names for all."""

    map: str
    ledgers: tuple[str, ...] = ()


@cache
def account_maps() -> dict[str, dict[str, Any]]:
    """The starter maps by name, as their files say them."""
    folder = resources.files("emobility_app") / "account_maps"
    found = (tomllib.loads(one.read_text()) for one in folder.iterdir() if one.name.endswith(".toml"))
    return {one["map"]: one for one in sorted(found, key=lambda one: str(one["map"]))}


async def _list(call: Call) -> Answer:
    return Answer(content={"data": list(account_maps().values())})


async def _take(call: Call, work: Any) -> Answer:
    wanted = read(call.json(), TakeMap)
    found = account_maps().get(wanted.map)
    if found is None:
        raise MalformedBody((Flaw("/map", "unknown-value", f"must be one of {', '.join(account_maps())}"),))
    rules = [
        await made(
            ACCOUNT_RULES, rule | {"ledgers": list(wanted.ledgers)}, call, work, tenant=call.scope.tenant
        )
        for rule in found["rules"]
    ]
    told = {"notice": found["notice"], "rules": [ACCOUNT_RULES.view(rule) for rule in rules]}
    return Answer(content=told, status=201)


_RULE_INPUT = record_schema(ACCOUNT_RULES, writing=True)
_MAP = objects(
    {
        "map": TEXT,
        "title": TEXT,
        "notice": TEXT,
        "rules": {"type": "array", "items": _RULE_INPUT},
    },
    title="AccountMap",
)
_TAKE = {
    "title": "AccountMapInput",
    "type": "object",
    "properties": {
        "map": {"type": "string", "enum": sorted(account_maps())},
        "ledgers": {"type": "array", "items": TEXT},
    },
    "required": ["map"],
    "additionalProperties": False,
}
_TAKEN = objects(
    {"notice": TEXT, "rules": {"type": "array", "items": record_schema(ACCOUNT_RULES, writing=False)}},
    title="AccountMapTaken",
)


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def take(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _take(call, work))

    return [
        Endpoint(method="GET", path="/v1/account-maps", operation="account_maps_list",
                 summary="List the starter maps of accounts", scope="account-rules:read", handle=_list,
                 gives=objects({"data": {"type": "array", "items": _MAP}})),
        Endpoint(method="POST", path="/v1/account-maps", operation="account_maps_take",
                 summary="Make the account rules of a starter map", scope="account-rules:write", handle=take,
                 takes=_TAKE, gives=_TAKEN, status=201, headers={"Idempotency-Key": KEY}),
    ]  # fmt: skip
