"""Named cursors: a client goes on where it said that it has come to, and nobody else does."""

from __future__ import annotations

from emobility_core.work import FeedEntry
from tests.app.http.bare import Bare
from tests.app.http.callers import Callers
from tests.app.http.house import House
from tests.app.http.refusals import pointers, refused

AT = "/v1/event-cursors"


async def _sites(served: House, *names: str) -> None:
    for name in names:
        await served.post("/v1/sites", {"name": name})


async def test_a_client_goes_on_where_it_said_that_it_has_come_to(served: House) -> None:
    await _sites(served, *"abc")
    seen = await served.get("/v1/events", cursor_name="erp", types="site.created", wait="20", limit="1")
    again = await served.get("/v1/events", cursor_name="erp", types="site.created", limit="1")
    assert again["data"] == seen["data"], "what is not said to be dealt with comes again"
    kept = await served.http.post(AT, json={"name": "erp", "cursor": seen["next_cursor"]})
    assert (kept.status_code, kept.json()["cursor"]) == (200, seen["next_cursor"])
    rest: list[str] = []
    while len(rest) < 2:
        page = await served.get("/v1/events", cursor_name="erp", types="site.created", wait="20", limit="1")
        rest += [event["id"] for event in page["data"]]
        await served.http.post(AT, json={"name": "erp", "cursor": page["next_cursor"]})
    assert len({seen["data"][0]["id"], *rest}) == 3
    (listed,) = (await served.get(AT, name="erp"))["data"]
    assert listed["cursor"] == page["next_cursor"]


async def test_a_cursor_goes_back_only_if_that_is_wanted(served: House) -> None:
    await _sites(served, "a", "b")
    await served.heard("site.created")
    newest = (await served.get("/v1/events"))["next_cursor"]
    await served.http.post(AT, json={"name": "erp", "cursor": newest})
    back = {"name": "erp", "cursor": "pos_0"}
    refused(await served.http.post(AT, json=back), 409, "cursor-would-go-back")
    assert (await served.http.post(AT, json=back | {"rewind": True})).json()["cursor"] == "pos_0"


async def test_a_cursor_of_the_future_or_of_a_name_that_is_none_is_refused(served: House) -> None:
    ahead = await served.http.post(AT, json={"name": "erp", "cursor": "pos_fffffff"})
    refused(ahead, 400, "cursor-refused")
    refused(await served.http.post(AT, json={"name": "erp", "cursor": "7"}), 400, "cursor-refused")
    # As after a backup was restored: what happens up to there would be passed over in silence.
    for answer in (
        await served.http.get("/v1/events", params={"after": "pos_fffffff"}),
        await served.http.get("/v1/events/stream", params={"after": "pos_fffffff"}),
        await served.http.get("/v1/events/stream", headers={"Last-Event-ID": "pos_fffffff"}),
    ):
        refused(answer, 400, "cursor-refused")
    for name in ("", "a b", "x" * 65, "ü"):
        told = pointers(await served.http.post(AT, json={"name": name, "cursor": "pos_0"}))
        assert told == {"/name": "malformed-cursor-name"}
    both = await served.http.get("/v1/events", params={"cursor_name": "erp", "after": "pos_0"})
    refused(both, 400, "malformed-request")


async def test_a_cursor_of_another_server_that_has_heard_of_more_is_none_of_the_future(bare: Bare) -> None:
    class Behind:
        closed = False

        async def last(self) -> int:
            return 3

        async def newest(self) -> int:
            return 7

        async def after(self, position: int, **_: object) -> list[FeedEntry]:
            return []

    async with bare.http(feed=Behind()) as http:
        known = await http.get("/v1/events", params={"after": "pos_7"})
        assert (known.status_code, known.json()["next_cursor"]) == (200, "pos_7")
        refused(await http.get("/v1/events", params={"after": "pos_8"}), 400, "cursor-refused")


async def test_a_name_is_the_clients_own(served: House, callers: Callers) -> None:
    await _sites(served, "a")
    await served.heard("site.created")
    mine = (await served.http.post(AT, json={"name": "erp", "cursor": "pos_1"})).json()
    other = await callers.signed_in()
    assert (await other.get(AT)).json()["data"] == []
    refused(await other.get(f"{AT}/{mine['id']}"), 404, "unknown-event-cursor")
    refused(await other.delete(f"{AT}/{mine['id']}"), 404, "unknown-event-cursor")
    begun = (await other.get("/v1/events", params={"cursor_name": "erp", "limit": 1})).json()
    assert begun["data"][0]["cursor"] == "pos_1"
    assert (await served.http.delete(f"{AT}/{mine['id']}")).status_code == 200
    refused(await served.http.get(f"{AT}/{mine['id']}"), 404, "unknown-event-cursor")
