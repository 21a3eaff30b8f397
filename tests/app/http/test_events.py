"""The polling feed: nothing is skipped, nothing comes twice, and whoever waits is woken."""

from __future__ import annotations

import asyncio

import pytest

from emobility_app.http.event_schemas import EVENT_DATA
from tests.app.http.house import House, Json
from tests.app.http.refusals import refused


async def _sites(served: House, *names: str, **headers: str) -> None:
    for name in names:
        answer = await served.http.post("/v1/sites", json={"name": name}, headers=headers)
        assert answer.status_code == 201, answer.text


async def _newest(served: House) -> str:
    """The cursor behind everything that has happened."""
    last = (await served.post("/v1/sites", {"name": "the last one so far"}))["id"]
    cursor = "pos_0"
    while True:
        feed = await served.get("/v1/events", after=cursor, wait="20")
        cursor = feed["next_cursor"]
        if any(event["subject"] == last for event in feed["data"]):
            return str(cursor)


async def test_pages_of_the_feed_hold_every_event_once_and_in_order(served: House) -> None:
    after = await _newest(served)
    await _sites(served, *"abcde")
    found: list[Json] = []
    while len(found) < 5:
        page = await served.get("/v1/events", after=after, limit="2", wait="20")
        assert 1 <= len(page["data"]) <= 2
        assert page["next_cursor"] == page["data"][-1]["cursor"]
        found, after = found + page["data"], page["next_cursor"]
    assert [event["type"] for event in found] == ["site.created"] * 5
    assert len({event["id"] for event in found}) == 5
    assert (await served.get("/v1/events", after=after)) == {"data": [], "next_cursor": after}


async def test_each_tenant_counts_its_own_events_without_gaps(served: House) -> None:
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    for number in range(3):
        await _sites(served, f"ours {number}")
        await _sites(served, f"theirs {number}", **{"Emobility-Tenant": below})
    await _newest(served)
    everything = (await served.get("/v1/events", include_descendants="true"))["data"]
    tenants = {event["tenant"] for event in everything}
    assert below in tenants
    for tenant in tenants:
        seqs = [event["seq"] for event in everything if event["tenant"] == tenant]
        assert seqs == list(range(1, len(seqs) + 1))
    theirs = await served.http.get("/v1/events", headers={"Emobility-Tenant": below})
    assert {event["tenant"] for event in theirs.json()["data"]} == {below}
    assert below not in {event["tenant"] for event in (await served.get("/v1/events"))["data"]}


async def test_types_choose_and_the_cursor_passes_what_was_not_chosen(served: House) -> None:
    await served.add_tariff()
    await served.add_card()
    newest = await _newest(served)
    chosen = (await served.get("/v1/events", types="token.created,tariff.published"))["data"]
    assert [event["type"] for event in chosen] == ["tariff.published", "token.created"]
    none = await served.get("/v1/events", types="session.rated", wait="1")
    assert none == {"data": [], "next_cursor": newest}


async def test_a_long_poll_sleeps_through_other_types_and_wakes_at_its_own(served: House) -> None:
    # From the very beginning: what lies behind already must not end the wait either.
    poll = asyncio.create_task(served.get("/v1/events", types="token.created", wait="30"))
    for _ in range(3):
        await _newest(served)
        assert not poll.done()
    card = await served.add_card()
    async with asyncio.timeout(10):
        feed = await poll
    assert [event["subject"] for event in feed["data"]] == [card["id"]]


async def test_a_wait_that_nothing_ends_is_answered_empty_with_the_same_cursor(served: House) -> None:
    after = await _newest(served)
    assert await served.get("/v1/events", after=after, wait="1") == {"data": [], "next_cursor": after}


async def test_a_wait_longer_than_the_longest_is_taken_as_that(served: House) -> None:
    await served.post("/v1/sites", {"name": "a"})
    assert (await served.get("/v1/events", wait="86400", limit="1"))["data"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/stream"])
@pytest.mark.parametrize(
    "types", ["session.exploded", "token.created,session.exploded", "", "token.created,"]
)
async def test_a_type_that_does_not_exist_is_refused_with_those_that_do(
    standing: House, path: str, types: str
) -> None:
    answer = await standing.http.get(path, params={"types": types})
    fields = refused(answer, 400, "unknown-event-type")["fields"]
    known = fields["known"].split(", ")
    if fields["unknown"]:
        assert known == [kind for kind in EVENT_DATA if kind.startswith("session.")]
    else:
        assert {f"{kind.partition('.')[0]}.*" for kind in EVENT_DATA} == set(known)
    assert fields["unknown"] == types.rpartition(",")[2]


@pytest.mark.parametrize(
    "query",
    [
        "after=junk", "after=5", "after=pos_-1", "after=pos_1_0", "after=pos_", "after=pos_0&after=pos_1",
        f"after=pos_{'f' * 16}", "limit=many", "limit=-1", "limit=0", "limit=501",
        "include_descendants=perhaps", "type=a.b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/stream"])
async def test_a_query_that_cannot_be_read_is_refused_before_anything_is_sent(
    standing: House, path: str, query: str
) -> None:
    answer = await standing.http.get(f"{path}?{query}")
    no_place = query.startswith("after=") and "&" not in query
    code = "cursor-refused" if no_place else "malformed-request"
    assert (answer.status_code, answer.json()["code"]) == (400, code)
