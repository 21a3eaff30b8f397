"""The kinds of master records, each with a body that does and a value that does not."""

from __future__ import annotations

from typing import Any

import attrs

from tests.app.http.house import House, Json


@attrs.frozen(kw_only=True)
class Kind:
    """A kind of record: a body with what it must hold, a change, and a value that does not fit a field."""

    path: str
    body: Json
    change: Json
    wrong: tuple[str, Any, str]
    needs_match: bool = False
    # What the body has though it need not.
    further: frozenset[str] = frozenset({"external_ids"})


NAME_WRONG = ("name", 7, "not-a-text")
KINDS = [
    Kind(
        path="tenants",
        body={"name": "A"},
        change={"name": "B"},
        wrong=NAME_WRONG,
    ),
    Kind(
        path="sites",
        body={"name": "A"},
        change={"address": {"city": "Ulm"}},
        wrong=NAME_WRONG,
    ),
    Kind(
        path="station-groups",
        body={"name": "A"},
        change={"name": "B"},
        wrong=NAME_WRONG,
    ),
    Kind(
        path="stations",
        body={"identity": "CP1"},
        change={"name": "Gate"},
        wrong=("power_class", "XC", "unknown-value"),
    ),
    Kind(
        path="ledgers",
        body={"name": "A"},
        change={"name": "B"},
        wrong=NAME_WRONG,
    ),
    Kind(
        path="account-rules",
        body={"name": "A", "account": "1410", "contra_account": "8400"},
        change={"tax_key": "9"},
        wrong=("position", "1", "not-an-integer"),
    ),
    Kind(
        path="configuration-templates",
        body={"name": "A"},
        change={"model": "Terra*"},
        wrong=NAME_WRONG,
    ),
    Kind(
        path="user-groups",
        body={"name": "A"},
        change={"name": "B"},
        wrong=NAME_WRONG,
    ),
    Kind(
        path="customers",
        body={"name": "A"},
        change={"email": "a@b.example"},
        wrong=("kind", 1, "unknown-value"),
    ),
    Kind(
        path="contracts",
        body={"number": "1", "customer": "cus"},
        change={"number": "2"},
        wrong=("customer", "cus_1", "malformed-id"),
        needs_match=True,
    ),
    Kind(
        path="tokens",
        body={"id_tag": "04A1"},
        change={"label": "Blue"},
        wrong=("blocked", "no", "not-a-boolean"),
    ),
    Kind(
        path="tariffs",
        body={"name": "A", "prices": {"per_kwh": "0.39"}},
        change={"prices": {"per_kwh": "0.49"}},
        wrong=("prices/per_kwh", 0.39, "not-a-text"),
        needs_match=True,
    ),
    Kind(
        path="tariff-assignments",
        body={"tariff": "tar"},
        change={"external_ids": {"erp": "1"}},
        wrong=("tariff", 7, "not-a-text"),
    ),
    Kind(
        path="load-budgets",
        body={"site": "sit", "limits": ["32"]},
        change={"strategy": "priority"},
        wrong=("voltage", "230", "not-an-integer"),
    ),
    Kind(
        path="load-points",
        body={"budget": "lbu", "station": "sta", "max_current": "32", "fail_safe": "6"},
        change={"fail_safe": "0"},
        wrong=("wiring", "L4", "unknown-value"),
    ),
    Kind(
        path="users",
        body={"email": "ada@stadtwerk.example"},
        change={"name": "Ada"},
        wrong=("enabled", "no", "not-a-boolean"),
    ),
    Kind(
        path="api-clients",
        body={"name": "A", "scopes": ["sites:read"]},
        change={"name": "B"},
        wrong=("enabled", "no", "not-a-boolean"),
    ),
    Kind(
        path="webhook-endpoints",
        body={"url": "https://erp.example/hooks", "event_types": ["session.*"]},
        change={"description": "ERP"},
        wrong=("enabled", "no", "not-a-boolean"),
    ),
    Kind(
        path="trusted-issuers",
        body={
            "name": "A",
            "issuer": "https://id.example",
            "audiences": ["a"],
            "default_roles": ["viewer"],
        },
        change={"name": "B"},
        wrong=("enabled", "no", "not-a-boolean"),
    ),
    Kind(
        path="roles",
        body={"name": "Night", "permissions": ["stations:read"]},
        change={"description": "After six"},
        wrong=("permissions", "stations:read", "not-a-list"),
    ),
    Kind(
        path="role-assignments",
        body={"actor": "subject:erika", "role": "viewer"},
        change={"external_ids": {"hr": "1"}},
        wrong=("actor", "erika", "malformed-actor"),
    ),
    Kind(
        path="grants",
        body={"grantee": "ten", "rights": ["see"], "stations": ["sta"]},
        further=frozenset({"stations"}),
        change={"rights": ["see", "bill"]},
        wrong=("rights", "see", "not-a-list"),
    ),
    Kind(
        path="load-limits",
        body={"budget": "lbu", "limits": ["20"]},
        change={"reason": "Peak"},
        wrong=("source", 1, "unknown-value"),
    ),
    Kind(
        path="load-priorities",
        body={"session": "ses", "priority": 1},
        change={"priority": 2},
        wrong=("priority", "1", "not-an-integer"),
    ),
]


async def body_of(served: House, kind: Kind) -> Json:
    """The body, with what it refers to made before."""
    if kind.path == "contracts":
        return kind.body | {"customer": (await served.post("/v1/customers", {"name": "Ada"}))["id"]}
    if kind.path == "tariff-assignments":
        tariff = await served.post("/v1/tariffs", {"name": "All", "prices": {}})
        return kind.body | {"tariff": tariff["id"]}
    if kind.path == "grants":
        taker = await served.post("/v1/tenants", {"name": "Taker"})
        station = await served.post("/v1/stations", {"identity": "SHARED"})
        return kind.body | {"grantee": taker["id"], "stations": [station["id"]]}
    return kind.body | await _load_of(served, kind)


async def _load_of(served: House, kind: Kind) -> Json:
    """What a part of load management refers to."""
    made = {}
    if kind.path.startswith("load-") and "session" not in kind.body:
        site = await served.post("/v1/sites", {"name": "Here"})
        made["site"] = site["id"]
    if "budget" in kind.body:
        budget = await served.post("/v1/load-budgets", {"site": made.pop("site"), "limits": ["32"]})
        made["budget"] = budget["id"]
    if "station" in kind.body:
        made["station"] = (await served.post("/v1/stations", {"identity": kind.path}))["id"]
    if "session" in kind.body:
        made["session"] = (await _session(served, kind.path, kind.path))["id"]
    return made


async def _session(served: House, identity: str, tag: str) -> Json:
    await served.add_card(tag)
    async with served.station(identity) as (station, line):
        start = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": served.ago(5)}
        await line.call("StartTransaction", start)
    found: Json = (await served.get("/v1/sessions", station=station["id"]))["data"][0]
    return found


async def other_of(served: House, kind: Kind) -> Json:
    """What a second record must have of its own beside names and numbers."""
    if kind.path == "trusted-issuers":
        return {"audiences": ["b"]}
    if kind.path == "users":
        return {"email": "ben@stadtwerk.example"}
    if kind.path == "load-budgets":
        return {"site": (await served.post("/v1/sites", {"name": "There"}))["id"]}
    if kind.path == "load-points":
        return {"connector": 2}
    if kind.path == "load-priorities":
        return {"session": (await _session(served, "LOAD-2", "OTHER"))["id"]}
    return {}
