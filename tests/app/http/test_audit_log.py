"""Whatever is changed over the API stands in the audit log once: who, what, before and after, and why."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
from sqlalchemy import text

from emobility_app.auditing import Anchors, hidden_fields, seal_waiting
from emobility_app.compose import EVERYTHING
from emobility_app.denials import MOST_OF_ONE
from emobility_app.http.app import RESOURCES, api
from emobility_app.http.endpoint import Endpoint
from emobility_app.http.webhooks import ENDPOINT
from emobility_core.audit import MASK
from tests.app.http.bodies import FILE, FILE_TYPE, body_for, query_for
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json, told
from tests.app.http.inhabited import Inhabited
from tests.app.http.refusals import refused
from tests.app.http.test_schemathesis import ENDS

# A move needs the digest of its preview: it has a test of its own.
MOVE = "tenant_moves_create"
# An acknowledgement of no posting at all, as in the walk, changes nothing.
NOTHING = {MOVE, "posting_batches_acknowledge"}
# They write nothing: a job hears of it and stops, or a file goes. See docs/reference/limits.md.
NOTHING |= {"imports_stop", "exports_stop"}
CHANGING = [one for one in api() if one.method not in ("GET", "HEAD") and one.operation not in NOTHING]
READING = {"personal_data_exports_create"}
# What changes nothing in the house as it is leaves no entry.
OTHERWISE: dict[str, dict[str, Any]] = {"certificate_authorities_change": {"enabled": False}}


def changed(inhabited: Inhabited, one: Endpoint, request: str) -> requests.Response:
    """Do what an operation does, once, under a name of the request."""
    id = inhabited.objects[one.names]["id"] if one.names else ""
    path = one.path.replace("{id}", id).replace("{system}", "sap").replace("{external_id}", "4711")
    headers = {"If-Match": "*", "Idempotency-Key": f"audit {one.operation}", "X-Request-Id": request}
    body = None if one.takes is None else body_for(one, inhabited.objects)
    body = OTHERWISE.get(one.operation, body)
    sent: dict[str, Any] = {"headers": headers, "json": body}
    if one.takes_files:
        told = headers | {"Content-Type": FILE_TYPE}
        sent = {"headers": told, "data": FILE.encode(), "params": query_for(one)}
    answer = inhabited.http.request(one.method, inhabited.url + path, **sent)
    while one.operation == "test_clocks_remove" and answer.status_code == 409:
        # It is on its way, or real time has not come to where it stands.
        answer = inhabited.http.request(one.method, inhabited.url + path, headers=headers)
    return answer


def entries(inhabited: Inhabited, **query: Any) -> list[dict[str, Any]]:
    listed = inhabited.http.get(
        f"{inhabited.url}/v1/audit-entries", params={"limit": 200, "include_descendants": "true", **query}
    )
    found: list[dict[str, Any]] = listed.json()["data"]
    return found


@pytest.mark.slow
def test_each_changing_operation_leaves_one_entry_with_its_subjects(inhabited: Inhabited) -> None:
    # What ends a thing comes after what needs it.
    for one in sorted(CHANGING, key=lambda one: one.operation in ENDS):
        request = f"req_{one.operation}"
        answer = changed(inhabited, one, request)
        assert answer.status_code < 300, (one.operation, answer.text)
        found = [
            e for e in entries(inhabited, operation=one.operation, sort="-id") if e["request"] == request
        ]
        assert len(found) == 1, (one.operation, found)
        (entry,) = found
        assert entry["outcome"] == ("read" if one.operation in READING else "done")
        assert entry["allowed_by"] == {"scope": one.scope}
        assert entry["actor"].startswith("client:cli_")
        assert entry["address"] == "127.0.0.0/24"
        subjects = {change["subject"] for change in entry["changes"]}
        assert subjects, one.operation
        if one.names:
            assert inhabited.objects[one.names]["id"] in subjects, one.operation


async def test_an_adoption_names_the_stranger_and_the_station(served: House) -> None:
    stranger = await served.quarantine("NEW-1")
    station = await served.post("/v1/adoptions", {"quarantined_station": stranger["id"]})
    (entry,) = (await served.get("/v1/audit-entries", operation="adoptions_create"))["data"]
    kinds = {change["subject"]: change["kind"] for change in entry["changes"]}
    assert kinds == {stranger["id"]: "removed", station["id"]: "created"}


async def test_a_move_tells_where_the_tenant_stood(served: House) -> None:
    one, two = [await served.post("/v1/tenants", {"name": name}) for name in ("One", "Two")]
    wanted = {"tenant": one["id"], "to": two["id"]}
    preview = (await served.http.post("/v1/tenant-moves", json=wanted | {"dry_run": True})).json()
    moved = await served.http.post("/v1/tenant-moves", json=wanted | {"expected": preview["digest"]})
    assert moved.status_code == 200, moved.text
    found = await served.get("/v1/audit-entries", operation=MOVE, include_descendants="true")
    (entry,) = found["data"]
    (change,) = [one for one in entry["changes"] if one["before"]]
    assert change["subject"] == one["id"]
    assert (change["before"]["parent"], change["after"]["parent"]) == (one["parent"], two["id"])


async def test_an_entry_tells_what_was_there_before_and_why_the_change_was_allowed(served: House) -> None:
    customer = await served.post("/v1/customers", {"name": "Ada", "email": "ada@example.org"})
    changed = await served.http.patch(
        f"/v1/customers/{customer['id']}", json={"name": "Bea"}, headers={"X-Request-Id": "r1"}
    )
    assert changed.status_code == 200
    created, entry = (await served.get("/v1/audit-entries", subject=customer["id"]))["data"]
    assert created["changes"][0]["before"] is None
    assert created["changes"][0]["after"]["email"] == "ada@example.org"
    (change,) = entry["changes"]
    assert (change["before"], change["after"]) == ({"name": "Ada"}, {"name": "Bea"})
    assert entry["request"] == changed.headers["x-request-id"] == "r1"
    assert (entry["operation"], entry["allowed_by"]) == ("customers_change", {"scope": "customers:write"})
    assert entry["at"] == entry["tenant_time"] or entry["tenant_time"] > entry["at"]
    # It may have been sealed since.
    alone = await served.get(f"/v1/audit-entries/{entry['id']}")
    assert alone == entry | {name: alone[name] for name in ("seq", "hash")}


async def test_secrets_are_masked_as_the_api_hides_them(served: House) -> None:
    key = "0123456789abcdef0123"
    station = await served.post("/v1/stations", {"identity": "CP1", "authorization_key": key})
    await served.post("/v1/webhook-endpoints", {"url": "https://erp.example/hooks", "event_types": ["*"]})
    seen = await served.get("/v1/audit-entries")
    told = {
        name: value
        for entry in seen["data"]
        for change in entry["changes"]
        for name, value in (change["after"] or {}).items()
    }
    assert told["key_digest"] == told["secret"] == MASK
    assert station["identity"] == told["identity"]
    assert key not in str(seen)


def test_what_a_resource_hides_stands_in_no_log() -> None:
    # Settings of a tenant are shown in a place of their own.
    elsewhere = {"settings", "locked"}
    for resource, _ in (*RESOURCES, (ENDPOINT, None)):
        assert resource.hidden - elsewhere <= hidden_fields(resource.kind), resource.path


async def test_what_has_no_effect_leaves_no_entry(served: House) -> None:
    path, body = "/v1/customers/by-external-id/sap/1", {"name": "Ada"}
    assert (await served.http.put(path, json=body)).json()["changed"]
    assert not (await served.http.put(path, json=body | {"source_revision": 7})).json()["changed"]
    for _ in range(2):
        await served.http.post("/v1/sites", json={"name": "Here"}, headers={"Idempotency-Key": "1"})
    assert (await served.http.post("/v1/sites", json={"name": 7})).status_code == 422
    await served.post("/v1/contracts", {"number": "1", "customer": (await first(served))["id"]})
    taken = {"number": "1", "customer": (await first(served))["id"]}
    assert (await served.http.post("/v1/contracts", json=taken)).status_code == 409
    found = (await served.get("/v1/audit-entries"))["data"]
    operations = [entry["operation"] for entry in found if entry["client"]]
    assert operations == ["customers_put", "sites_create", "contracts_create"]


async def first(served: House) -> Json:
    found: Json = (await served.get("/v1/customers"))["data"][0]
    return found


async def test_entries_are_found_by_actor_operation_subject_outcome_and_time(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Here"})
    await served.post("/v1/sites", {"name": "There"})
    (one,) = (await served.get("/v1/audit-entries", subject=site["id"]))["data"]

    async def count(**query: str) -> int:
        return len((await served.get("/v1/audit-entries", **query))["data"])

    assert await count(operation="sites_create") == 2
    assert await count(operation="sites_create", actor=one["actor"]) == 2
    assert await count(actor="client:nobody") == 0
    assert await count(outcome="denied") == 0
    assert await count(**{"operation": "sites_create", "from": one["at"], "until": later(one["at"])}) == 2
    assert await count(operation="sites_create", until=one["at"]) == 0
    assert await count(**{"from": later(one["at"])}) == 0
    first_page = await served.get("/v1/audit-entries", operation="sites_create", limit="1")
    rest = await served.get(
        "/v1/audit-entries", operation="sites_create", limit="1", cursor=first_page["next_cursor"]
    )
    assert [len(first_page["data"]), len(rest["data"]), rest["next_cursor"]] == [1, 1, None]
    assert first_page["data"] != rest["data"]


def later(at: str) -> str:
    return told(datetime.fromisoformat(at) + timedelta(minutes=1))


async def test_dangerous_attempts_stand_in_the_log_and_are_bounded(served: House, callers: Callers) -> None:
    stranger = await callers.signed_in("stations:read")
    body = {"type": "reset", "station": "sta_" + "0" * 26}
    for _ in range(MOST_OF_ONE + 5):
        assert (await stranger.post("/v1/commands", json=body)).status_code == 403
    # Whoever lacks an everyday right is told so, and that is all.
    assert (await stranger.post("/v1/sites", json={"name": "Here"})).status_code == 403
    denied = (await served.get("/v1/audit-entries", outcome="denied", limit="200"))["data"]
    assert len(denied) == MOST_OF_ONE
    assert {(one["operation"], one["reason"]) for one in denied} == {
        ("commands_create", "missing-scope: stations:command")
    }


async def test_failed_sign_ins_stand_in_the_log_of_the_client_that_was_named(
    served: House, callers: Callers
) -> None:
    client, http = await callers.client("sites:read"), await callers.anybody()
    form = {"grant_type": "client_credentials"}
    for _ in range(MOST_OF_ONE + 5):
        assert (await http.post("/oauth/token", data=form, auth=(client.id, "wrong"))).status_code == 401
    nobody = "cli_" + "0" * 26
    assert (await http.post("/oauth/token", data=form, auth=(nobody, "wrong"))).status_code == 401
    denied = (await served.get("/v1/audit-entries", outcome="denied", limit="200"))["data"]
    assert len(denied) == MOST_OF_ONE
    assert {(one["operation"], one["actor"], one["reason"]) for one in denied} == {
        ("oauth_token", f"client:{client.id}", "invalid_client")
    }
    assert "wrong" not in str(denied)


async def test_what_the_command_line_does_stands_in_the_log_too(served: House) -> None:
    found = await served.get("/v1/audit-entries", operation="emobility client create")
    (entry,) = found["data"]
    assert entry["actor"] == "system:command line"
    (change,) = entry["changes"]
    assert (change["kind"], change["after"]["secret_digest"]) == ("created", MASK)
    assert entry["allowed_by"] == {"access": "database"}


async def test_the_chain_is_a_file_whose_reading_is_written_down(served: House) -> None:
    for name in ("A", "B", "C"):
        await served.post("/v1/sites", {"name": name})
    await seal_all(served)
    answer = await served.http.get("/v1/audit-chain")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["content"]["operation"] for line in lines[-3:]] == ["sites_create"] * 3
    for before, line in pairwise(lines):
        assert line["previous"] == before["hash"]
    piece = (await served.http.get("/v1/audit-chain", params={"after": "1", "limit": "2"})).text
    assert [json.loads(line)["seq"] for line in piece.splitlines()] == [2, 3]
    read = (await served.get("/v1/audit-entries", operation="audit_chain_export"))["data"]
    assert [entry["outcome"] for entry in read] == ["read", "read"]


async def test_the_verdict_names_the_first_place_that_does_not_hold(served: House) -> None:
    for name in ("A", "B", "C"):
        await served.post("/v1/sites", {"name": name})
    await seal_all(served)
    whole = await served.get("/v1/audit-verdict")
    assert (whole["broken"], whole["complete"], whole["seq"]) == (None, True, whole["checked"])
    rest = await served.get("/v1/audit-verdict", after="2")
    assert (rest["checked"], rest["head"]) == (whole["checked"] - 2, whole["head"])
    async with served.server.database.writer.begin() as connection:
        await connection.execute(text("DROP TRIGGER audit_entry_update"))
        changed = "UPDATE audit_entry SET content = replace(content, 'sites_create', 'nothing')"
        await connection.execute(text(changed))
    broken = (await served.get("/v1/audit-verdict"))["broken"]
    (first, *_) = (await served.get("/v1/audit-entries", operation="sites_create"))["data"]
    assert broken == {"seq": whole["seq"] - 2, "fault": "changed", "entry": first["id"]}
    beyond = await served.get("/v1/audit-verdict", after="99")
    assert beyond["broken"] == {"seq": 99, "fault": "gap", "entry": None}


async def test_a_chain_cut_off_behind_its_anchor_is_noticed(served: House) -> None:
    await served.post("/v1/sites", {"name": "Here"})
    await seal_all(served)
    server = served.server
    anchors = Anchors(server.transactions, EVERYTHING, server.clock, server.ids)
    await anchors.tell()
    event = await served.heard("audit.anchored")
    whole = await served.get("/v1/audit-verdict")
    assert event["data"] == {"audit_chain": event["tenant"], "seq": whole["seq"], "hash": whole["head"]}
    await anchors.tell()
    assert len((await served.get("/v1/events", types="audit.anchored"))["data"]) == 1
    async with served.server.database.writer.begin() as connection:
        for table in ("audit_link", "audit_entry", "audit_detail"):
            await connection.execute(text(f"DROP TRIGGER {table}_delete"))
        await connection.execute(text(f"DELETE FROM audit_link WHERE seq = {whole['seq']}"))
        await connection.execute(text("DELETE FROM audit_entry WHERE operation = 'sites_create'"))
    broken = (await served.get("/v1/audit-verdict"))["broken"]
    assert broken == {"seq": whole["seq"], "fault": "truncated", "entry": None}


async def seal_all(served: House) -> None:
    transactions = served.server.transactions
    await seal_waiting(transactions, transactions.reading, EVERYTHING)


async def test_another_tenants_entries_do_not_exist(served: House, callers: Callers) -> None:
    await served.post("/v1/sites", {"name": "Here"})
    other = await served.post("/v1/tenants", {"name": "Other"})
    stranger = await callers.signed_in(tenant=other["id"])
    (mine,) = (await served.get("/v1/audit-entries", operation="sites_create"))["data"]
    refused(await stranger.get(f"/v1/audit-entries/{mine['id']}"), 404, "unknown-audit-entry")
    seen = (await stranger.get("/v1/audit-entries")).json()["data"]
    assert {entry["tenant"] for entry in seen} == {other["id"]}
    assert {entry["operation"] for entry in seen} == {"tenants_create", "emobility client create"}
