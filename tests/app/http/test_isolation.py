"""No id of another company leads anywhere: in a body, a filter, a header, a cursor or a key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from tests.app.http.bodies import body_for, query_for
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.objects import everything
from tests.app.http.refusals import refused

_ID = re.compile(r"\b[a-z]{2,3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
OPERATIONS = api()


@attrs.frozen
class Apart:
    """A house full of objects, and a company below it that holds every scope and owns nothing there."""

    served: House
    found: dict[str, Json]
    stranger: httpx.AsyncClient
    company: str


@pytest.fixture
async def apart(served: House, callers: Callers) -> Apart:
    found = await everything(served)
    company = (await served.post("/v1/tenants", {"name": "Other"}))["id"]
    return Apart(served, found, await callers.signed_in(tenant=company), company)


def _foreign(body: Any) -> bool:
    return _ID.search(json.dumps(body)) is not None


async def test_no_body_makes_use_of_a_foreign_object(apart: Apart) -> None:
    tried = 0
    for one in OPERATIONS:
        if one.takes is None or "{" in one.path or not _foreign(body := body_for(one, apart.found)):
            continue
        headers = {"Idempotency-Key": one.operation}
        answer = await apart.stranger.request(one.method, one.path, json=body, headers=headers)
        assert answer.status_code in (403, 404, 409, 422), (one.operation, answer.text)
        tried += 1
    assert tried > 10


def _filters() -> Iterator[tuple[Endpoint, str, str]]:
    """Each filter by ids, with the prefix of these."""
    for one in OPERATIONS:
        for name, parameter in one.query.items():
            pattern = parameter.schema.get("items", parameter.schema).get("pattern", "")
            if one.operation.endswith("_list") and (prefix := re.match(r"\^([a-z]+)_", pattern)):
                yield one, name, prefix[1]


async def test_no_filter_finds_a_foreign_object(apart: Apart) -> None:
    tried = 0
    for one, name, prefix in _filters():
        if prefix in apart.found:
            query = {name: apart.found[prefix]["id"], "include_descendants": "true"}
            answer = await apart.stranger.get(one.path, params=query)
            assert answer.status_code == 200, (one.operation, name)
            # Its own tenant names the one above.
            assert {row["tenant"] for row in answer.json()["data"]} <= {apart.company}, (one.operation, name)
            tried += 1
    assert tried > 10


@pytest.mark.parametrize(
    ("header", "prefix", "code"),
    [("Emobility-Tenant", "ten", "unknown-tenant"), ("Emobility-Grant", "gra", "unknown-grant")],
)
async def test_no_header_leads_to_a_foreign_tenant_or_grant(
    apart: Apart, header: str, prefix: str, code: str
) -> None:
    for one in OPERATIONS:
        if one.scope is None and prefix == "gra":
            continue
        path = one.path.replace("{id}", f"{one.names}_{'0' * 26}")
        headers = {header: apart.found[prefix]["id"]}
        answer = await apart.stranger.request(one.method, path, params=query_for(one), headers=headers)
        refused(answer, 404, code)


async def test_no_cursor_of_another_company_leads_on(apart: Apart) -> None:
    tried = 0
    for one in OPERATIONS:
        if one.operation.endswith("_list") and "cursor" in one.query and "{" not in one.path:
            query = {"limit": "1", "include_descendants": "true"}
            page = await apart.served.http.get(one.path, params=query)
            if page.status_code == 200 and (cursor := page.json().get("next_cursor")):
                further = await apart.stranger.get(one.path, params=query | {"cursor": cursor})
                refused(further, 400, "cursor-refused")
                tried += 1
    assert tried > 5


async def test_no_key_of_another_company_brings_back_its_answer(apart: Apart) -> None:
    headers, body = {"Idempotency-Key": "the same"}, {"name": "Here"}
    theirs = await apart.served.http.post("/v1/sites", json=body, headers=headers)
    ours = await apart.stranger.post("/v1/sites", json=body, headers=headers)
    assert (theirs.status_code, ours.status_code) == (201, 201)
    assert "idempotency-replayed" not in ours.headers
    assert ours.json()["tenant"] == apart.company
    assert ours.json()["id"] != theirs.json()["id"]
