"""Grants: another company does what it was let do with the stations named, and nothing besides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import httpx
import pytest

from emobility_app.http.app import api
from emobility_core.commands import CommandKind
from tests.app.http.callers import Callers
from tests.app.http.house import CARD, House, Json, told
from tests.app.http.objects import everything
from tests.app.http.refusals import pointers, refused

OWN_CARD = "TAKER1"
SHARED = [one for one in api() if one.shared]


@attrs.frozen
class Two:
    """The company of the house gives, another one takes: `http` is its client. Of two stations, each with
    two sessions, the first is granted; one session there is of a card of the taker's own."""

    served: House
    taker: Json
    http: httpx.AsyncClient
    granted: Json
    other: Json

    async def give(self, *rights: str, **more: Any) -> Json:
        body = {"grantee": self.taker["id"], "rights": list(rights), "stations": [self.granted["id"]], **more}
        return await self.served.post("/v1/grants", body)

    async def get(self, path: str, grant: Json, **query: str) -> httpx.Response:
        return await self.http.get(path, params=query, headers={"Emobility-Grant": grant["id"]})

    async def command(self, grant: Json, key: str = "1", /, **body: Any) -> httpx.Response:
        headers = {"Emobility-Grant": grant["id"], "Idempotency-Key": key}
        return await self.http.post("/v1/commands", json=body, headers=headers)


