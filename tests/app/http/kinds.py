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
        path="configuration-templates",
        body={"name": "A", "keys": [{"key": "X", "value": "1"}]},
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
]


async def body_of(served: House, kind: Kind) -> Json:
    """The body, with what it refers to made before."""
    if kind.path == "contracts":
        return kind.body | {"customer": (await served.post("/v1/customers", {"name": "Ada"}))["id"]}
    if kind.path == "tariff-assignments":
        tariff = await served.post("/v1/tariffs", {"name": "All", "prices": {}})
        return kind.body | {"tariff": tariff["id"]}
    return kind.body
