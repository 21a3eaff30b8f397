"""Lists of sessions: filtered, paged, and nothing hidden of what is doubtful."""

from __future__ import annotations

import pytest

from tests.app.http.house import CARD, House, Json

CLOCKLESS = "1970-01-01T00:00:40Z"


async def _sessions(served: House, *identities: str, timestamp: str | None = None) -> list[Json]:
    """A session of each station, ended; the last one runs."""
    stations, at = [], timestamp or served.ago(9)
    for identity in identities:
        async with served.station(identity) as (station, line):
            stations.append(station)
            start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": at}
            number = (await line.call("StartTransaction", start))["transactionId"]
            if identity != identities[-1]:
                stop = {"transactionId": number, "meterStop": 900, "timestamp": timestamp or served.ago(1)}
                await line.call("StopTransaction", stop)
    return stations


async def _listed(served: House, **parameters: str) -> list[str]:
    return [one["id"] for one in (await served.get("/v1/sessions", **parameters))["data"]]


async def test_pages_hold_every_session_once(served: House) -> None:
    await _sessions(served, "CP1", "CP2", "CP3", "CP4", "CP5")
    whole = await _listed(served)
    assert len(whole) == 5
    page = await served.http.get("/v1/sessions", params={"limit": "2"})
    found = []
    while True:
        found += [one["id"] for one in page.json()["data"]]
        if page.json()["next_cursor"] is None:
            break
        page = await served.http.get(page.url.join(page.links["next"]["url"]))
    assert found == whole
    assert "next" not in page.links


async def test_filters_choose_and_repeat_as_or(served: House) -> None:
    token = await served.add_card()
    stations = await _sessions(served, "CP1", "CP2", "CP3")
    first, second, third = await _listed(served)
    assert await _listed(served, station=stations[1]["id"]) == [second]
    both = await served.http.get("/v1/sessions", params={"station": [one["id"] for one in stations[1:]]})
    assert [one["id"] for one in both.json()["data"]] == [second, third]
    assert await _listed(served, status="active") == [third]
    assert await _listed(served, status="ended") == [first, second]
    assert await _listed(served, token=token["id"], status="ended", station=stations[0]["id"]) == [first]
    assert await _listed(served, station=stations[0]["id"], status="active") == []
    assert await _listed(served, updated_after="2100-01-01T00:00:00Z") == []
    assert len(await _listed(served, updated_after="2020-01-01T00:00:00Z")) == 3


@pytest.mark.parametrize(
    "query", ["state=active", "status=over", "station=CP1", "limit=x", "updated_after=now"]
)
async def test_a_filter_that_is_none_is_refused_rather_than_ignored(standing: House, query: str) -> None:
    answer = await standing.http.get(f"/v1/sessions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")


async def test_the_cursor_of_another_list_is_refused(served: House) -> None:
    await _sessions(served, "CP1", "CP2")
    cursor = (await served.get("/v1/sessions", limit="1"))["next_cursor"]
    [session, *_] = await _listed(served)
    answer = await served.http.get(f"/v1/sessions/{session}/readings", params={"cursor": cursor})
    assert answer.status_code == 400


async def test_what_is_doubtful_is_shown_and_holds_the_price(served: House) -> None:
    await served.add_card()
    await served.add_tariff()
    await _sessions(served, "CP1", "CP2", timestamp=CLOCKLESS)
    rated = await served.heard("session.rated")
    session = await served.get(f"/v1/sessions/{rated['subject']}")
    assert session["doubts"] == ["clock-not-trusted"]
    assert (session["started_reported"], session["ended_reported"]) == (CLOCKLESS, CLOCKLESS)
    assert (session["cost"]["status"], session["cost"]["billable"]) == ("held", False)
    assert session["cost"]["reasons"] == ["clock-not-trusted", "measurement-not-verified"]


async def test_a_card_that_nobody_knows_is_recorded_and_costs_nothing(served: House) -> None:
    await served.add_tariff()
    await _sessions(served, "CP1", "CP2")
    rated = await served.heard("session.rated")
    session = await served.get(f"/v1/sessions/{rated['subject']}")
    assert (session["authorization"], session["energy_kwh"], session["token"]) == ("Invalid", "0.900", None)
    assert session["cost"]["total"]["amount"] == "0.00"
    assert "not-authorized" in session["cost"]["reasons"]


async def test_a_stop_that_nobody_began_stands_on_the_worklist_with_its_session(served: House) -> None:
    async with served.station() as (station, line):
        lost = {"transactionId": 4711, "meterStop": 900, "timestamp": served.ago(1)}
        await line.call("StopTransaction", lost)
    [doubt] = (await served.get("/v1/doubts", station=station["id"]))["data"]
    assert (doubt["kind"], doubt["content"]) == ("stop-without-session", lost)
    session = await served.get(f"/v1/sessions/{doubt['session']}")
    assert (session["doubts"], session["energy_kwh"]) == (["start-missing"], None)
    assert await served.get(f"/v1/doubts/{doubt['id']}") == doubt


async def test_a_session_that_is_known_is_not_sent_again_until_it_changes(served: House) -> None:
    await served.add_card()
    async with served.station() as (_, line):
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(9)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        [id] = await _listed(served)
        known = await served.http.get(f"/v1/sessions/{id}")
        same = {"If-None-Match": known.headers["etag"]}
        assert (await served.http.get(f"/v1/sessions/{id}", headers=same)).status_code == 304
        stop = {"transactionId": number, "meterStop": 900, "timestamp": served.ago(1)}
        await line.call("StopTransaction", stop)
        assert (await served.http.get(f"/v1/sessions/{id}", headers=same)).status_code == 200
