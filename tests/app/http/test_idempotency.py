"""Idempotency-Key: sent again, a request takes effect once and is answered as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import attrs
import pytest

from emobility_app.http.app import api
from emobility_app.upkeep import forget_answers
from emobility_core.tenancy import scope_of
from emobility_core.work import AlreadyTaken, Scope, StoredAnswer
from tests.app.http.bare import Bare
from tests.app.http.callers import Callers
from tests.app.http.house import House
from tests.app.http.kinds import KINDS, Kind, body_of
from tests.app.http.refusals import pointers, refused

KEY = {"Idempotency-Key": "b1946ac9"}
SITE = {"name": "A"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
async def test_a_creation_sent_again_is_answered_as_before(standing: House, kind: Kind) -> None:
    body, at = await body_of(standing, kind), f"/v1/{kind.path}"
    first = await standing.http.post(at, json=body, headers=KEY)
    again = await standing.http.post(at, json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    # A secret is shown once, so no answer that has one is kept.
    told = first.json() | ({"secret": None} if "secret" in again.json() else {})
    assert (again.json(), again.headers["location"], again.headers["etag"]) == (
        told,
        first.headers["location"],
        first.headers["etag"],
    )
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    listed = await standing.get(at, include_descendants="true")
    ours = [one for one in listed["data"] if one["id"] == first.json()["id"]]
    assert len(ours) == 1


async def test_a_key_is_taken_on_every_operation_that_creates(served: House) -> None:
    creating = {one.path for one in api() if one.method == "POST"}
    assert creating - {f"/v1/{kind.path}" for kind in KINDS} == {
        "/v1/adoptions",
        "/v1/charging-profiles",
        "/v1/composite-schedules",
        "/v1/commands",
        "/v1/configuration-checks",
        "/v1/local-lists",
        "/v1/account-maps",
        "/v1/posting-batches",
        "/v1/posting-batches/{id}/acknowledgements",
        "/v1/posting-batches/{id}/additions",
        "/v1/posting-batches/{id}/closings",
        "/v1/posting-batches/{id}/exports",
        "/v1/postings",
        "/v1/postings/{id}/documents",
        "/v1/posting-reversals",
        "/v1/repostings",
        "/v1/session-postings",
        "/v1/reservations",
        "/v1/tenant-moves",
        "/v1/certificate-authorities",
        "/v1/station-certificates/{id}/revocations",
        "/v1/doubts/{id}/resolutions",
        "/v1/sessions/{id}/resolutions",
        "/v1/api-clients/{id}/secrets",
        "/v1/erasures",
        "/v1/event-cursors",
        "/v1/exports",
        "/v1/imports",
        "/v1/personal-data-exports",
        "/v1/users/{id}/password-links",
        "/v1/simulations",
        "/v1/test-clocks",
        "/v1/test-clocks/{id}/advance",
        "/v1/webhook-deliveries/{id}/redeliveries",
        "/v1/webhook-endpoints/{id}/replays",
        "/v1/webhook-endpoints/{id}/secrets",
        "/v1/webhook-endpoints/{id}/tests",
    }
    named = [one.operation for one in api() if one.method == "POST" and "Idempotency-Key" not in one.headers]
    assert named == []


async def test_the_answer_stays_as_it_was_when_the_record_has_changed(served: House) -> None:
    first = await served.http.post("/v1/sites", json=SITE, headers=KEY)
    await served.http.patch(first.headers["location"], json={"name": "B"})
    again = await served.http.post("/v1/sites", json=SITE, headers=KEY)
    assert again.content == first.content


async def test_a_key_stands_for_one_request_only(served: House, callers: Callers) -> None:
    below = {"Emobility-Tenant": (await served.post("/v1/tenants", {"name": "Below"}))["id"]}
    await served.http.post("/v1/sites", json=SITE, headers=KEY)
    other_body = await served.http.post("/v1/sites", json={"name": "B"}, headers=KEY)
    other_tenant = await served.http.post("/v1/sites", json=SITE, headers=KEY | below)
    for answer in (other_body, other_tenant):
        refused(answer, 422, "idempotency-key-reused")
    other_path = await served.http.post("/v1/user-groups", json=SITE, headers=KEY)
    other_client = await (await callers.signed_in()).post("/v1/sites", json=SITE, headers=KEY)
    for answer in (other_path, other_client):
        assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (201, None)


async def test_the_same_key_on_another_object_is_another_request(served: House) -> None:
    async with served.station() as (_, line):
        for unknown in (998, 999):
            stop = {"transactionId": unknown, "meterStop": 1, "timestamp": served.ago(1), "idTag": "UNKNOWN"}
            await line.call("StopTransaction", stop)
    decision = {"action": "discard", "reason": "A test"}
    for doubt in (await served.get("/v1/doubts"))["data"]:
        path = f"/v1/doubts/{doubt['id']}/resolutions"
        for replayed in (None, "true"):
            answer = await served.http.post(path, json=decision, headers=KEY)
            assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (201, replayed)


@pytest.mark.parametrize("key", ["", "k" * 201, "tab\tin"])
async def test_a_key_that_is_none_is_refused(served: House, key: str) -> None:
    answer = await served.http.post("/v1/sites", json=SITE, headers={"Idempotency-Key": key})
    refused(answer, 400, "malformed-request")
    assert (await served.get("/v1/sites"))["data"] == []


async def test_what_was_refused_leaves_the_key_free(served: House) -> None:
    await served.post("/v1/stations", {"identity": "CP1"})
    taken = await served.http.post("/v1/stations", json={"identity": "CP1"}, headers=KEY)
    refused(taken, 409, "already-taken")
    assert pointers(await served.http.post("/v1/stations", json={}, headers=KEY)) == {
        "/identity": "missing-field"
    }
    made = await served.http.post("/v1/stations", json={"identity": "CP2"}, headers=KEY)
    assert (made.status_code, made.headers.get("idempotency-replayed")) == (201, None)


async def test_a_request_that_is_still_worked_on_is_not_begun_again(bare: Bare) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow(scope: Scope) -> AsyncIterator[Any]:
        async with bare.store.transactions(scope) as work:
            begun.set()
            await go_on.wait()
            yield work

    async with bare.http(transactions=slow) as http, asyncio.timeout(20):
        first = asyncio.create_task(http.post("/v1/sites", json=SITE, headers=KEY))
        await begun.wait()
        meanwhile = await http.post("/v1/sites", json=SITE, headers=KEY)
        refused(meanwhile, 409, "request-in-flight")
        assert meanwhile.headers["retry-after"] == "1"
        go_on.set()
        assert (await first).status_code == 201
        again = await http.post("/v1/sites", json=SITE, headers=KEY)
    assert (again.content, again.headers["idempotency-replayed"]) == ((await first).content, "true")


async def test_an_answer_is_given_again_for_seven_days(bare: Bare) -> None:
    everything = scope_of(bare.tenant, "tests")
    async with bare.http() as http:
        first = await http.post("/v1/sites", json=SITE, headers=KEY)
    ages = []
    for waited in (timedelta(days=7), timedelta(microseconds=1)):
        bare.clock.advance(waited)
        await forget_answers(bare.store.transactions, everything, bare.clock)
        async with bare.http() as http:
            again = await http.post("/v1/sites", json=SITE, headers=KEY)
        ages.append(again.content == first.content)
    assert ages == [True, False]


@attrs.frozen
class Quicker:
    """Another process stores its answer between our look and ours."""

    async def find(self, client: str, key: str) -> None:
        return None

    async def add(self, answer: StoredAnswer) -> None:
        raise AlreadyTaken("idempotency_key", answer.key)


async def test_of_two_processes_the_slower_leaves_nothing_and_is_told_to_come_again(bare: Bare) -> None:
    @asynccontextmanager
    async def raced(scope: Scope) -> AsyncIterator[Any]:
        async with bare.store.transactions(scope) as work:
            work.idempotency_keys = Quicker()  # type: ignore[assignment]
            yield work

    async with bare.http(transactions=raced) as http:
        answer = await http.post("/v1/sites", json=SITE, headers=KEY)
        refused(answer, 409, "request-in-flight")
        assert answer.headers["retry-after"] == "1"
        assert (await http.get("/v1/sites")).json()["data"] == []
