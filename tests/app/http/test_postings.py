"""Postings and batches over HTTP: what a bookkeeper and an ERP system do with them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import zipfile

import pytest

from tests.adapters.erp.extf import read_extf
from tests.app.http.books import (
    act,
    answer_to,
    closed_batch,
    content,
    exported,
    invoice,
    ledger_with_rule,
    line,
    rejection,
)
from tests.app.http.callers import Callers
from tests.app.http.house import CARD, House, Json
from tests.app.http.refusals import pointers, refused

DATEV = {"datev": {"consultant": "29098", "client": "55003", "chart": "03"}}


async def _close(served: House, batch: Json, key: str = "close") -> tuple[int, Json]:
    headers = {"Idempotency-Key": key}
    answer = await served.http.post(f"/v1/posting-batches/{batch['id']}/closings", json={}, headers=headers)
    return answer.status_code, answer.json()


async def test_a_document_is_closed_exported_and_acknowledged(served: House) -> None:
    ledger, rule = await ledger_with_rule(served)
    batch, (posting,) = await closed_batch(served, ledger, invoice(ledger, "RE-1", line(), line()))
    assert (batch["number"], batch["status"], batch["lines"]) == (1, "closed", 2)
    assert batch["totals"]["gross"] == {"amount": "23.80", "currency": "EUR"}
    first = await exported(served, batch)
    file = await content(served, first)
    assert hashlib.sha256(file).hexdigest() == first["sha256"] == batch["digest"]
    (document,) = json.loads(file)["documents"]
    assert (document["document_number"], document["lines"][0]["rule"]) == ("RE-1", rule["id"])
    assert document["lines"][0]["energy_kwh"] == "30.500"
    answers = {"answers": [answer_to(posting, 1, document="49-1"), answer_to(posting, 2, document="49-2")]}
    told = await act(served, f"/v1/posting-batches/{batch['id']}/acknowledgements", answers)
    assert told["status"] == "acknowledged"
    known = await served.get(f"/v1/postings/{posting['id']}")
    assert [one["answer"]["document"] for one in known["lines"]] == ["49-1", "49-2"]
    assert known["lines"][0]["assignment"]["contra_account"] == "8400"


async def test_what_was_exported_stays_to_the_byte_whatever_is_changed_since(served: House) -> None:
    ledger, rule = await ledger_with_rule(served, exports=DATEV)
    batch, _ = await closed_batch(served, ledger, invoice(ledger, "RE-1"))
    before = {
        format: await content(served, await exported(served, batch, format))
        for format in ("json", "csv", "datev")
    }
    changes = {"name": "other", "exports": {"datev": {"consultant": "1001", "chart": "04"}}}
    assert (await served.http.patch(f"/v1/ledgers/{ledger['id']}", json=changes)).status_code == 200
    rules = f"/v1/account-rules/{rule['id']}"
    assert (await served.http.patch(rules, json={"contra_account": "9999"})).status_code == 200
    path = f"/v1/posting-batches/{batch['id']}/exports"
    for format, file in before.items():
        # A new request, not the answer kept for the old one.
        again = await served.http.post(
            path, json={"format": format}, headers={"Idempotency-Key": f"2{format}"}
        )
        assert await content(served, again.json()) == file
    (package,) = zipfile.ZipFile(io.BytesIO(before["datev"])).namelist()
    assert package == "EXTF_main-000001-2026-06.csv"


async def test_a_document_goes_into_the_datev_package_and_is_part_of_what_is_sealed(served: House) -> None:
    ledger, _ = await ledger_with_rule(served, exports=DATEV)
    posting = await served.post("/v1/postings", invoice(ledger, "RE-1"))
    path, pdf = f"/v1/postings/{posting['id']}/documents", b"%PDF-1.7 " + bytes(range(256))
    for wrong in ("", "????", 7, base64.b64encode(b"<html>").decode()):
        answer = await served.http.post(path, json={"content": wrong})
        assert pointers(answer) == {"/content": "document-refused"}
    kept = await served.post(path, {"content": base64.b64encode(pdf).decode()})
    assert kept["file"] == {"size": len(pdf), "sha256": hashlib.sha256(pdf).hexdigest()}
    batch = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    status, closed = await _close(served, batch)
    assert status == 201
    late = await served.http.post(path, json={"content": base64.b64encode(pdf).decode()})
    refused(late, 409, "posting-frozen")
    (document,) = json.loads(await content(served, await exported(served, closed)))["documents"]
    assert document["file"] == kept["file"]
    package = zipfile.ZipFile(io.BytesIO(await content(served, await exported(served, closed, "datev"))))
    names = ["EXTF_main-000001-2026-06.csv", "document.xml", "00001-RE-1.pdf"]
    assert package.namelist() == names
    assert package.read(names[2]) == pdf
    (row,) = read_extf(package.read(names[0])).rows
    assert row[20].removeprefix('BEDI "').removesuffix('"').encode() in package.read("document.xml")


async def test_two_exports_at_once_give_one_file(served: House) -> None:
    ledger, _ = await ledger_with_rule(served)
    batch, _ = await closed_batch(served, ledger, invoice(ledger, "RE-1"))
    path = f"/v1/posting-batches/{batch['id']}/exports"

    async def export(key: str) -> str:
        answer = await served.http.post(path, json={"format": "csv"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    assert len(set(await asyncio.gather(*map(export, "abc")))) == 1


async def test_what_does_not_add_up_is_refused_at_its_place(served: House) -> None:
    ledger, _ = await ledger_with_rule(served)
    wrong = {"net": "10.00", "vat": "1.90", "gross": "11.91"}
    franc = {name: {"amount": "0", "currency": "CHF"} for name in wrong}
    cases: list[tuple[Json, dict[str, str]]] = [
        (invoice(ledger, "A", line(), line(wrong)), {"/lines/1/gross": "unbalanced-line"}),
        (invoice(ledger, "A", line(tax_category="AE")), {"/lines/0": "tax-rate-mismatch"}),
        (invoice(ledger, "A", line() | {"net": {"amount": "1.001", "currency": "EUR"}}),
         {"/lines/0/net": "not-an-amount"}),
        (invoice(ledger, "A", line() | {"net": 10}), {"/lines/0/net": "not-an-amount"}),
        (invoice(ledger, "A", line() | franc), {"/totals": "ledger-currency-mismatch"}),
        (invoice(ledger, "A", line(), line() | franc), {"/": "currency-mismatch"}),
        (invoice(ledger, "A", *[line({"net": "0.03", "vat": "0.01", "gross": "0.04"})] * 3),
         {"/": "unbalanced-vat"}),
        (invoice(ledger, "A", document_kind="credit_note"), {"/totals": "malformed-posting"}),
        (invoice(ledger, "A" * 37), {"/document_number": "malformed-posting"}),
        (invoice(ledger, "A", document_date="2026-6-1"), {"/document_date": "not-a-date"}),
        (invoice(ledger, "A", document_date="2026-02-30"), {"/document_date": "not-a-date"}),
        (invoice(ledger, "A", line(energy_kwh="0.0000001")), {"/lines/0": "not-an-energy"}),
        (invoice(ledger, "A", totals={name: {"amount": "1.00", "currency": "EUR"} for name in wrong}),
         {"/totals/net": "unbalanced-posting"}),
        (invoice({"id": "ldg_" + "0" * 26}, "A"), {"/ledger": "unknown-ledger"}),
        (invoice(ledger, "A", line(site="sit_" + "0" * 26)), {"/lines/0/site": "unknown-site"}),
        (invoice(ledger, "A", lines=[]), {"/lines": "malformed-posting"}),
    ]  # fmt: skip
    for body, flaws in cases:
        assert pointers(await served.http.post("/v1/postings", json=body)) == flaws
    assert (await served.get("/v1/postings"))["data"] == []


async def test_a_document_is_posted_once(served: House) -> None:
    ledger, _ = await ledger_with_rule(served)
    await served.post("/v1/postings", invoice(ledger, "RE-1"))
    refused(await served.http.post("/v1/postings", json=invoice(ledger, "RE-1")), 409, "already-taken")
    await served.post("/v1/postings", invoice(ledger, "RE-1", document_kind="receipt"))


async def test_unmapped_lines_block_closing_and_stand_in_the_worklist_before(served: House) -> None:
    ledger, rule = await ledger_with_rule(served)
    await served.http.patch(f"/v1/account-rules/{rule['id']}", json={"line_kinds": ["time"]})
    good = await served.post("/v1/postings", invoice(ledger, "RE-1", line(kind="time")))
    bad = await served.post("/v1/postings", invoice(ledger, "RE-2", line(kind="time"), line()))
    worklist = await served.get("/v1/posting-worklist")
    assert [(one["posting"]["id"], one["reasons"]) for one in worklist["data"]] == [
        (bad["id"], [{"reason": "unmapped", "lines": [2], "details": [], "correction": None}])
    ]
    batch = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    status, problem = await _close(served, batch)
    assert (status, problem["code"]) == (409, "unmapped-lines")
    told = await served.get(f"/v1/postings/{bad['id']}/explanation")
    assert [one["mapped"] for one in told["lines"]] == [True, False]
    (verdict,) = told["lines"][1]["verdicts"]
    assert (verdict["rule"], verdict["outcome"], verdict["misses"]) == (rule["id"], "missed", ["line_kinds"])
    gone = await served.http.delete(f"/v1/postings/{bad['id']}")
    assert gone.status_code == 200
    status, closed = await _close(served, batch)
    assert (status, closed["postings"]) == (201, 1)
    frozen = await served.http.delete(f"/v1/postings/{good['id']}")
    refused(frozen, 409, "posting-frozen")


async def test_rules_are_inherited_down_the_tree_and_the_nearest_counts(served: House) -> None:
    below = {"Emobility-Tenant": (await served.post("/v1/tenants", {"name": "Below"}))["id"]}

    async def make(path: str, body: Json) -> Json:
        answer = await served.http.post(f"/v1/{path}", json=body, headers=below)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    rule = {"name": "All", "account": "1410", "contra_account": "8400"}
    above = await served.post("/v1/account-rules", rule)
    ledger = await make("ledgers", {"name": "main"})
    posting = await make("postings", invoice(ledger, "RE-1"))
    path = f"/v1/postings/{posting['id']}/explanation"
    (first,) = (await served.http.get(path, headers=below)).json()["lines"]
    assert (first["assignment"]["rule"], first["assignment"]["rule_tenant"]) == (above["id"], above["tenant"])
    near = await make("account-rules", rule | {"position": 99, "contra_account": "8401"})
    (then,) = (await served.http.get(path, headers=below)).json()["lines"]
    assert [(one["rule"], one["outcome"]) for one in then["verdicts"]] == [
        (near["id"], "hit"), (above["id"], "not_reached"),
    ]  # fmt: skip


async def test_a_document_names_nothing_of_a_company_beside_that_of_its_ledger(served: House) -> None:
    """Whoever acts for the company above both sees either."""
    first, second = [(await served.post("/v1/tenants", {"name": name}))["id"] for name in ("One", "Two")]

    async def make(path: str, body: Json, tenant: str) -> Json:
        answer = await served.http.post(f"/v1/{path}", json=body, headers={"Emobility-Tenant": tenant})
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    ledger = await make("ledgers", {"name": "main"}, first)
    own, foreign = [await make("sites", {"name": "Yard"}, tenant) for tenant in (first, second)]
    above = await served.post("/v1/sites", {"name": "Head office"})
    answer = await served.http.post("/v1/postings", json=invoice(ledger, "RE-1", line(site=foreign["id"])))
    assert pointers(answer) == {"/lines/0/site": "foreign-reference"}
    for number, site in enumerate((own, above)):
        await served.post("/v1/postings", invoice(ledger, f"RE-{number}", line(site=site["id"])))


async def test_what_a_format_cannot_show_is_told_before_the_batch_is_closed(served: House) -> None:
    ledger, _ = await ledger_with_rule(served, exports=DATEV)
    await served.post("/v1/postings", invoice(ledger, "RE_1"))
    (work,) = (await served.get("/v1/posting-worklist"))["data"]
    assert work["reasons"][0]["reason"] == "unexportable"
    batch = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    status, problem = await _close(served, batch)
    assert (status, problem["code"]) == (409, "unexportable-batch")
    assert (await served.get(f"/v1/ledgers/{ledger['id']}"))["last_number"] == 0


async def test_a_format_that_came_after_the_closing_makes_no_file_of_what_it_cannot_show(
    served: House,
) -> None:
    ledger, _ = await ledger_with_rule(served)
    batch, _ = await closed_batch(served, ledger, invoice(ledger, "RE_1"))
    await served.http.patch(f"/v1/ledgers/{ledger['id']}", json={"exports": DATEV})
    path, headers = f"/v1/posting-batches/{batch['id']}/exports", {"Idempotency-Key": "late"}
    answer = await served.http.post(path, json={"format": "datev"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "unexportable-batch")
    assert (await exported(served, batch))["format"] == "json"


@pytest.mark.parametrize(
    ("exports", "flaws"),
    [
        ({"datev": {}}, {"/exports/datev/consultant": "export-settings-refused"}),
        ({"csv": {"comma": "1"}}, {"/exports/csv/comma": "export-settings-refused"}),
        ({"sap": {}}, {"/exports/sap": "unknown-export-format"}),
        ({"csv": {"comma": 1}}, {"/exports/csv/comma": "not-a-text"}),
    ],
)
async def test_settings_of_a_format_are_looked_at_when_they_are_told(
    served: House, exports: Json, flaws: dict[str, str]
) -> None:
    answer = await served.http.post("/v1/ledgers", json={"name": "main", "exports": exports})
    assert pointers(answer) == flaws


async def test_the_starter_maps_are_said_to_need_the_tax_adviser(served: House) -> None:
    maps = (await served.get("/v1/account-maps"))["data"]
    assert [one["title"] for one in maps] == ["SKR03", "SKR04"]
    ledger = await served.post("/v1/ledgers", {"name": "main", "exports": DATEV})
    for name, revenue in (("skr03", "8400"), ("skr04", "4400")):
        taken = await served.post("/v1/account-maps", {"map": name, "ledgers": ["main"]})
        assert "confirm each account with your tax adviser" in taken["notice"]
        assert revenue in [rule["contra_account"] for rule in taken["rules"]]
        assert {rule["tax_key"] for rule in taken["rules"]} == {""}, "these accounts know their tax"
    batch, _ = await closed_batch(served, ledger, invoice(ledger, "RE-1"))
    assert (await exported(served, batch, "datev"))["media_type"] == "application/zip"
    assert pointers(await served.http.post("/v1/account-maps", json={"map": "skr07"})) == {
        "/map": "unknown-value"
    }


async def test_a_rejected_line_is_posted_anew_and_what_was_accepted_is_reversed(served: House) -> None:
    ledger, _ = await ledger_with_rule(served)
    batch, (posting,) = await closed_batch(served, ledger, invoice(ledger, "RE-1", line(), line()))
    await exported(served, batch)
    answers = {"answers": [rejection(posting, 2)], "rest": "4900000001"}
    told = await act(served, f"/v1/posting-batches/{batch['id']}/acknowledgements", answers)
    assert (told["status"], told["rejected"]) == ("partly_rejected", 1)
    (work,) = (await served.get("/v1/posting-worklist"))["data"]
    (reason,) = work["reasons"]
    assert (reason["reason"], reason["lines"], reason["details"]) == (
        "rejected",
        [2],
        ["2: period is locked"],
    )
    again = await act(served, "/v1/repostings", {"posting": posting["id"]})
    assert (again["revision"], len(again["lines"]), again["state"]) == (1, 1, "ready")
    assert (await served.get("/v1/posting-worklist"))["data"] == []
    reversal = {"posting": posting["id"], "document_number": "ST-1", "document_date": "2026-07-01"}
    undone = await act(served, "/v1/posting-reversals", reversal)
    assert undone["totals"]["gross"]["amount"] == "-11.90"
    twice = await served.http.post(
        "/v1/posting-reversals",
        json=reversal | {"document_number": "ST-2"},
        headers={"Idempotency-Key": "twice"},
    )
    refused(twice, 409, "already-taken")


async def test_what_an_invoice_takes_off_is_posted_anew_alone_and_reversed(served: House) -> None:
    off = {"net": "-5.00", "vat": "-0.95", "gross": "-5.95"}
    ledger, _ = await ledger_with_rule(served, exports=DATEV)
    document = invoice(ledger, "RE-1", line(), line(off, energy_kwh=None))
    batch, (posting,) = await closed_batch(served, ledger, document)
    await exported(served, batch)
    answers = {"answers": [rejection(posting, 2)], "rest": "4900000001"}
    await act(served, f"/v1/posting-batches/{batch['id']}/acknowledgements", answers)
    again = await act(served, "/v1/repostings", {"posting": posting["id"]})
    assert (again["document_kind"], again["totals"]["gross"]["amount"]) == ("invoice", "-5.95")
    second = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    assert (await _close(served, second))[0] == 201
    package = await content(served, await exported(served, second, "datev"))
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        (row,) = read_extf(files.read(files.namelist()[0])).rows
    assert (row[1], row[2], row[7], row[8]) == ("5,95", "H", "1410", "8400")
    await act(served, f"/v1/posting-batches/{second['id']}/acknowledgements", {"rest": "4900000002"})
    reversal = {"posting": again["id"], "document_number": "ST-1", "document_date": "2026-07-01"}
    assert (await act(served, "/v1/posting-reversals", reversal))["totals"]["gross"]["amount"] == "5.95"


async def test_a_session_that_may_not_be_billed_waits_until_a_document_is_made_of_it(
    served: House, callers: Callers
) -> None:
    ledger, _ = await ledger_with_rule(served)
    await served.add_tariff()
    await served.add_card()
    async with served.station() as (_, wire):
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(60)}
        number = (await wire.call("StartTransaction", start))["transactionId"]
        running = (await served.get("/v1/sessions"))["data"][0]
        early = {"ledger": ledger["id"], "session": running["id"]}
        refused(await served.http.post("/v1/session-postings", json=early), 409, "session-not-rated")
        stop = {"transactionId": number, "meterStop": 10000, "timestamp": served.ago(1)}
        await wire.call("StopTransaction", stop)
        rated = await served.heard("session.rated")
        document = invoice(ledger, "RE-1", session=running["id"])
        await _release(served, early, document, callers)
        await wire.call("StopTransaction", stop | {"meterStop": 12000})
    await served.heard("session.rated", after=rated["cursor"])
    (work,) = (await served.get("/v1/posting-worklist"))["data"]
    (reason,) = work["reasons"]
    assert (reason["reason"], reason["correction"]["proposed"]) == ("session_corrected", ["post"])
    assert reason["correction"]["posted"]["energy_kwh"] == "10.000"
    assert "stops-disagree" in reason["correction"]["now"]["reasons"]
    batch = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    status, problem = await _close(served, batch)
    assert (status, problem["code"]) == (409, "session-corrected")


async def _release(served: House, early: Json, document: Json, callers: Callers) -> None:
    """A session is held until a document takes its place, which not everybody may say."""
    held = await served.post("/v1/session-postings", early)
    assert (held["state"], held["held"]) == ("held", ["measurement-not-verified"])
    assert [one["kind"] for one in held["lines"]] == ["energy", "session", "time"]
    assert held["lines"][0]["energy_kwh"] == "10.000"
    (work,) = (await served.get("/v1/posting-worklist"))["data"]
    (reason,) = work["reasons"]
    assert (reason["reason"], reason["details"]) == ("held", ["measurement-not-verified"])
    batch = await served.post("/v1/posting-batches", {"ledger": early["ledger"]})
    assert batch["postings"] == 0
    clerk = await callers.signed_in("postings:read", "postings:write")
    refused(await clerk.post("/v1/postings", json=document), 403, "missing-scope")
    made = await served.post("/v1/postings", document)
    assert (made["id"], made["state"]) == (held["id"], "ready")
    assert (await served.get("/v1/posting-worklist"))["data"] == []


async def test_closing_asks_for_a_right_of_its_own_and_for_a_key(served: House, callers: Callers) -> None:
    ledger, _ = await ledger_with_rule(served)
    await served.post("/v1/postings", invoice(ledger, "RE-1"))
    batch = await served.post("/v1/posting-batches", {"ledger": ledger["id"]})
    path = f"/v1/posting-batches/{batch['id']}/closings"
    clerk = await callers.signed_in("postings:read", "postings:write")
    refused(await clerk.post(path, json={}, headers={"Idempotency-Key": "1"}), 403, "missing-scope")
    refused(await served.http.post(path, json={}), 400, "idempotency-key-required")
    status, first = await _close(served, batch)
    assert status == 201
    assert await _close(served, batch) == (201, first), "sent again, it is answered as before"
    status, problem = await _close(served, batch, "other")
    assert (status, problem["code"]) == (409, "batch-not-open")


async def test_events_tell_what_became_of_a_batch(served: House) -> None:
    ledger, _ = await ledger_with_rule(served)
    batch, (posting,) = await closed_batch(served, ledger, invoice(ledger, "RE-1"))
    closed = await served.heard("posting_batch.closed")
    assert (closed["subject"], closed["data"]["number"]) == (batch["id"], 1)
    await exported(served, batch)
    await act(
        served, f"/v1/posting-batches/{batch['id']}/acknowledgements", {"answers": [answer_to(posting, 1)]}
    )
    assert (await served.heard("posting_batch.acknowledged"))["data"]["answered"] == 1