@pytest.fixture
async def two(served: House, callers: Callers) -> Two:
    taker = await served.post("/v1/tenants", {"name": "Taker"})
    http = await callers.signed_in(tenant=taker["id"])
    await served.add_tariff()
    await served.add_card()
    assert (await http.post("/v1/tokens", json={"id_tag": OWN_CARD})).status_code == 201
    stations = []
    for identity in ("GRANTED", "OTHER"):
        async with served.station(identity) as (station, line):
            for connector, tag in ((1, CARD), (2, OWN_CARD)):
                start = {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": served.ago(9)}
                number = (await line.call("StartTransaction", start))["transactionId"]
                stop = {"transactionId": number, "meterStop": 900, "timestamp": served.ago(1)}
                await line.call("StopTransaction", stop)
        stations.append(station)
    return Two(served, taker, http, *stations)


async def test_who_may_see_reads_the_stations_named_and_their_sessions(two: Two) -> None:
    grant = await two.give("see")
    stations = (await two.get("/v1/stations", grant)).json()["data"]
    assert [one["id"] for one in stations] == [two.granted["id"]]
    assert stations[0]["tenant"] == two.granted["tenant"]
    sessions = (await two.get("/v1/sessions", grant)).json()["data"]
    assert {one["station"] for one in sessions} == {two.granted["id"]}
    assert len(sessions) == 2
    assert (await two.get(f"/v1/sessions/{sessions[0]['id']}/readings", grant)).status_code == 200
    # Without the header a caller acts for its own company.
    assert (await two.http.get("/v1/stations")).json()["data"] == []


async def test_what_is_not_granted_cannot_be_guessed(two: Two) -> None:
    grant = await two.give("see")
    theirs = (await two.served.get("/v1/sessions", station=two.other["id"]))["data"][0]
    refused(await two.get(f"/v1/stations/{two.other['id']}", grant), 404, "unknown-station")
    refused(await two.get(f"/v1/sessions/{theirs['id']}", grant), 404, "unknown-session")
    refused(await two.get(f"/v1/sessions/{theirs['id']}/readings", grant), 404, "unknown-session")
    for query in ({"station": two.other["id"]}, {"station": two.other["id"], "include_descendants": "true"}):
        found = (await two.get("/v1/sessions", grant, **query)).json()["data"]
        assert two.other["id"] not in {one["station"] for one in found}
    by_name = await two.get("/v1/stations", grant, identity="OTHER")
    assert by_name.json()["data"] == []


async def test_tokens_are_pseudonyms_but_for_the_own_ones(two: Two) -> None:
    grant = await two.give("see")
    sessions = (await two.get("/v1/sessions", grant)).json()["data"]
    own = next(one for one in sessions if one["id_tag"] == OWN_CARD)
    (foreign,) = (one for one in sessions if one is not own)
    assert own["token"] is not None
    assert foreign["id_tag"].startswith("anon-")
    assert CARD not in str(foreign)
    assert (foreign["token"], foreign["customer"], foreign["contract"]) == (None, None, None)
    single = (await two.get(f"/v1/sessions/{foreign['id']}", grant)).json()
    assert single["id_tag"] == foreign["id_tag"]


async def test_what_a_session_costs_is_shown_to_those_who_bill_it_alone(two: Two) -> None:
    await two.served.heard("session.rated")
    seeing, billing = await two.give("see"), await two.give("bill")
    seen = (await two.get("/v1/sessions", seeing)).json()["data"]
    assert {one["cost"] for one in seen} == {None}
    while True:
        billed = (await two.get("/v1/sessions", billing)).json()["data"]
        if all(one["cost"] for one in billed):
            break
    assert all(one["cost"]["lines"] for one in billed)
    refused(await two.get("/v1/stations", billing), 403, "grant-refused")


async def test_who_may_operate_commands_the_stations_named_and_follows_the_own_commands(two: Two) -> None:
    grant = await two.give("operate")
    asked = await two.command(grant, type="reset", station=two.granted["id"])
    assert asked.status_code == 202, asked.text
    command = asked.json()
    assert (await two.get(f"/v1/commands/{command['id']}", grant)).json()["id"] == command["id"]
    followed = await two.get(f"/v1/operations/{command['operation']}", grant)
    assert followed.status_code == 200
    elsewhere = await two.command(grant, "2", type="reset", station=two.other["id"])
    refused(elsewhere, 404, "unknown-station")
    own = (await two.served.command("3", type="reset", station=two.granted["id"])).json()
    refused(await two.get(f"/v1/commands/{own['id']}", grant), 404, "unknown-command")
    refused(await two.get(f"/v1/operations/{own['operation']}", grant), 404, "unknown-operation")
    assert [one["id"] for one in (await two.get("/v1/commands", grant)).json()["data"]] == [command["id"]]
    # Whose station it is sees what was asked of it.
    assert (await two.served.get(f"/v1/commands/{command['id']}"))["station"] == two.granted["id"]


OPERATION = {
    "cancel_reservation", "change_availability", "clear_charging_profile", "get_composite_schedule",
    "remote_start", "remote_stop", "reserve_now", "reset", "set_charging_profile", "trigger_message",
    "unlock_connector",
}  # fmt: skip


async def test_who_may_operate_a_station_does_not_set_it_up(two: Two) -> None:
    """Keys, certificates, configuration, software, lists and logs are its company's."""
    grant = await two.give("use", "see", "operate", "bill")
    for kind in CommandKind:
        answer = await two.command(grant, kind.value, type=kind.value, station=two.granted["id"], beside=1)
        if kind.value in OPERATION:
            refused(answer, 422, "malformed-body")
        else:
            assert kind.value in refused(answer, 403, "grant-refused")["fields"]["reason"]


async def test_cards_of_others_are_refused_in_one_way_whatever_they_are(two: Two) -> None:
    grant = await two.give("use", "operate")
    await two.served.add_card("BLOCKED1", blocked=True)
    await two.served.add_card("OVER1", validity={"until": two.served.ago(60)})
    refusals = []
    for number, tag in enumerate((CARD, "BLOCKED1", "OVER1", "NOBODY1")):
        for kind in ("remote_start", "reserve_now"):
            order = {"type": kind, "station": two.granted["id"], "connector": 1, "id_tag": tag}
            if kind == "reserve_now":
                order |= {"reservation": 1, "expires_at": two.served.ago(-60)}
            answer = await two.command(grant, f"{number} {kind}", **order)
            refusals.append(refused(answer, 403, "token-refused")["fields"] | {"id_tag": ""})
    assert refusals == [{"id_tag": "", "status": "Invalid"}] * 8
    token = (await two.served.get("/v1/tokens", id_tag=CARD))["data"][0]["id"]
    for named in (token, "tok_" + "0" * 26):
        answer = await two.command(grant, named, type="remote_start", station=two.granted["id"], token=named)
        assert pointers(answer) == {"/token": "unknown-token"}


async def test_who_may_operate_starts_with_its_own_cards_and_the_station_s_side_sees_a_pseudonym(
    served: House, callers: Callers
) -> None:
    giver, taker = [(await served.post("/v1/tenants", {"name": name}))["id"] for name in ("Giver", "Taker")]
    giving, taking = await callers.signed_in(tenant=giver), await callers.signed_in(tenant=taker)
    station = (await giving.post("/v1/stations", json={"identity": "CP1"})).json()["id"]
    token = (await taking.post("/v1/tokens", json={"id_tag": OWN_CARD})).json()["id"]
    body = {"grantee": taker, "rights": ["operate"], "stations": [station]}
    grant = (await giving.post("/v1/grants", json=body)).json()["id"]

    async def start(key: str, **named: str) -> httpx.Response:
        headers = {"Emobility-Grant": grant, "Idempotency-Key": key}
        order = {"type": "remote_start", "station": station, **named}
        return await taking.post("/v1/commands", json=order, headers=headers)

    # Its cards do not charge there yet.
    refused(await start("1", token=token), 403, "token-refused")
    await giving.patch(f"/v1/grants/{grant}", json={"rights": ["operate", "use"]})
    for key, named in (("2", {"token": token}), ("3", {"id_tag": OWN_CARD})):
        asked = await start(key, **named)
        assert asked.status_code == 202, asked.text
        assert asked.json()["order"]["id_tag"] == OWN_CARD
        path = f"/v1/commands/{asked.json()['id']}"
        for shown in ((await giving.get(path)).json(), (await giving.get("/v1/commands")).json()):
            assert OWN_CARD not in str(shown)
            assert "anon-" in str(shown)
        for log in ("/v1/audit-entries", "/v1/audit-chain"):
            assert OWN_CARD not in (await giving.get(log)).text
        # The company above both sees both.
        assert (await served.get(path))["order"]["id_tag"] == OWN_CARD
        seen = await taking.get(path, headers={"Emobility-Grant": grant})
        assert seen.json()["order"]["id_tag"] == OWN_CARD


async def test_a_reservation_is_shared_with_the_group_of_the_own_card_alone(two: Two) -> None:
    grant = await two.give("use", "operate")
    card = {"id_tag": "GROUPED1", "parent": "GROUP1"}
    assert (await two.http.post("/v1/tokens", json=card)).status_code == 201
    order = {"station": two.granted["id"], "connector": 1, "id_tag": "GROUPED1", "reservation": 1}
    order |= {"type": "reserve_now", "expires_at": two.served.ago(-60)}
    refused(await two.command(grant, "1", **order, parent="GROUP2"), 403, "token-refused")
    # No station is there to be asked: the order itself was taken.
    assert (await two.command(grant, "2", **order, parent="group1")).status_code == 202


async def test_a_right_that_nobody_named_could_have_is_not_given(two: Two) -> None:
    group = (await two.http.post("/v1/user-groups", json={"name": "Drivers"})).json()["id"]
    body = {"grantee": two.taker["id"], "stations": [two.granted["id"]]}
    actors, groups = {"actors": ["subject:erika"]}, {"user_groups": [group]}
    for rights, named, wrong in (
        (["use", "see"], groups, "see"),
        (["use", "see"], actors, "use"),
        (["operate"], groups, "operate"),
    ):
        answer = await two.served.http.post("/v1/grants", json={**body, "rights": rights, **named})
        assert refused(answer, 422, "right-for-nobody")["fields"] == {"right": wrong}
    given = await two.give("use", "see", **actors, **groups)
    answer = await two.served.http.patch(f"/v1/grants/{given['id']}", json={"actors": []})
    refused(answer, 422, "right-for-nobody")


async def test_a_closed_company_only_reads_under_a_grant(two: Two) -> None:
    grant = await two.give("see", "operate")
    closed = await two.served.http.patch(f"/v1/tenants/{two.taker['id']}", json={"closed": True})
    assert closed.status_code == 200
    reset = await two.command(grant, type="reset", station=two.granted["id"])
    refused(reset, 409, "tenant-closed")
    assert (await two.get("/v1/stations", grant)).status_code == 200


async def test_nothing_is_looked_for_by_what_is_disguised(two: Two) -> None:
    grant = await two.give("see", "bill")
    theirs = next(one for one in (await two.served.get("/v1/sessions"))["data"] if one["id_tag"] == CARD)
    for query in ({"token": theirs["token"]}, {"customer": "cus_" + "0" * 26}):
        refused(await two.get("/v1/sessions", grant, **query), 403, "grant-refused")
    refused(await two.get("/v1/stations", grant, external_id="sap:7"), 403, "grant-refused")


async def test_a_station_is_shown_without_what_its_company_alone_needs(two: Two) -> None:
    grant = await two.give("see")
    path = f"/v1/stations/{two.granted['id']}"
    await two.served.http.patch(path, json={"external_ids": {"sap": "7"}})
    own = await two.served.get(path)
    assert (own["external_ids"], own["boot"]["vendor"]) == ({"sap": "7"}, "V")
    (listed,) = (await two.get("/v1/stations", grant)).json()["data"]
    sessions = (await two.get("/v1/sessions", grant, expand="station")).json()["data"]
    expanded = sessions[0]["expanded"]["station"]
    for seen in (listed, (await two.get(path, grant)).json(), expanded):
        assert (seen["external_ids"], seen["boot"], seen["traffic"]) == ({}, None, [])
        assert (seen["identity"], len(seen["connectors"])) == (own["identity"], len(own["connectors"]))


async def test_a_grant_opens_nothing_beyond_its_rights(two: Two) -> None:
    grant = await two.give("use")
    for path in ("/v1/stations", "/v1/sessions", "/v1/commands"):
        refused(await two.get(path, grant), 403, "grant-refused")
    seeing = await two.give("see")
    command = await two.command(seeing, type="reset", station=two.granted["id"])
    refused(command, 403, "grant-refused")


async def test_no_operation_is_opened_by_a_grant_but_those_that_are_marked(two: Two) -> None:
    grant = await two.give("use", "see", "operate", "bill")
    headers = {"Emobility-Grant": grant["id"], "Idempotency-Key": "1", "If-Match": "*"}
    marked = {one.operation for one in SHARED}
    assert marked == {
        "stations_list", "stations_get", "sessions_list", "sessions_get", "sessions_readings",
        "commands_create", "commands_list", "commands_get", "operations_get", "operations_watch",
    }  # fmt: skip
    for one in api():
        if one.operation not in marked:
            path = one.path.replace("{id}", f"{one.names}_{'0' * 26}")
            answer = await two.http.request(one.method, path, headers=headers)
            refused(answer, 403, "grant-refused")


async def test_under_a_grant_no_object_exists_but_of_its_stations(served: House, callers: Callers) -> None:
    found = await everything(served)
    taker = await served.post("/v1/tenants", {"name": "Another"})
    http = await callers.signed_in(tenant=taker["id"])
    lonely = await served.post("/v1/stations", {"identity": "LONELY"})
    body = {"grantee": taker["id"], "rights": ["see", "operate", "bill"], "stations": [lonely["id"]]}
    grant = await served.post("/v1/grants", body)
    headers = {"Emobility-Grant": grant["id"]}
    for one in SHARED:
        if "{id}" in one.path:
            path = one.path.replace("{id}", found[one.names]["id"])
            answer = await http.request(one.method, path, headers=headers)
            refused(answer, 404, answer.json()["code"])
        elif one.method == "GET":
            for query in ({}, {"include_descendants": "true"}):
                listed = (await http.get(one.path, params=query, headers=headers)).json()["data"]
                assert {row["id"] for row in listed} <= {lonely["id"]}, one.operation


async def test_what_stands_beside_is_shown_of_granted_stations_alone(two: Two) -> None:
    grant = await two.give("see")
    site = await two.served.post("/v1/sites", {"name": "Here"})
    await two.served.http.patch(f"/v1/stations/{two.granted['id']}", json={"site": site["id"]})
    (station,) = (await two.get("/v1/stations", grant, expand="site")).json()["data"]
    assert station["expanded"] == {"site": None}
    sessions = (await two.get("/v1/sessions", grant, expand="station,token")).json()["data"]
    assert {one["expanded"]["station"]["id"] for one in sessions} == {two.granted["id"]}
    assert {one["expanded"]["token"] for one in sessions} == {None}


async def test_a_grant_counts_from_until_and_no_longer_once_it_is_revoked(two: Two) -> None:
    now = two.served.server.clock.now()
    later = await two.give("see", validity={"since": told(now + timedelta(hours=1))})
    over = await two.give("see", validity={"until": told(now - timedelta(hours=1))})
    for grant in (later, over):
        refused(await two.get("/v1/stations", grant), 403, "grant-refused")
    grant = await two.give("see")
    assert (await two.get("/v1/stations", grant)).status_code == 200
    assert (await two.served.http.delete(f"/v1/grants/{grant['id']}")).json()["revoked_at"]
    refused(await two.get("/v1/stations", grant), 403, "grant-refused")
    refused(await two.served.http.delete(f"/v1/grants/{grant['id']}"), 409, "grant-over")
    refused(await two.served.http.patch(f"/v1/grants/{grant['id']}", json={}), 409, "grant-over")


async def test_a_grant_of_others_does_not_exist(two: Two, callers: Callers) -> None:
    grant = await two.give("see")
    stranger = await two.served.post("/v1/tenants", {"name": "Stranger"})
    http = await callers.signed_in(tenant=stranger["id"])
    headers = {"Emobility-Grant": grant["id"]}
    refused(await http.get("/v1/stations", headers=headers), 404, "unknown-grant")
    refused(await http.get(f"/v1/grants/{grant['id']}"), 404, "unknown-grant")
    assert (await http.get("/v1/grants", params={"received": "true"})).json()["data"] == []
    unknown = {"Emobility-Grant": "gra_" + "0" * 26}
    refused(await http.get("/v1/stations", headers=unknown), 404, "unknown-grant")
    for text in ("", "gra_1", two.granted["id"]):
        malformed = {"Emobility-Grant": text}
        refused(await http.get("/v1/stations", headers=malformed), 400, "malformed-request")


async def test_both_sides_list_a_grant_and_the_giving_one_alone_changes_it(two: Two) -> None:
    grant = await two.give("see", external_ids={"sap": "7"})
    (received,) = (await two.http.get("/v1/grants", params={"received": "true"})).json()["data"]
    assert received["id"] == grant["id"]
    assert received["external_ids"] == {}
    assert (await two.http.get(f"/v1/grants/{grant['id']}")).json()["rights"] == ["see"]
    assert (await two.http.get("/v1/grants")).json()["data"] == []
    change = {"rights": ["see", "operate"]}
    refused(await two.http.patch(f"/v1/grants/{grant['id']}", json=change), 404, "unknown-grant")
    refused(await two.http.delete(f"/v1/grants/{grant['id']}"), 404, "unknown-grant")
    assert (await two.served.http.patch(f"/v1/grants/{grant['id']}", json=change)).status_code == 200


async def test_nobody_grants_what_they_do_not_hold(two: Two, callers: Callers) -> None:
    http = await callers.signed_in("grants:read", "grants:write", "stations:read", "sessions:read")
    body = {"grantee": two.taker["id"], "rights": ["see"], "stations": [two.granted["id"]]}
    made = await http.post("/v1/grants", json=body)
    assert made.status_code == 201
    for rights in (["operate"], ["see", "use"]):
        refused(await http.post("/v1/grants", json=body | {"rights": rights}), 403, "permission-not-held")
        wider = await http.patch(f"/v1/grants/{made.json()['id']}", json={"rights": rights})
        refused(wider, 403, "permission-not-held")


async def test_a_grant_names_places_of_the_giving_company_and_another_company(two: Two) -> None:
    body = {"grantee": two.taker["id"], "rights": ["see"]}
    refused(await two.served.http.post("/v1/grants", json=body), 422, "malformed-body")
    unknown = body | {"stations": ["sta_" + "0" * 26]}
    answer = await two.served.http.post("/v1/grants", json=unknown)
    assert pointers(answer) == {"/stations/0": "unknown-station"}
    foreign = {"grantee": two.granted["tenant"], "rights": ["see"], "stations": [two.granted["id"]]}
    answer = await two.http.post("/v1/grants", json=foreign)
    assert pointers(answer) == {"/stations/0": "unknown-station"}
    own = body | {"grantee": two.granted["tenant"], "stations": [two.granted["id"]]}
    answer = await two.served.http.post("/v1/grants", json=own)
    assert pointers(answer) == {"/grantee": "not-another-company"}


async def test_a_key_and_a_cursor_lead_nowhere_under_another_grant(two: Two) -> None:
    grant, another = await two.give("see", "operate"), await two.give("see", "operate")
    reset = {"type": "reset", "station": two.granted["id"]}
    assert (await two.command(grant, "once", **reset)).status_code == 202
    refused(await two.command(another, "once", **reset), 422, "idempotency-key-reused")
    page = (await two.get("/v1/sessions", grant, limit="1")).json()
    further = await two.get("/v1/sessions", another, limit="1", cursor=page["next_cursor"])
    refused(further, 400, "cursor-refused")
    own = await two.http.get("/v1/sessions", params={"cursor": page["next_cursor"]})
    refused(own, 400, "cursor-refused")


async def test_stations_that_join_what_is_named_are_granted_at_once(two: Two) -> None:
    site = await two.served.post("/v1/sites", {"name": "Here"})
    grant = await two.give("see", stations=[], sites=[site["id"]])
    assert (await two.get("/v1/stations", grant)).json()["data"] == []
    await two.served.http.patch(f"/v1/stations/{two.other['id']}", json={"site": site["id"]})
    (seen,) = (await two.get("/v1/stations", grant)).json()["data"]
    assert seen["id"] == two.other["id"]
    await two.served.http.patch(f"/v1/stations/{two.other['id']}", json={"site": None})
    assert (await two.get("/v1/stations", grant)).json()["data"] == []
