"""Webhooks over the API: made, tried, rotated, delivered again; verified by the library of the standard."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from emobility_app.http.webhooks import MOST_REPLAYED
from emobility_app.store import EVERYTHING
from emobility_core.ids import EventId, TenantId, parse_id, shown
from emobility_core.testing.builders import make_event
from tests.adapters.webhooks.receiver import Receiver, answer, receiving
from tests.app.http.bare import Bare
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused

AT, KEPT = "/v1/webhook-endpoints", "/v1/webhook-deliveries"
GOOD = {"url": "https://erp.example/hooks", "event_types": ["session.*"]}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def _made(served: House, receiver: Receiver, **fields: object) -> Json:
    return await served.post(AT, {"url": receiver.url, "event_types": ["site.*"], **fields})


async def _settled(served: House, state: str, count: int = 1, **filters: str) -> list[Json]:
    """Deliveries, once so many are in this state."""
    while True:
        found: list[Json] = (await served.get(KEPT, state=state, **filters))["data"]
        if len(found) >= count:
            return found


async def test_an_event_is_pushed_as_the_feed_shows_it_and_verified_by_the_library(
    served: House, receiver: Receiver
) -> None:
    endpoint = await _made(served, receiver)
    site = await served.post("/v1/sites", {"name": "North"})
    (message,) = await receiver.heard()
    verified = Webhook(endpoint["secret"]).verify(message.body, message.headers)
    assert verified == await served.heard("site.created")
    assert (verified["subject"], verified["id"]) == (site["id"], message.id)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(message.body.replace(b"North", b"South") + b" ", message.headers)
    (delivery,) = await _settled(served, "delivered")
    assert (delivery["endpoint"], delivery["event"]) == (endpoint["id"], message.id)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [204]


async def test_a_secret_is_shown_once_and_to_nobody_who_asks_again(served: House, receiver: Receiver) -> None:
    body, headers = {"url": receiver.url, "event_types": ["*"]}, {"Idempotency-Key": "once"}
    first, again = [await served.http.post(AT, json=body, headers=headers) for _ in range(2)]
    assert first.json()["secret"].startswith("whsec_")
    assert again.json() == first.json() | {"secret": None}
    assert again.headers["idempotency-replayed"] == "true"
    for seen in (await served.get(f"{AT}/{first.json()['id']}"), (await served.get(AT))["data"][0]):
        assert not {"secret", "previous_secret"} & seen.keys()


async def test_after_a_rotation_a_receiver_verifies_by_either_secret(
    served: House, receiver: Receiver
) -> None:
    endpoint = await _made(served, receiver)
    rotated = await served.post(f"{AT}/{endpoint['id']}/secrets", {"previous_valid_hours": 1})
    assert rotated["secret"] not in (None, endpoint["secret"])
    assert rotated["previous_secret_until"] is not None
    await served.post("/v1/sites", {"name": "North"})
    (message,) = await receiver.heard()
    for secret in (endpoint["secret"], rotated["secret"]):
        Webhook(secret).verify(message.body, message.headers)
    last = await served.post(f"{AT}/{endpoint['id']}/secrets", {"previous_valid_hours": 0})
    await served.post("/v1/sites", {"name": "South"})
    _, message = await receiver.heard(2)
    Webhook(last["secret"]).verify(message.body, message.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(rotated["secret"]).verify(message.body, message.headers)


async def test_an_endpoint_is_tried_by_an_event_for_it_alone(served: House, receiver: Receiver) -> None:
    endpoint = await _made(served, receiver)
    async with receiving() as other:
        await _made(served, other, event_types=["*"])
        asked = await served.http.post(f"{AT}/{endpoint['id']}/tests", json={})
        assert asked.status_code == 202
        (message,) = await receiver.heard()
        assert message.id == asked.json()["event"]
        assert Webhook(endpoint["secret"]).verify(message.body, message.headers)["type"].endswith(".tested")
        await served.post("/v1/sites", {"name": "North"})
        await receiver.heard(2)
        await _settled(served, "delivered", 2, endpoint=endpoint["id"])
        assert asked.json()["event"] not in {one.id for one in other.messages}


async def test_a_delivery_is_begun_again(served: House, receiver: Receiver) -> None:
    await _made(served, receiver)
    await served.post("/v1/sites", {"name": "North"})
    (delivery,) = await _settled(served, "delivered")
    again = await served.http.post(f"{KEPT}/{delivery['id']}/redeliveries", json={})
    assert (again.status_code, again.json()["state"], again.json()["tries"]) == (202, "pending", 0)
    first, second = await receiver.heard(2)
    assert (first.id, first.body) == (second.id, second.body)


async def test_the_events_of_a_time_are_delivered_again_page_by_page(
    served: House, receiver: Receiver
) -> None:
    server, root = served.server, TenantId(parse_id("ten", (await served.get("/v1/me"))["tenant"]))
    since, now = server.clock.now(), server.clock.now()
    # All of one millisecond, as an import makes them.
    events = [
        make_event(id=EventId(server.ids.uuid7(now)), tenant=root, at=now, type="site.created", data={})
        for _ in range(MOST_REPLAYED + 2)
    ]
    async with server.transactions(EVERYTHING) as work:
        work.outbox.publish(*events)
    cursor = "pos_0"
    for _ in range(0, len(events), 500):
        page = await served.get("/v1/events", after=cursor, types="site.created", wait="20", limit="500")
        cursor = page["next_cursor"]
    until = server.clock.now().isoformat()
    endpoint = await _made(served, receiver, event_types=["site.created"], enabled=False)
    own, body = f"{AT}/{endpoint['id']}", {"since": since.isoformat(), "until": until}
    refused(await served.http.post(f"{own}/replays", json=body), 409, "webhook-endpoint-disabled")
    await served.http.patch(own, json={"enabled": True})
    first = (await served.http.post(f"{own}/replays", json=body)).json()
    assert first == {"queued": MOST_REPLAYED, "next_after": shown("evt", events[MOST_REPLAYED - 1].id)}
    rest = await served.http.post(f"{own}/replays", json=body | {"after": first["next_after"]})
    assert rest.json() == {"queued": 2, "next_after": None}
    messages = await receiver.heard(3)
    assert {one.id for one in messages} <= {shown("evt", event.id) for event in events}
    Webhook(endpoint["secret"]).verify(messages[0].body, messages[0].headers)


async def test_an_endpoint_that_is_off_is_sent_nothing_and_asked_for_nothing(
    served: House, receiver: Receiver
) -> None:
    async with receiving(lambda _: answer(503)) as failing:
        endpoint = await _made(served, failing)
        await served.post("/v1/sites", {"name": "North"})
        await failing.heard()
        own = f"{AT}/{endpoint['id']}"
        off = await served.http.patch(own, json={"enabled": False})
    assert (off.json()["enabled"], off.json()["disabled_reason"]) == (False, "by_hand")
    (delivery,) = await _settled(served, "discarded")
    for path in (f"{KEPT}/{delivery['id']}/redeliveries", f"{own}/tests"):
        refused(await served.http.post(path, json={}), 409, "webhook-endpoint-disabled")
    on = await served.http.patch(own, json={"enabled": True, "url": receiver.url})
    assert (on.json()["enabled"], on.json()["disabled_reason"]) == (True, None)
    await served.http.post(f"{KEPT}/{delivery['id']}/redeliveries", json={})
    assert [one.id for one in await receiver.heard()] == [delivery["event"]]


async def test_a_removed_endpoint_is_gone_with_its_deliveries(served: House, receiver: Receiver) -> None:
    endpoint = await _made(served, receiver)
    await served.post("/v1/sites", {"name": "North"})
    await _settled(served, "delivered")
    assert (await served.http.delete(f"{AT}/{endpoint['id']}")).status_code == 200
    refused(await served.http.get(f"{AT}/{endpoint['id']}"), 404, "unknown-webhook-endpoint")
    assert (await served.get(KEPT))["data"] == []
    await served.heard("webhook_endpoint.removed")


async def test_a_tenant_is_sent_its_own_events_and_those_below_on_request(
    served: House, receiver: Receiver, callers: Callers
) -> None:
    below = await served.post("/v1/tenants", {"name": "Below"})
    theirs = await callers.signed_in(tenant=below["id"])
    async with receiving() as deep:
        await _made(served, receiver)
        await _made(served, deep, include_descendants=True)
        await theirs.post("/v1/sites", json={"name": "theirs"})
        ours = await served.post("/v1/sites", {"name": "ours"})
        await deep.heard(2)
        (message,) = await receiver.heard()
        assert ours["id"].encode() in message.body
    assert (await theirs.get(AT)).json()["data"] == (await theirs.get(KEPT)).json()["data"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "http://erp.example/"}, {"/url": "webhook-url-refused"}),
        ({"url": "https://127.0.0.1/"}, {"/url": "webhook-url-refused"}),
        ({"url": "https://[::ffff:10.0.0.1]/"}, {"/url": "webhook-url-refused"}),
        ({"url": "https://user@erp.example/"}, {"/url": "webhook-url-refused"}),
        ({"event_types": []}, {"/event_types": "malformed-subscription"}),
        ({"event_types": ["session"]}, {"/event_types": "malformed-subscription"}),
        ({"event_types": ["token.*", "sesion.*"]}, {"/event_types/1": "unknown-event-type"}),
        ({"event_types": ["session.begun"]}, {"/event_types/0": "unknown-event-type"}),
        ({"secret": "whsec_x"}, {"/secret": "read-only"}),
        ({"disabled_reason": "gone"}, {"/disabled_reason": "read-only"}),
    ],
)
async def test_what_cannot_be_an_endpoint_is_refused(bare: Bare, change: Json, told: dict[str, str]) -> None:
    async with bare.http() as http:
        assert pointers(await http.post(AT, json=GOOD | change)) == told
        made = (await http.post(AT, json=GOOD)).json()
        assert pointers(await http.patch(f"{AT}/{made['id']}", json=change)) == told


async def test_who_may_not_read_events_may_not_have_them_pushed(served: House, callers: Callers) -> None:
    http = await callers.signed_in("webhooks:write", "webhooks:read")
    answered = await http.post(AT, json=GOOD)
    assert refused(answered, 403, "missing-scope")["fields"] == {"scope": "events:read"}


async def test_a_tenant_has_so_many_endpoints_and_no_more(bare: Bare) -> None:
    async with bare.http() as http:
        statuses = [(await http.post(AT, json=GOOD)).status_code for _ in range(51)]
        assert statuses == [201] * 50 + [409]


@pytest.mark.parametrize("hours", [-1, 169])
async def test_the_secret_so_far_counts_for_a_week_at_most(bare: Bare, hours: int) -> None:
    async with bare.http() as http:
        made: httpx.Response = await http.post(AT, json=GOOD)
        answered = await http.post(f"{AT}/{made.json()['id']}/secrets", json={"previous_valid_hours": hours})
        assert pointers(answered) == {"/previous_valid_hours": "out-of-range"}
