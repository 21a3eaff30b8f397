"""The worklist of doubts: each has proposals, is resolved once, and what follows of it is right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.ocpp.wire import WireStation
from tests.app.http.house import CARD, House, Json
from tests.app.http.refusals import pointers, refused

SEEN = {"reason": "Seen on site"}


async def _start(served: House, line: WireStation, **changes: Any) -> int:
    start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(60), **changes}
    return int((await line.call("StartTransaction", start))["transactionId"])


async def _stray(served: House, line: WireStation, **changes: Any) -> Json:
    """A stop under a number that nobody gave, and the doubt that it makes."""
    stop = {"transactionId": 999, "meterStop": 900, "timestamp": served.ago(1), **changes}
    await line.call("StopTransaction", stop)
    found: Json = (await served.get("/v1/doubts", state="open"))["data"][-1]
    return found


async def _resolve(served: House, thing: Json | str, **body: Any) -> Json:
    id = thing if isinstance(thing, str) else thing["id"]
    kind = "doubts" if id.startswith("dbt") else "sessions"
    return await served.post(f"/v1/{kind}/{id}/resolutions", SEEN | body)


async def _rated(served: House, session: str, *, after: str = "pos_0") -> Json:
    """The session once it is priced again."""
    while True:
        feed = await served.get("/v1/events", types="session.rated", after=after, wait="20", limit="1")
        (event,) = feed["data"]
        after = event["cursor"]
        if event["subject"] == session:
            return await served.get(f"/v1/sessions/{session}")


async def _last(served: House) -> str:
    events = (await served.get("/v1/events", limit="500", include_descendants="true"))["data"]
    return str(events[-1]["cursor"])


async def test_a_stray_stop_is_attached_to_the_session_that_was_proposed(served: House) -> None:
    await served.add_card()
    await served.add_tariff()
    async with served.station() as (station, line):
        await _start(served, line)
        doubt = await _stray(served, line, idTag=CARD)
        [running] = (await served.get("/v1/sessions", status="active"))["data"]
        assert doubt["proposals"] == [
            {
                "session": running["id"],
                "why": ["runs", "same-tag", "began-before", "meter-fits", "only-one"],
            }
        ]
        assert doubt["actions"] == ["attach_to_session", "make_session", "accept_as_is", "discard"]
        before = await _last(served)
        made = await _resolve(served, doubt, action="attach_to_session", session=running["id"])
        session = await _rated(served, running["id"], after=before)
        # What the station says from here on meets the session as it is now.
        values = [{"timestamp": served.ago(0), "sampledValue": [{"value": "900"}]}]
        number = running["transaction_id"]
        await line.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
    assert (session["status"], session["energy_kwh"], session["doubts"]) == ("ended", "0.900", [])
    assert session["cost"]["status"] == "rated"
    assert made["by"].startswith("client:cli_")
    assert (made["reason"], made["station"]) == (SEEN["reason"], station["id"])
    resolved = await served.get(f"/v1/doubts/{doubt['id']}")
    assert (resolved["state"], resolved["resolution"]) == ("resolved", made["id"])
    assert (resolved["actions"], resolved["proposals"]) == ([], [])
    stray = await served.get(f"/v1/sessions/{doubt['session']}")
    assert (stray["discarded"], stray["doubts"]) == (True, [])
    event = await served.heard("doubt.resolved")
    assert (event["subject"], event["data"]["session"]) == (made["id"], running["id"])
    assert (await served.get("/v1/resolutions", report=doubt["id"]))["data"] == [made]


async def test_what_is_resolved_is_not_resolved_again(served: House) -> None:
    async with served.station() as (_, line):
        doubt = await _stray(served, line)
        await _resolve(served, doubt, action="discard")
    again = {"action": "discard", **SEEN}
    answer = await served.http.post(f"/v1/doubts/{doubt['id']}/resolutions", json=again)
    refused(answer, 409, "already-resolved")
    assert (await served.get("/v1/doubts", state="open"))["data"] == []


async def test_a_retry_under_its_key_resolves_once_and_only_its_own_doubt(served: House) -> None:
    async with served.station() as (_, line):
        first = await _stray(served, line)
        second = await _stray(served, line, transactionId=998)
    body, key = {"action": "discard", **SEEN}, {"Idempotency-Key": "k"}
    made = await served.http.post(f"/v1/doubts/{first['id']}/resolutions", json=body, headers=key)
    again = await served.http.post(f"/v1/doubts/{first['id']}/resolutions", json=body, headers=key)
    assert (made.status_code, again.content) == (201, made.content)
    other = await served.http.post(f"/v1/doubts/{second['id']}/resolutions", json=body, headers=key)
    # A key belongs to one path: this is another request.
    assert other.status_code == 201


async def test_a_stray_stop_becomes_a_whole_session(served: House) -> None:
    await served.add_card()
    await served.add_tariff()
    async with served.station() as (_, line):
        doubt = await _stray(served, line, idTag=CARD)
    lacking = await served.http.post(
        f"/v1/doubts/{doubt['id']}/resolutions", json={"action": "make_session", **SEEN}
    )
    assert pointers(lacking) == {"/started_at": "resolution-needs"}
    await _rated(served, doubt["session"])
    before = await _last(served)
    begun = {"started_at": served.ago(30), "meter_start_kwh": "0.4"}
    await _resolve(served, doubt, action="make_session", **begun)
    session = await _rated(served, doubt["session"], after=before)
    assert (session["energy_kwh"], session["authorization"]) == ("0.500", "Accepted")
    assert (session["cost"]["status"], session["doubts"]) == ("rated", [])
    assert session["doubts_resolved"] == ["start-missing"]


async def test_the_doubts_of_a_session_are_accepted_and_no_longer_hold_its_price(served: House) -> None:
    await served.add_card()
    await served.add_tariff()
    async with served.station() as (_, line):
        number = await _start(served, line, timestamp="1970-01-01T00:00:40Z")
        await line.call("StopTransaction", {"transactionId": number, "meterStop": 900})
    [doubtful] = (await served.get("/v1/sessions", in_doubt="true"))["data"]
    held = await _rated(served, doubtful["id"])
    assert held["cost"]["status"] == "held"
    before = await _last(served)
    await _resolve(served, doubtful, action="accept_as_is")
    session = await _rated(served, doubtful["id"], after=before)
    assert (session["cost"]["status"], session["cost"]["reasons"]) == ("rated", ["measurement-not-verified"])
    assert (session["doubts"], session["doubts_resolved"]) == ([], ["clock-not-trusted"])
    assert (await served.get("/v1/sessions", in_doubt="true"))["data"] == []
    answer = await served.http.post(
        f"/v1/sessions/{doubtful['id']}/resolutions", json={"action": "accept_as_is", **SEEN}
    )
    refused(answer, 409, "already-resolved")


async def test_a_session_is_corrected_and_priced_anew(served: House) -> None:
    await served.add_card()
    await served.add_tariff()
    async with served.station() as (_, line):
        number = await _start(served, line, meterStart=5000)
        stop = {"transactionId": number, "meterStop": 100, "timestamp": served.ago(1)}
        await line.call("StopTransaction", stop)
    [session] = (await served.get("/v1/sessions"))["data"]
    wrong = {"action": "correct", "meter_stop_kwh": "1", **SEEN}
    path = f"/v1/sessions/{session['id']}/resolutions"
    assert pointers(await served.http.post(path, json=wrong)) == {"/meter_stop_kwh": "correction-implausible"}
    early = {"action": "correct", "ended_at": served.ago(90), **SEEN}
    assert pointers(await served.http.post(path, json=early)) == {"/ended_at": "correction-implausible"}
    await _rated(served, session["id"])
    before = await _last(served)
    await _resolve(served, session, action="correct", meter_stop_kwh="17.25")
    corrected = await _rated(served, session["id"], after=before)
    assert (corrected["energy_kwh"], corrected["cost"]["status"]) == ("12.250", "rated")
    assert corrected["ended_reported"] == session["ended_reported"]


@pytest.mark.parametrize(
    ("action", "further"),
    [
        ("accept_as_is", {"meter_stop_kwh": "17.25"}),
        ("correct", {"id_tag": CARD, "meter_stop_kwh": "17.25"}),
        ("discard", {"ended_at": "2026-06-10T12:00:00Z"}),
    ],
)
async def test_what_an_action_would_leave_unheeded_is_refused(
    served: House, action: str, further: dict[str, str]
) -> None:
    async with served.station() as (_, line):
        number = await _start(served, line, meterStart=5000)
        stop = {"transactionId": number, "meterStop": 100, "timestamp": served.ago(1)}
        await line.call("StopTransaction", stop)
    [session] = (await served.get("/v1/sessions"))["data"]
    path = f"/v1/sessions/{session['id']}/resolutions"
    answer = await served.http.post(path, json={"action": action, **further, **SEEN})
    assert pointers(answer) == {"/action": "resolution-does-not-fit"}


async def test_a_running_session_cannot_be_resolved(served: House) -> None:
    async with served.station() as (_, line):
        await _start(served, line, timestamp="1970-01-01T00:00:40Z")
    [session] = (await served.get("/v1/sessions"))["data"]
    path = f"/v1/sessions/{session['id']}/resolutions"
    refused(await served.http.post(path, json={"action": "discard", **SEEN}), 409, "session-still-runs")


@pytest.mark.parametrize("action", ["replay", "correct"])
async def test_an_action_that_does_not_fit_is_refused(served: House, action: str) -> None:
    async with served.station() as (_, line):
        doubt = await _stray(served, line)
    path = f"/v1/doubts/{doubt['id']}/resolutions"
    answer = await served.http.post(path, json={"action": action, **SEEN})
    assert pointers(answer) == {"/action": "resolution-does-not-fit"}
    answer = await served.http.post(
        f"/v1/sessions/{doubt['session']}/resolutions", json={"action": "accept_as_is", **SEEN}
    )
    assert pointers(answer) == {"/action": "resolution-does-not-fit"}


async def test_a_stop_is_not_attached_where_the_station_has_told_its_own(served: House) -> None:
    async with served.station() as (_, line):
        number = await _start(served, line)
        stop = {"transactionId": number, "meterStop": 800, "timestamp": served.ago(2)}
        await line.call("StopTransaction", stop)
        doubt = await _stray(served, line)
    [ended] = (await served.get("/v1/sessions", in_doubt="false"))["data"]
    path = f"/v1/doubts/{doubt['id']}/resolutions"
    body = {"action": "attach_to_session", **SEEN}
    answer = await served.http.post(path, json=body | {"session": ended["id"]})
    refused(answer, 409, "stop-known")
    assert pointers(await served.http.post(path, json=body)) == {"/session": "resolution-needs"}
    assert (await served.get(f"/v1/doubts/{doubt['id']}"))["state"] == "open"


async def test_a_mended_start_counts_once_under_the_number_that_its_station_was_told(served: House) -> None:
    await served.add_card()
    async with served.station() as (_, line):
        told = await line.call("StartTransaction", {"connectorId": 1, "meterStart": 0})
        [doubt] = (await served.get("/v1/doubts", kind="unreadable"))["data"]
        assert doubt["actions"] == ["replay", "discard"]
        path = f"/v1/doubts/{doubt['id']}/resolutions"
        answer = await served.http.post(path, json={"action": "replay", **SEEN})
        assert pointers(answer) == {"/payload": "still-unreadable"}
        assert (await served.get(f"/v1/doubts/{doubt['id']}"))["state"] == "open"
        mended = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(1)}
        await _resolve(served, doubt, action="replay", payload=mended)
        [session] = (await served.get("/v1/sessions"))["data"]
        assert session["transaction_id"] == told["transactionId"]
        stop = {"transactionId": told["transactionId"], "meterStop": 700, "timestamp": served.ago(0)}
        await line.call("StopTransaction", stop)
    [session] = (await served.get("/v1/sessions"))["data"]
    assert (session["energy_kwh"], session["doubts"]) == ("0.700", [])
    again = await served.http.post(path, json={"action": "replay", "payload": mended, **SEEN})
    refused(again, 409, "already-resolved")
