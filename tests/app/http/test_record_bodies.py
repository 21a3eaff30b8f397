"""Bodies of every wrong form: a pointer to each flaw, never a crash; and what is never shown."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_app.wire import DEEPEST, LONGEST_TEXT
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused

TARIFF = {"name": "All"}
ENTRY: Json = {}
ENERGY: Json = {"dimension": "energy", "amount": "0.39"}


def _element(*prices: Json, **restrictions: Any) -> Json:
    """A tariff of one element."""
    return TARIFF | {"prices": {"elements": [{"prices": list(prices), "restrictions": restrictions}]}}


FLAWS: list[tuple[str, Json, dict[str, str]]] = [
    ("sites", {"name": ""}, {"/name": "invalid-value"}),
    ("sites", {"name": None}, {"/name": "not-a-text"}),
    ("sites", {"name": ["A"]}, {"/name": "not-a-text"}),
    ("sites", {"name": "A\x00"}, {"/name": "text-refused"}),
    ("sites", {"name": "A" * (LONGEST_TEXT + 1)}, {"/name": "text-refused"}),
    ("sites", {"name": "A", "address": "Ulm"}, {"/address": "invalid-value"}),
    ("sites", {"name": "A", "address": {"town": "Ulm"}}, {"/address/town": "unknown-field"}),
    ("sites", {"name": "A", "a/b~c": 1}, {"/a~1b~0c": "unknown-field"}),
    ("sites", {"name": "A", "address": {"a/b~c": 1}}, {"/address/a~1b~0c": "unknown-field"}),
    ("sites", {"name": "A", "external_ids": "sap:1"}, {"/external_ids": "invalid-value"}),
    ("sites", {"name": "A", "external_ids": {"sap": 1}}, {"/external_ids/sap": "not-a-text"}),
    ("sites", {"name": 1, "time_zone": 2, "address": {"city": 3}},
     {"/name": "not-a-text", "/time_zone": "not-a-text", "/address/city": "not-a-text"}),
    ("stations", {"identity": "a/b"}, {"/identity": "malformed-station-identity"}),
    ("stations", {"identity": "A", "site": "sit_" + "0" * 26}, {"/site": "unknown-site"}),
    ("stations", {"identity": "A", "station_groups": ["sgr_" + "0" * 26]},
     {"/station_groups": "unknown-station-group"}),
    ("stations", {"identity": "A", "station_groups": ["x", 1]},
     {"/station_groups/0": "malformed-id", "/station_groups/1": "not-a-text"}),
    *(
        ("stations", {"identity": "A", "station_groups": groups}, {"/station_groups": "not-a-list"})
        for groups in (7, "", "ab", ENTRY)
    ),
    ("stations", {"identity": "A", "authorization_key": "short"},
     {"/authorization_key": "malformed-station-key"}),
    ("stations", {"identity": "A", "authorization_key": 12345678}, {"/authorization_key": "not-a-text"}),
    ("stations", {"identity": "A", "key_digest": "x"}, {"/key_digest": "unknown-field"}),
    ("tokens", {"id_tag": "A" * 21}, {"/id_tag": "malformed-id-tag"}),
    ("tokens", {"id_tag": ""}, {"/id_tag": "malformed-id-tag"}),
    ("tokens", {"id_tag": "A", "blocked_since": "2026-01-01T00:00:00Z"}, {"/blocked_since": "read-only"}),
    ("tokens", {"id_tag": "A", "validity": {"since": "yesterday"}}, {"/validity/since": "not-an-instant"}),
    ("tokens", {"id_tag": "A", "validity": {"since": "2026-01-01T00:00:00"}},
     {"/validity/since": "naive-datetime"}),
    ("tokens", {"id_tag": "A", "validity": {"since": "2026-01-02T00:00Z", "until": "2026-01-01T00:00Z"}},
     {"/validity": "empty-period"}),
    ("tariffs", TARIFF, {"/prices": "missing-field"}),
    ("tariffs", TARIFF | {"prices": []}, {"/prices": "invalid-value"}),
    ("tariffs", TARIFF | {"prices": {"per_kwh": "-1"}}, {"/prices/per_kwh": "negative-price"}),
    ("tariffs", TARIFF | {"prices": {"per_kwh": "NaN"}}, {"/prices/per_kwh": "not-a-decimal"}),
    *(
        ("tariffs", TARIFF | {"prices": {"per_kwh": text}}, {"/prices/per_kwh": "not-a-decimal"})
        for text in ("1e99", "1e1", "0_39", " 0.39", "+1", ".5", "5.", "\u0661", "0." + "1" * 13, "1" * 14)
    ),
    ("tariffs", TARIFF | {"prices": {"per_kwh": 1}}, {"/prices/per_kwh": "not-a-text"}),
    ("tariffs", TARIFF | {"prices": {"vat_percent": "101"}}, {"/prices/vat_percent": "vat-out-of-range"}),
    ("tariffs", TARIFF | {"prices": {"currency": "XXX"}}, {"/prices/currency": "unknown-currency"}),
    ("tariffs", TARIFF | {"prices": {"include_vat": 1}}, {"/prices/include_vat": "not-a-boolean"}),
    ("tariffs", _element({"dimension": "energy", "amount": "-1"}),
     {"/prices/elements/0/prices/0/amount": "negative-price"}),
    ("tariffs", _element({"dimension": "coffee", "amount": "1"}),
     {"/prices/elements/0/prices/0/dimension": "unknown-value"}),
    ("tariffs", _element(ENERGY, ENERGY), {"/prices/elements/0/prices/1": "dimension-twice"}),
    ("tariffs", _element(ENERGY, hours={"since": "25:00"}),
     {"/prices/elements/0/restrictions/hours/since": "malformed-time-of-day"}),
    ("tariffs", _element(ENERGY, hours={"since": "08:00", "until": "08:00"}),
     {"/prices/elements/0/restrictions/hours/until": "empty-range"}),
    ("tariffs", _element(ENERGY, hours={"holidays": {"calendar": "XX"}}),
     {"/prices/elements/0/restrictions/hours/holidays": "unknown-holiday-calendar"}),
    ("tariffs", _element(ENERGY, min_kwh="5", max_kwh="5"),
     {"/prices/elements/0/restrictions/max_kwh": "empty-range"}),
    ("tariffs", _element(ENERGY, min_power_kw="50"), {"/prices/elements/0/restrictions": "price-not-fixed"}),
    ("tariffs", _element(), {"/prices/elements/0/prices": "invalid-value"}),
    ("tariffs", TARIFF | {"prices": {"minimum": {}}}, {"/prices/minimum": "no-such-limit"}),
    ("tariffs", TARIFF | {"prices": {"blocking": {"per_minute": "0.1", "grace_minutes": -1}}},
     {"/prices/blocking/grace_minutes": "negative-bound"}),
    ("tariffs", TARIFF | {"prices": {"minimum": {"after_tax": "2"}, "maximum": {"after_tax": "1"}}},
     {"/prices/maximum/after_tax": "empty-range"}),
]  # fmt: skip


async def test_each_flaw_of_a_body_is_pointed_to(served: House) -> None:
    wrong = {}
    for path, body, flaws in FLAWS:
        answer = await served.http.post(f"/v1/{path}", json=body)
        found: Any = pointers(answer) if answer.status_code == 422 else answer.text
        if found != flaws:
            wrong[str(body)[:100]] = (found, flaws)
    assert wrong == {}
    for path in ("sites", "stations", "tokens", "tariffs"):
        assert (await served.get(f"/v1/{path}"))["data"] == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b'"text"',
        b"[]",
        b"\xff\xfe",
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_json_object_is_refused(standing: House, content: bytes) -> None:
    refused(await standing.http.post("/v1/sites", content=content), 400, "malformed-request")


@pytest.mark.parametrize("depth", [DEEPEST, 900])
async def test_what_lies_too_deep_is_refused_before_anybody_walks_into_it(served: House, depth: int) -> None:
    site = await served.post("/v1/sites", {"name": "A"})
    for opened, closed in ((b'{"a":', b"}"), (b"[", b"]")):
        content = b'{"name": ' + opened * depth + b"1" + closed * depth + b"}"
        for method, path in (("POST", "/v1/sites"), ("PATCH", f"/v1/sites/{site['id']}")):
            answer = await served.http.request(method, path, content=content)
            refused(answer, 400, "body-too-deep")


async def test_what_lies_as_deep_as_may_be_is_read(served: House) -> None:
    content = b'{"name": ' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"
    assert pointers(await served.http.post("/v1/sites", content=content)) == {"/name": "not-a-text"}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/merge-patch+json", None])
async def test_json_is_taken_under_each_of_its_names(served: House, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await served.http.post("/v1/sites", content=b'{"name": "A"}', headers=headers)
    assert answer.status_code == 201


async def test_a_stations_key_is_taken_and_never_shown(served: House) -> None:
    key = "0123456789abcdef"
    answer = await served.http.post("/v1/stations", json={"identity": "CP1", "authorization_key": key})
    seen = answer.text + (await served.http.get(answer.headers["location"])).text
    assert not {"authorization_key", "key_digest"} & set(answer.json())
    assert key not in seen


async def test_a_null_is_refused_where_nothing_may_be_set(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "A"})
    patch = {"tenant": None, "nonsense": None}
    answer = await served.http.patch(f"/v1/sites/{site['id']}", json=patch)
    assert pointers(answer) == {"/tenant": "read-only", "/nonsense": "unknown-field"}


async def test_what_is_said_once_is_not_changed(served: House) -> None:
    tenant = await served.post("/v1/tenants", {"name": "A", "kind": "test"})
    answer = await served.http.patch(f"/v1/tenants/{tenant['id']}", json={"kind": "live"})
    assert pointers(answer) == {"/kind": "read-only"}
