"""The client against a whole server: pages, versions, commands to their session, the feed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from emobility_app.clients import create_client
from emobility_app.store import opened, tenant_named
from emobility_client import Client, OperationFailed, OperationUnfinished, Problem
from emobility_core.identity import SCOPES
from emobility_core.tenancy import ROOT_NAME
from tests.app.http.house import CARD, House, house, template
from tests.client.scripted import Script, answer

__all__ = ["template"]
T = TypeVar("T")


@attrs.frozen
class Caller:
    """A house and a client of it; the client blocks, so it calls from a thread."""

    house: House
    api: Client

    async def does(self, work: Callable[[Client], T]) -> T:
        return await asyncio.to_thread(work, self.api)


@pytest.fixture
async def caller(template: Path, tmp_path: Path) -> AsyncIterator[Caller]:
    shutil.copy(template, tmp_path / "client.db")
    url = f"sqlite:///{tmp_path / 'client.db'}"
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        client = await create_client("erp", sorted(SCOPES), tenant=root, store=store)
    async with house(url) as served:
        api = Client(served.server.http_url, client.id, client.secret)
        try:
            yield Caller(served, api)
        finally:
            api.close()


async def test_pages_go_through_a_whole_list(caller: Caller) -> None:
    def work(api: Client) -> list[str]:
        for number in range(5):
            api.post("/v1/sites", {"name": f"Site {number}"})
        return [site["name"] for site in api.pages("/v1/sites", limit=2, kind=None)]

    assert await caller.does(work) == [f"Site {number}" for number in range(5)]


async def test_an_etag_guards_a_change(caller: Caller) -> None:
    def work(api: Client) -> None:
        made = api.post("/v1/sites", {"name": "North"})
        assert (made.status, made.location, made.replayed) == (201, f"/v1/sites/{made['id']}", False)
        changed = api.patch(f"/v1/sites/{made['id']}", {"name": "South"}, if_match=made.etag)
        assert changed["name"] == "South"
        with pytest.raises(Problem, match="412 precondition-failed"):
            api.patch(f"/v1/sites/{made['id']}", {"name": "West"}, if_match=made.etag)

    await caller.does(work)


async def test_stating_the_same_twice_changes_nothing(caller: Caller) -> None:
    def work(api: Client) -> None:
        stated = {"name": "Ada Lovelace"}
        first = api.put("/v1/customers/by-external-id/sap/4711", stated)
        again = api.put("/v1/customers/by-external-id/sap/4711", stated)
        assert (first.status, again.status, again["changed"]) == (201, 200, False)

    await caller.does(work)


async def test_a_command_is_followed_to_its_session(caller: Caller) -> None:
    served = caller.house
    await served.add_card()
    async with served.station() as (station, line):
        order = {"type": "remote_start", "station": station["id"], "id_tag": CARD, "connector": 1}
        asked = await caller.does(lambda api: api.post("/v1/commands", order))
        waiting = asyncio.create_task(caller.does(lambda api: api.wait(asked)))
        _, id, *_ = await line.hear()
        await line.say([3, id, {"status": "Accepted"}])
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(0)}
        await line.call("StartTransaction", start)
        done = await waiting
    session = await caller.does(lambda api: api.get(f"/v1/sessions/{done['result']['session']}"))
    assert session["station"] == station["id"]


async def test_events_come_once_and_the_server_keeps_the_place(caller: Caller) -> None:
    def new(api: Client) -> list[str]:
        found = api.events(cursor_name="erp", types=["site.created"], follow=False)
        return [event["subject"] for event in found]

    async def made(name: str) -> str:
        site = await caller.does(lambda api: api.post("/v1/sites", {"name": name}))
        await caller.house.heard("site.created", after=cursor)
        return str(site["id"])

    cursor = "pos_0"
    north = await made("North")
    assert await caller.does(new) == [north]
    cursor = (await caller.house.get("/v1/events"))["next_cursor"]
    south = await made("South")
    assert await caller.does(new) == [south]


RUNNING = {"id": "op_1", "kind": "import", "status": "running", "progress": {"done": 1, "total": 3}}


def test_work_that_fails_is_raised_with_its_reason() -> None:
    failed = RUNNING | {"status": "failed", "error": "station-offline"}
    heard: list[tuple[int, int]] = []
    script = Script(answer(200, RUNNING), answer(200, failed))
    with script.client() as api, pytest.raises(OperationFailed, match="op_1 failed: station-offline"):
        api.wait("op_1", progress=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (1, 3)]
    assert [request.headers["prefer"] for request in script.asked] == ["wait=20", "wait=20"]


def test_work_that_takes_longer_than_the_caller_waits_is_told() -> None:
    times = iter([0.0, 0.0, 20.0, 30.0])
    script = Script(*(answer(200, RUNNING) for _ in range(3)))
    with script.client() as api, pytest.raises(OperationUnfinished, match="op_1 stands at 1 of 3"):
        api.wait("op_1", timeout_s=30, monotonic=lambda: next(times))
    assert [request.headers["prefer"] for request in script.asked] == ["wait=20", "wait=10", "wait=0"]


def test_the_place_in_the_feed_moves_only_when_a_page_was_dealt_with() -> None:
    page = {"data": [{"id": "evt_1"}, {"id": "evt_2"}], "next_cursor": "pos_2"}
    script = Script(answer(200, page), answer(201), answer(200, {"data": [], "next_cursor": "pos_2"}))
    with script.client() as api:
        events = api.events(cursor_name="erp", follow=False)
        assert [next(events)["id"], next(events)["id"]] == ["evt_1", "evt_2"]
        assert len(script.asked) == 1
        assert list(events) == []
    assert [request.url.path for request in script.asked] == [
        "/v1/events", "/v1/event-cursors", "/v1/events",
    ]  # fmt: skip
