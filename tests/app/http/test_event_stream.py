"""Server-sent events: every event with its place, resumed where the line broke, ended with the server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import attrs
import httpx
import pytest
from jsonschema_rs import validator_for

from emobility_app.auth import Caller
from emobility_app.http.endpoint import Call
from emobility_app.http.event_schemas import EVENT
from emobility_app.http.events import ENDPOINTS
from emobility_core.testing.builders import TENANT
from emobility_core.testing.clock import FrozenClock
from emobility_core.work import FeedEntry
from tests.app.cli.child import once, started
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House, Json

WAIT_S = 20.0


@asynccontextmanager
async def _stream(served: House, **headers: str) -> AsyncIterator[AsyncIterator[Json]]:
    async with served.http.stream("GET", "/v1/events/stream", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith(":")
        yield _messages(lines)


async def _messages(lines: AsyncIterator[str]) -> AsyncIterator[Json]:
    message: Json = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line and name:
            message[name] = value
        elif message:
            yield message | {"data": json.loads(message["data"])}
            message = {}


async def _next(messages: AsyncIterator[Json]) -> Json:
    async with asyncio.timeout(WAIT_S):
        return await anext(messages)


async def test_what_happens_from_now_on_is_streamed_with_its_cursor(served: House) -> None:
    await served.add_card()
    await served.heard("token.created")
    async with _stream(served) as messages:
        for name in "ab":
            site = await served.post("/v1/sites", {"name": name})
            message = await _next(messages)
            assert (message["event"], message["data"]["subject"]) == ("site.created", site["id"])
            assert message["id"] == message["data"]["cursor"]
            validator_for(EVENT).validate(message["data"])


async def test_a_broken_stream_goes_on_behind_the_last_event_that_came(served: House) -> None:
    sites = [await served.post("/v1/sites", {"name": name}) for name in "abc"]
    came: list[Json] = []
    async with _stream(served, **{"Last-Event-ID": "pos_0"}) as messages:
        while not came or came[-1]["event"] != "site.created":
            came.append(await _next(messages))
    async with _stream(served, **{"Last-Event-ID": came[-1]["id"]}) as messages:
        rest = [await _next(messages) for _ in range(2)]
    subjects = [message["data"]["subject"] for message in [came[-1], *rest]]
    assert subjects == [site["id"] for site in sites]


@attrs.define
class QuietFeed:
    """Nothing for us; `others` says that somebody else's events come all the time."""

    others: bool
    closed: bool = False
    newest: int = 0

    async def last(self) -> int:
        self.newest += self.others
        return self.newest

    async def after(self, position: int, **_: Any) -> list[FeedEntry]:
        return []

    async def wait(self, position: int, *, timeout_s: float) -> None:
        await asyncio.sleep(0 if self.others else timeout_s)


async def _opened(feed: QuietFeed, clock: FrozenClock) -> AsyncIterator[str]:
    """The parts of a stream that was opened with a token of ten minutes."""

    expires = clock.now().timestamp() + 600
    caller = Caller(actor="client:cli_1", client="cli_1", tenant=TENANT, scopes=frozenset(), expires=expires)

    async def of(token: str) -> Caller:
        return caller

    access = SimpleNamespace(caller=of)
    services = cast("Any", SimpleNamespace(feed=feed, beat_s=0.02, clock=clock, access=access))
    call = Call(services=services, caller=caller, scope=cast("Any", None), clock=clock, method="GET", path={},
                query={}, headers={"authorization": "Bearer t"}, body=b"",
                operation="events_stream")  # fmt: skip
    (stream,) = (one for one in ENDPOINTS if one.operation == "events_stream")
    parts = (await stream.handle(call)).stream
    assert parts is not None
    return parts


async def test_a_stream_ends_with_the_token_that_opened_it() -> None:
    clock = FrozenClock()
    parts = await _opened(QuietFeed(others=True), clock)
    async with asyncio.timeout(WAIT_S):
        assert [await anext(parts) for _ in range(2)][1] == ": still here\n\n"
        clock.advance(timedelta(minutes=10))
        assert [part async for part in parts] in ([], [": still here\n\n"])


async def test_a_stream_ends_as_it_should_with_the_client_that_opened_it(
    served: House, callers: Callers
) -> None:
    client, http = await callers.client("events:read"), await callers.anybody()
    given = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
    http.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
    async with http.stream("GET", "/v1/events/stream") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == ": events follow"
        off = await served.http.patch(f"/v1/api-clients/{client.id}", json={"enabled": False})
        assert off.status_code == 200, off.text
        async with asyncio.timeout(WAIT_S):
            # httpx raises where a body is cut off.
            rest = [line async for line in lines]
    assert "event: api_client.created" not in rest


@pytest.mark.parametrize("others", [False, True])
async def test_a_silent_stream_says_that_it_is_still_there_until_the_feed_closes(others: bool) -> None:
    feed = QuietFeed(others)
    parts = await _opened(feed, FrozenClock())
    async with asyncio.timeout(WAIT_S):
        told = [await anext(parts) for _ in range(4)]
        assert told == [": events follow\n\n", *[": still here\n\n"] * 3]
        feed.closed = True
        assert [part async for part in parts] in ([], [": still here\n\n"])


@pytest.fixture
def streams(tmp_path: Path) -> Iterator[tuple[Any, httpx.Client]]:
    """A server as its own process, and a client that may read its events."""
    listen = ("--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0")
    with started("serve", *listen, "--json", folder=tmp_path) as server:
        made = json.loads(
            once("client", "create", "--scopes", "events:read", "--json", folder=tmp_path).stdout
        )
        with httpx.Client(base_url=server.ready["http_url"], timeout=WAIT_S) as http:
            form = {"grant_type": "client_credentials"}
            answer = http.post("/oauth/token", data=form, auth=(made["client_id"], made["client_secret"]))
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield server, http


@pytest.mark.slow
def test_a_server_told_to_stop_ends_its_streams_at_once(
    streams: tuple[Any, httpx.Client],
) -> None:
    server, http = streams
    with http.stream("GET", "/v1/events/stream") as first, http.stream("GET", "/v1/events/stream") as second:
        readers = [first.iter_lines(), second.iter_lines()]
        assert [next(lines) for lines in readers] == [": events follow"] * 2
        before = time.monotonic()
        code, errors = server.stop()
        took_s = time.monotonic() - before
        # The body ends as it should: httpx raises where a connection is merely cut.
        assert [[line for line in lines if line] for lines in readers] == [[], []]
    assert (code, errors) == (0, "")
    assert took_s < 2
