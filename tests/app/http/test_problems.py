"""Refusals of HTTP: one form for all of them, guarded like every answer, and none tells too much."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest
from litestar.exceptions import InternalServerException

from emobility_adapters.sql.engine import DatabaseUnavailable
from emobility_app.http.app import LONGEST_BODY
from emobility_app.problems import leaves
from emobility_app.wire import told_fields
from emobility_core.work import AlreadyTaken, Scope
from tests.app.http.bare import Bare
from tests.app.http.house import House
from tests.app.http.refusals import refused

GUARDS = {
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "",
}
NOBODY = {"Authorization": ""}
ONE = "sit_" + "0" * 26
PLAIN = {"Content-Type": "text/plain"}
REFUSALS: list[tuple[int, str, str, str, dict[str, Any]]] = [
    (400, "malformed-request", "POST", "/v1/sites", {"content": b"{"}),
    (400, "malformed-request", "GET", "/v1/sites?colour=red", {}),
    (400, "idempotency-key-required", "POST", "/v1/commands", {"json": {}}),
    (401, "unauthenticated", "GET", "/v1/sites", {"headers": NOBODY}),
    (404, "not-found", "GET", "/nowhere", {}),
    (404, "not-found", "GET", "/v1/sites/one/two/three", {"headers": NOBODY}),
    (404, "unknown-site", "GET", f"/v1/sites/{ONE}", {}),
    (404, "unknown-tenant", "GET", "/v1/sites", {"headers": {"Emobility-Tenant": "ten_" + "0" * 26}}),
    (405, "method-not-allowed", "DELETE", "/v1/sites", {}),
    (409, "already-taken", "POST", "/v1/stations", {"json": {"identity": "cp1"}}),
    (413, "body-too-large", "POST", "/v1/sites", {"content": b" " * (LONGEST_BODY + 1)}),
    (415, "unsupported-media-type", "POST", "/v1/sites", {"content": b"name=x", "headers": PLAIN}),
    (422, "malformed-body", "POST", "/v1/sites", {"json": {}}),
    (422, "malformed-id", "GET", "/v1/sites/one", {}),
]


@pytest.fixture
async def peopled(served: House) -> House:
    await served.post("/v1/stations", {"identity": "CP1"})
    return served


async def test_every_refusal_is_a_problem_document_whose_type_tells_the_remedy(peopled: House) -> None:
    seen = set()
    for status, code, method, path, request in REFUSALS:
        answer = await peopled.http.request(method, path, **request)
        problem = refused(answer, status, code)
        seen.add(problem["request_id"])
        page = await peopled.http.get(problem["type"])
        assert (page.status_code, "Remedy:" in page.text) == (200, True), problem["type"]
    assert len(seen) == len(REFUSALS)


async def test_every_answer_is_guarded(peopled: House) -> None:
    requests = [(method, path, request) for _, _, method, path, request in REFUSALS]
    requests += [
        (method, path, {})
        for method, path in [
            ("GET", "/"), ("GET", "/docs"), ("GET", "/docs/reference.js"), ("GET", "/openapi.json"),
            ("GET", "/problems"), ("GET", "/.well-known/jwks.json"), ("POST", "/oauth/token"),
            ("GET", "/v1/sites"), ("GET", "/v1/me"), ("OPTIONS", "/v1/sites"), ("HEAD", "/v1/sites"),
        ]
    ]  # fmt: skip
    for method, path, request in requests:
        answer = await peopled.http.request(method, path, **request)
        for name, value in GUARDS.items():
            assert answer.headers.get(name, "missing").startswith(value), (method, path, name)


async def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(served: House) -> None:
    answer = await served.http.delete("/v1/sites")
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("path", ["/problems", "/problems/already-taken"])
async def test_a_page_of_problems_fits_a_phone_and_leads_on(served: House, path: str) -> None:
    answer = await served.http.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for part in ('name="viewport"', 'href="/problems"', 'href="/docs"'):
        assert part in answer.text


async def test_a_name_that_is_nearly_right_is_told_which_was_meant(served: House) -> None:
    answer = await served.http.get("/v1/sites?limti=1")
    reason = refused(answer, 400, "malformed-request")["fields"]["reason"]
    assert reason == "unknown parameters: limti; did you mean 'limit'?"
    body = {"nmae": "Yard", "address": {"steet": "Hafen"}}
    answer = await served.http.post("/v1/sites", json=body)
    (flaw,) = refused(answer, 422, "malformed-body")["errors"]
    assert (flaw["pointer"], flaw["detail"]) == ("/nmae", "is not known here; did you mean 'name'?")
    answer = await served.http.post("/v1/sites", json={"name": "Yard", "address": {"steet": "Hafen"}})
    words = [flaw["detail"] for flaw in refused(answer, 422, "malformed-body")["errors"]]
    assert "is not known here; did you mean 'street'?" in words
    answer = await served.http.get("/v1/events?types=sesion.ended")
    assert refused(answer, 400, "unknown-event-type")["fields"]["nearest"] == "session.ended"


async def test_a_body_of_another_kind_is_told_which_is_taken(served: House) -> None:
    answer = await served.http.post("/v1/sites", content=b"name=x", headers=PLAIN)
    fields = refused(answer, 415, "unsupported-media-type")["fields"]
    assert fields == {"given": "text/plain", "taken": "application/json"}


async def test_the_list_of_problems_leads_to_each(served: House) -> None:
    page = (await served.http.get("/problems")).text
    for code in ("already-taken", "internal-error", "not-found", "unauthenticated", "unknown-site"):
        assert f'href="/problems/{code}"' in page
    stylesheet = re.search('rel="stylesheet" href="([^"]+)"', page)
    assert stylesheet is not None
    assert (await served.http.get(stylesheet[1])).headers["content-type"].startswith("text/css")
    refused(await served.http.get("/problems/no-such-code"), 404, "not-found")


def failing(error: Exception) -> Any:
    @asynccontextmanager
    async def transactions(_: Scope) -> AsyncIterator[None]:
        raise error
        yield

    return transactions


async def ask(bare: Bare, error: Exception) -> httpx.Response:
    async with bare.http(reading=failing(error)) as http:
        return await http.get("/v1/sites")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("secret: hunter2"), InternalServerException("secret: hunter2"), KeyError("hunter2")],
)
async def test_a_mistake_of_ours_is_told_to_the_log_and_not_to_the_caller(
    bare: Bare, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "emobility.http"):
        answer = await ask(bare, error)
    problem = refused(answer, 500, "internal-error")
    assert "hunter2" not in answer.text
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    (record,) = caplog.records
    assert problem["request_id"] in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


async def test_what_may_pass_says_when_to_try_again_but_not_what_stands_behind_the_server(bare: Bare) -> None:
    answer = await ask(bare, DatabaseUnavailable("postgresql://inside/ledger", "locked by hunter2"))
    refused(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "inside" not in answer.text
    assert "hunter2" not in answer.text


async def test_a_refusal_shows_its_facts(bare: Bare) -> None:
    problem = refused(await ask(bare, AlreadyTaken("identity", "CP1")), 409, "already-taken")
    assert problem["fields"] == {"field": "identity", "value": "CP1"}


async def test_a_refusal_shows_identifiers_as_the_caller_gave_them(peopled: House) -> None:
    answer = await peopled.http.get(f"/v1/sites/{ONE}")
    problem = refused(answer, 404, "unknown-site")
    assert problem["fields"] == {"site": ONE}
    assert ONE in problem["detail"]


def test_every_identifier_in_a_refusal_has_the_prefix_of_its_kind() -> None:
    bare_ids = []
    for leaf in leaves():
        fields = attrs.fields_dict(leaf) if attrs.has(leaf) else {}
        ids = {
            name: UUID(int=1) for name, field in fields.items() if str(field.type).endswith(("UUID", "Id"))
        }
        given = {name: ids.get(name, "text") for name in fields}
        shown_fields = told_fields(leaf(**given))
        bare_ids += [(leaf.code, name) for name in ids if shown_fields[name] == str(UUID(int=1))]
    # These two are told of records of any kind.
    assert sorted(bare_ids) == [("already-resolved", "id"), ("stale-write", "id")]
