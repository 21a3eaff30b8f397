"""Files of records from another system: each row as if it had been stated alone, and a word on each."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from emobility_app.http.import_kinds import KINDS
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.importing import NDJSON, ended, imported, lines, send, table
from tests.app.http.refusals import pointers, refused

ADA: Json = {"external_id": "1", "name": "Ada", "email": "ada@example.org"}
BOB: Json = {"external_id": "2", "name": "Bob", "kind": "company"}


async def events_of(served: House, *, after: str) -> tuple[list[str], str]:
    """What has happened since to customers and tokens, and up to where the feed was read."""
    told: list[str] = []
    while True:
        feed = await served.get("/v1/events", after=after, limit="500", wait="1")
        if not feed["data"]:
            return told, after
        told += [one["type"] for one in feed["data"] if one["type"].split(".")[0] in ("customer", "token")]
        after = feed["next_cursor"] or feed["data"][-1]["cursor"]


@pytest.mark.parametrize("media_type", ["text/csv", NDJSON])
async def test_a_file_imported_twice_changes_nothing_and_tells_nothing(
    served: House, media_type: str
) -> None:
    file = table(ADA, BOB) if media_type == "text/csv" else lines(ADA, BOB)
    first = await imported(served, file, media_type=media_type)
    assert first.operation["status"] == "succeeded"
    assert first.operation["progress"] == {"done": 2, "total": 2}
    assert first.counts == {"rows": 2, "created": 2}
    assert [line["result"] for line in first.report] == ["created", "created"]
    told, after = await events_of(served, after="pos_0")
    assert told == ["customer.created"] * 2

    again = await imported(served, file, media_type=media_type)
    assert again.counts == {"rows": 2, "unchanged": 2}
    assert (await events_of(served, after=after))[0] == []
    listed = (await served.get("/v1/customers"))["data"]
    assert [(one["name"], one["external_ids"], one["version"]) for one in listed] == [
        ("Ada", {"sap": "1"}, 0),
        ("Bob", {"sap": "2"}, 0),
    ]
    assert [line["id"] for line in again.report] == [one["id"] for one in listed]


async def test_a_row_is_what_a_statement_of_its_own_is(served: House) -> None:
    """Which fields a system owns is kept with both alike."""
    await served.http.put("/v1/customers/by-external-id/sap/1", json={"name": "Ada", "language": "en"})
    one = (await imported(served, lines({"external_id": "1", "name": "Ada L."}), media_type=NDJSON)).report
    assert one[0]["changes"] == {
        "language": {"before": "en", "after": "de"},
        "name": {"before": "Ada", "after": "Ada L."},
    }
    stated = await served.http.put("/v1/customers/by-external-id/sap/1", json={"name": "Ada L."})
    assert stated.json()["changed"] is False
    late = [{"external_id": "1", "name": "A", "source_revision": revision} for revision in (7, 6)]
    for row in late:
        done = await imported(served, lines(row), media_type=NDJSON)
    assert done.refusals == {1: {"/": "outdated-revision"}}


async def test_a_dry_run_tells_the_difference_and_keeps_nothing(served: House) -> None:
    await imported(served, table(ADA))
    before = await served.get("/v1/customers")
    rows = (ADA | {"email": "new@example.org"}, {"external_id": "2", "name": "Bob"}, {"external_id": "3"})
    dry = await imported(served, table(*rows), dry_run="true")
    assert dry.counts == {"rows": 3, "created": 1, "changed": 1, "refused": 1}
    assert dry.report[0]["changes"] == {"email": {"before": "ada@example.org", "after": "new@example.org"}}
    assert "id" not in dry.report[1]
    assert dry.refusals == {4: {"/name": "missing-field"}}
    assert await served.get("/v1/customers") == before
    told, _ = await events_of(served, after="pos_0")
    assert told == ["customer.created"]


async def test_bad_rows_are_told_by_line_and_place_and_stop_no_other(served: House) -> None:
    rows = [
        ADA,
        {"external_id": "2", "name": 7, "colour": "red"},
        {"name": "Nobody"},
        {"external_id": "3", "name": "Eve", "id": "cus_" + "0" * 26},
        {"external_id": "4", "name": "A" * 2001},
        {"external_id": "x" * 201, "name": "Long"},
        {"external_id": 5, "name": "Number"},
        {"external_id": "6", "name": "Six"},
    ]
    text = lines(*rows[:2]) + "\n" + "[1]\n{no\n" + lines(*rows[2:])
    done = await imported(served, text, media_type=NDJSON)
    assert done.counts == {"rows": 10, "created": 2, "refused": 8}
    assert done.refusals == {
        2: {"/colour": "unknown-field"},
        4: {"/": "malformed-row"},
        5: {"/": "malformed-row"},
        6: {"/external_id": "missing-field"},
        7: {"/id": "id-mismatch"},
        8: {"/name": "text-refused"},
        9: {"/external_id": "malformed-external-id"},
        10: {"/external_id": "not-a-text"},
    }


async def test_rows_that_name_the_same_record_are_all_refused(served: House) -> None:
    done = await imported(served, lines(ADA, BOB, ADA | {"name": "Eve"}), media_type=NDJSON)
    assert done.counts == {"rows": 3, "created": 1, "refused": 2}
    assert done.refusals == {row: {"/external_id": "duplicate-row"} for row in (1, 3)}


async def test_of_many_rows_in_a_unit_only_the_one_that_is_taken_is_refused(served: House) -> None:
    await served.add_card("04TAKEN")
    cards = [{"external_id": str(number), "id_tag": f"04{number:04}"} for number in range(50)]
    cards[17] = {"external_id": "17", "id_tag": "04taken"}
    done = await imported(served, table(*cards), kind="tokens")
    assert done.counts == {"rows": 50, "created": 49, "refused": 1}
    assert done.refusals == {19: {"/id_tag": "already-taken"}}
    assert len((await served.get("/v1/tokens", limit="100"))["data"]) == 50


async def test_what_is_referred_to_may_be_named_as_the_other_system_does(served: House) -> None:
    await imported(served, table(ADA))
    contract = {"external_id": "V1", "number": "1", "customer.external_id": "1"}
    done = await imported(
        served,
        table(contract, contract | {"external_id": "V2", "number": "2", "customer.external_id": "9"}),
        kind="contracts",
    )
    assert done.counts == {"rows": 2, "created": 1, "refused": 1}
    assert done.refusals == {3: {"/customer/external_id": "unknown-reference"}}
    card = {"external_id": "K1", "id_tag": "04A1", "contract": {"external_id": "V1"}}
    assert (await imported(served, lines(card), kind="tokens", media_type=NDJSON)).counts["created"] == 1
    (token,) = (await served.get("/v1/tokens"))["data"]
    (customer,) = (await served.get("/v1/customers"))["data"]
    assert token["customer"] == customer["id"]


KEY = "k" * 16
BODIES: dict[str, Json] = {
    "customers": {"name": "A", "kind": "company", "language": "en"},
    "user-groups": {"name": "A"},
    "tokens": {"id_tag": "04A1", "blocked": "true", "validity.until": "2027-01-01T00:00:00Z"},
    "sites": {"name": "A", "address.city": "Ulm", "watch_rules.silent_h": "48"},
    "station-groups": {"name": "A"},
    "stations": {
        "identity": "CP1",
        "power_class": "DC",
        "security_profile": "1",
        "authorization_key": "k" * 16,
    },
}


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_kind_is_imported_from_a_table(served: House, kind: str) -> None:
    body = BODIES.get(kind)
    if body is None:
        customer = await served.post("/v1/customers", {"name": "Ada"})
        body = {"number": "1", "customer": customer["id"], "validity.since": "2026-01-01T00:00:00Z"}
    file = table({"external_id": "1", **body})
    for outcome in ("created", "unchanged"):
        done = await imported(served, file, kind=kind)
        assert done.counts == {"rows": 1, outcome: 1}, done.report
    (record,) = (await served.get(f"/v1/{kind}", external_id="sap:1"))["data"]
    for name, value in body.items():
        outer, _, inner = name.partition(".")
        if name != "authorization_key":
            kept = record[outer][inner] if inner else record[outer]
            assert str(kept).lower() == value.lower()


async def test_the_rights_of_the_kind_are_needed_besides(served: House, callers: Callers) -> None:
    importer = await callers.signed_in("imports:write", "tokens:write")
    refused(await send(importer, table(ADA)), 403, "missing-scope")
    writer = await callers.signed_in("customers:write")
    refused(await send(writer, table(ADA)), 403, "missing-scope")


async def test_what_other_tenants_have_is_neither_changed_nor_told(served: House, callers: Callers) -> None:
    other = await served.post("/v1/tenants", {"name": "Other"})
    await imported(served, table(ADA))
    theirs = await callers.signed_in(tenant=other["id"])
    answer = await send(theirs, table(ADA | {"name": "Eve"}), dry_run="true")
    done = await ended(served, answer)
    assert done.counts == {"rows": 1, "created": 1}
    assert "Ada" not in json.dumps(done.report)
    mine = (await send(served.http, table(ADA))).json()["id"]
    for path in (f"/v1/imports/{mine}", f"/v1/imports/{mine}/report"):
        refused(await theirs.get(path), 404, "unknown-import")
    refused(await theirs.delete(f"/v1/imports/{mine}"), 404, "unknown-import")
    assert {one["id"] for one in (await theirs.get("/v1/imports")).json()["data"]} == {answer.json()["id"]}


async def test_the_same_request_again_imports_once(served: House) -> None:
    first = await send(served.http, table(ADA), key="k1")
    again = await send(served.http, table(ADA), key="k1")
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    refused(await send(served.http, table(BOB), key="k1"), 422, "idempotency-key-reused")
    refused(await send(served.http, table(ADA), key="k1", dry_run="true"), 422, "idempotency-key-reused")
    assert len((await served.get("/v1/imports"))["data"]) == 1
    await ended(served, first)


async def test_at_its_end_an_operation_is_told_of(served: House) -> None:
    done = await imported(served, table(ADA))
    event = await served.heard("operation.completed")
    assert event["subject"] == done.operation["id"]
    assert event["data"]["kind"] == "import"
    assert done.operation["result"]["created"] == "1"


async def test_at_once_two_files_that_name_the_same_record_make_one(served: House) -> None:
    answers = await asyncio.gather(*(send(served.http, table(ADA), key=str(n)) for n in range(4)))
    counts: list[dict[str, Any]] = [(await ended(served, answer)).counts for answer in answers]
    assert sum(one.get("created", 0) for one in counts) == 1
    assert sum(one.get("unchanged", 0) for one in counts) == 3


async def test_unknown_columns_are_told_at_once(served: House) -> None:
    for header, told in (
        ("external_id,name,colour", {"/colour": "unknown-column"}),
        ("external_id;name;name", {"/name": "duplicate-column"}),
        ("external_id,version,tenant", {"/version": "unknown-column", "/tenant": "unknown-column"}),
    ):
        answer = await send(served.http, header + "\r\n")
        assert pointers(answer) == told
    assert (await served.get("/v1/imports"))["data"] == []
