"""What holds for every operation of the API, walked over the table of operations."""

from __future__ import annotations

from typing import Any

import requests

from emobility_app.http.app import api
from emobility_app.http.endpoint import Endpoint
from emobility_app.wire import LONGEST_TEXT
from tests.app.http.bodies import FILE, FILE_TYPE, body_for, query_for
from tests.app.http.inhabited import Inhabited

COUNTING = [one for one in api() if "count" in one.query]
SINGLE = [one for one in api() if one.method == "GET" and one.path.endswith("{id}") and one.gives is not None]
TAKING = [one for one in api() if one.takes is not None]
# What would be set for the caller's good by nobody but the server.
SERVERS_OWN = {
    "id": "sit_" + "0" * 26,
    "tenant": "ten_" + "0" * 26,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "version": 7,
}


def asked(inhabited: Inhabited, one: Endpoint, **given: Any) -> requests.Response:
    id = inhabited.objects[one.names]["id"] if one.names else ""
    path = one.path.replace("{id}", id).replace("{system}", "sap").replace("{external_id}", "4711")
    headers = {"If-Match": "*", "Idempotency-Key": one.operation, **given.pop("headers", {})}
    return inhabited.http.request(one.method, inhabited.url + path, headers=headers, **given)


def flaws(answer: requests.Response) -> dict[str, str]:
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed-body"), answer.text
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def test_every_single_object_has_a_strong_etag_and_is_not_sent_again(inhabited: Inhabited) -> None:
    assert len(SINGLE) > 25
    for one in SINGLE:
        tag = asked(inhabited, one).headers["etag"]
        assert tag.startswith('"v'), one.operation
        for known in (tag, f'"v9.0", {tag}', f"W/{tag}", "*"):
            same = asked(inhabited, one, headers={"If-None-Match": known})
            told = (same.status_code, same.content, same.headers["etag"])
            assert told == (304, b"", tag), one.operation
        assert asked(inhabited, one, headers={"If-None-Match": '"v9.0"'}).status_code == 200


def test_every_list_tells_no_total_but_counts_what_it_finds_when_asked(inhabited: Inhabited) -> None:
    paged = {one.operation for one in api() if "cursor" in one.query}
    # Rows of one thing, and what is known only once each was looked at.
    assert paged - {one.operation for one in COUNTING} == {
        "posting_worklist_list",
        "sessions_readings",
        "stations_messages",
    }
    assert len(COUNTING) > 40
    for one in COUNTING:
        every = {"limit": "200"} | (
            {"include_descendants": "true"} if "include_descendants" in one.query else {}
        )
        assert "count" not in asked(inhabited, one, params=every).json(), one.operation
        page = asked(inhabited, one, params=every | {"count": "estimate"}).json()
        assert page["count"] == {"number": len(page["data"]), "exact": True}, one.operation
        assert asked(inhabited, one, params={"count": "exact"}).json()["code"] == "malformed-request"


def test_no_operation_takes_a_parameter_that_it_does_not_have(inhabited: Inhabited) -> None:
    for one in api():
        answer = asked(inhabited, one, params={"colour": "red"}, json={})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request"), one.operation
        assert "colour" in answer.json()["detail"]


def test_no_operation_takes_a_field_that_it_does_not_have(inhabited: Inhabited) -> None:
    for one in TAKING:
        answer = asked(inhabited, one, json=body_for(one, inhabited.objects) | {"colour": "red"})
        assert flaws(answer) == {"/colour": "unknown-field"}, one.operation


def test_nobody_sets_what_the_server_sets(inhabited: Inhabited) -> None:
    for one in TAKING:
        # An adoption says whose the station is.
        own = (one.takes or {}).get("properties", {})
        foreign = {name: value for name, value in SERVERS_OWN.items() if name not in own}
        told = flaws(asked(inhabited, one, json=body_for(one, inhabited.objects) | foreign))
        assert told.keys() == {f"/{name}" for name in foreign}, one.operation
        assert set(told.values()) <= {"read-only", "unknown-field"}


def test_no_text_is_longer_than_what_is_read(inhabited: Inhabited) -> None:
    for one in TAKING:
        body = body_for(one, inhabited.objects)
        for name, value in body.items():
            if isinstance(value, str) and name != "type":
                answer = asked(inhabited, one, json=body | {name: "A" * (LONGEST_TEXT + 1)})
                assert flaws(answer).keys() == {f"/{name}"}, (one.operation, name)


def test_what_goes_on_after_its_answer_says_where_to_follow_it_and_is_waited_for(
    inhabited: Inhabited,
) -> None:
    going_on = [one for one in api() if one.status == 202]
    waiting = {one.operation for one in going_on if "Prefer" in one.headers}
    assert waiting == {
        "commands_create",
        "configuration_checks_create",
        "exports_create",
        "imports_create",
        "simulations_create",
        "test_clocks_advance",
    }
    for one in going_on:
        body: dict[str, Any] = {"json": body_for(one, inhabited.objects)}
        if one.takes_files:
            body = {"data": FILE.encode(), "headers": {"Content-Type": FILE_TYPE}}
        body.setdefault("headers", {})["Prefer"] = "wait=30"
        answer = asked(inhabited, one, params=query_for(one), **body)
        assert answer.status_code == 202, (one.operation, answer.text)
        followed = inhabited.http.get(inhabited.url + answer.headers["location"])
        assert followed.status_code == 200, (one.operation, followed.text)
        if one.operation in waiting:
            assert followed.json()["status"] in ("succeeded", "failed"), one.operation
            # What was waited for is told as it came to be.
            same = followed if answer.json()["id"].startswith("op_") else None
            place = f"/v1/{one.path.split('/')[2]}/{answer.json()['id']}"
            assert answer.json() == (same or inhabited.http.get(inhabited.url + place)).json()


def test_a_key_is_needed_wherever_a_station_acts_or_money_moves(inhabited: Inhabited) -> None:
    creating = [one for one in api() if one.method == "POST"]
    needed = {one.path for one in creating if one.headers["Idempotency-Key"].required}
    assert needed == {
        "/v1/charging-profiles",
        "/v1/commands",
        "/v1/composite-schedules",
        "/v1/configuration-checks",
        "/v1/erasures",
        "/v1/local-lists",
        "/v1/posting-batches/{id}/acknowledgements",
        "/v1/posting-batches/{id}/closings",
        "/v1/posting-batches/{id}/exports",
        "/v1/posting-reversals",
        "/v1/repostings",
        "/v1/reservations",
        "/v1/simulations",
    }
    for one in creating:
        if one.path in needed:
            answer = asked(inhabited, one, json={}, headers={"Idempotency-Key": None})
            told = (answer.status_code, answer.json()["code"])
            assert told == (400, "idempotency-key-required"), one.operation
