"""Files made of records: in their order, safe to open, and what was exported imports as it was."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import timedelta

import httpx

from tests.app.http.bare import Bare
from tests.app.http.callers import Callers
from tests.app.http.house import CARD, House, Json
from tests.app.http.importing import CSV, NDJSON, imported, lines
from tests.app.http.refusals import pointers, refused

NASTY = [
    "=1+1", "+49 170", "-5", "@A1", "\t=1", "'=1", "'", "''", "O'Neill", "'s Gravenhage", 'a"b', "a,b;c",
    "two\nlines", "two\r\nlines", "ends with \\", "Müller", "\uff1d1", "|", "a|b", "true", "7", " padded ",
]  # fmt: skip


async def exported(http: httpx.AsyncClient, kind: str, **wanted: object) -> httpx.Response:
    """The file of an export, once it is there."""
    begun = await http.post("/v1/exports", json={"kind": kind, **wanted})
    assert begun.status_code == 202, begun.text
    while True:
        operation = (await http.get(begun.headers["location"], headers={"Prefer": "wait=30"})).json()
        if operation["status"] != "running":
            break
    assert operation["status"] == "succeeded", operation
    shown = (await http.get(f"/v1/exports/{begun.json()['id']}")).json()
    file = await http.get(f"/v1/exports/{shown['id']}/file")
    assert file.status_code == 200, file.text
    assert (shown["rows"], shown["size"]) == (int(operation["result"]["rows"]), len(file.content))
    assert operation["progress"]["done"] == operation["progress"]["total"]
    return file


def rows_of(file: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode(), newline="")))


async def test_what_was_exported_imports_as_it_was(served: House) -> None:
    named = [{"external_id": str(n), "name": name, "email": name if n % 2 else None, "kind": "company"}
             for n, name in enumerate(NASTY)]  # fmt: skip
    assert (await imported(served, lines(*named), media_type=NDJSON)).counts["created"] == len(NASTY)
    group = (await served.post("/v1/user-groups", {"name": "A"}))["id"]
    first = (await served.get("/v1/customers", limit="1"))["data"][0]
    change = {"user_groups": [group], "email": "", "language": ""}
    assert (await served.http.patch(f"/v1/customers/{first['id']}", json=change)).status_code == 200
    before = await served.get("/v1/customers", limit="200")
    for form, media_type in (("csv", CSV), ("ndjson", NDJSON)):
        file = await exported(served.http, "customers", format=form, system="sap")
        assert file.headers["content-type"].startswith(media_type)
        again = await imported(served, file.content, media_type=media_type)
        assert again.counts == {"rows": len(NASTY), "unchanged": len(NASTY)}, again.report
    assert await served.get("/v1/customers", limit="200") == before


async def test_tokens_contracts_sites_and_stations_come_back_too(served: House) -> None:
    customer = (await served.post("/v1/customers", {"name": "Ada"}))["id"]
    contract = {"number": "-1", "customer": customer, "validity": {"since": "2026-01-01T00:00:00.5Z"}}
    contract = await served.post("/v1/contracts", contract | {"external_ids": {"sap": "V"}})
    card = {"id_tag": "04A1", "contract": contract["id"], "blocked": True, "parent": "FLEET"}
    await served.post("/v1/tokens", card | {"external_ids": {"sap": "K"}})
    site = {"name": "A", "address": {"street": "=x"}, "watch_rules": {"silent_h": 48}}
    made = await served.post("/v1/sites", site | {"external_ids": {"sap": "S"}})
    groups = [(await served.post("/v1/station-groups", {"name": name}))["id"] for name in "AB"]
    station = {"identity": "CP1", "site": made["id"], "station_groups": groups, "authorization_key": "k" * 16}
    await served.post("/v1/stations", station | {"external_ids": {"sap": "L"}, "security_profile": 1})
    for kind in ("contracts", "tokens", "sites", "stations"):
        before = await served.get(f"/v1/{kind}")
        for form, media_type in (("csv", CSV), ("ndjson", NDJSON)):
            file = await exported(served.http, kind, format=form, system="sap")
            assert b"kkk" not in file.content
            again = await imported(served, file.content, kind=kind, media_type=media_type)
            assert again.counts == {"rows": 1, "unchanged": 1}, again.report
        assert await served.get(f"/v1/{kind}") == before


async def test_a_table_is_one_that_spreadsheets_open_and_do_not_run(served: House) -> None:
    await imported(served, lines(*({"external_id": str(n), "name": name} for n, name in enumerate(NASTY))),
                   media_type=NDJSON)  # fmt: skip
    file = await exported(served.http, "customers", byte_order_mark=True)
    assert file.content.startswith(b"\xef\xbb\xbfexternal_id,id,cost_centre,email,")
    assert file.content.endswith(b"\r\n")
    assert "attachment" in file.headers["content-disposition"]
    for row in rows_of(await exported(served.http, "customers")):
        assert not any(cell.startswith(tuple("=+-@\t\r\n")) for cell in row.values())


async def test_sessions_come_with_their_cost_line_by_line(served: House) -> None:
    await served.add_tariff()
    await served.add_card()
    async with served.station() as (station, line):
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(60)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        await line.call(
            "StopTransaction", {"transactionId": number, "meterStop": 17_000, "timestamp": served.ago(1)}
        )
    await served.heard("session.rated")
    (session,) = (await served.get("/v1/sessions"))["data"]
    (row,) = rows_of(await exported(served.http, "sessions", filters={"station": [station["id"]]}))
    assert (row["id"], row["energy_kwh"]) == (session["id"], "17.000")
    assert row["cost.total.amount"] == session["cost"]["total"]["amount"]
    assert row["cost.reasons"] == "|".join(session["cost"]["reasons"])
    found = rows_of(await exported(served.http, "session-lines"))
    told = [(one["component"], one["quantity"], one["amount"], one["rounded.amount"]) for one in found]
    assert told == [
        (one["component"], one["quantity"], one["amount"], one["rounded"]["amount"])
        for one in session["cost"]["lines"]
    ]
    assert {one["session"] for one in found} == {session["id"]}
    whole = await exported(served.http, "sessions", format="ndjson")
    assert json.loads(whole.text) == session
    nobody = {"customer": ["cus_" + "0" * 26]}
    assert rows_of(await exported(served.http, "sessions", filters=nobody)) == []


async def test_an_export_of_many_pages_has_each_once_and_in_their_order(served: House) -> None:
    many = 450
    rows = lines(*({"external_id": str(n), "name": f"N{n}"} for n in range(many)))
    await imported(served, rows, media_type=NDJSON)
    found = rows_of(await exported(served.http, "customers", system="sap"))
    assert [one["external_id"] for one in found] == [str(n) for n in range(many)]
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)


async def test_a_wish_is_checked_by_place(served: House) -> None:
    wrong: list[tuple[Json, dict[str, str]]] = [
        ({"kind": "secrets"}, {"/kind": "unknown-value"}),
        ({"kind": "customers", "format": "steve"}, {"/format": "unknown-value"}),
        ({"kind": "customers", "format": "xlsx"}, {"/format": "unknown-value"}),
        ({"kind": "customers", "system": "a b"}, {"/system": "malformed-external-id"}),
        ({"kind": "customers", "filters": {"colour": ["red"]}}, {"/filters/colour": "unknown-field"}),
        ({"kind": "tokens", "filters": {"customer": ["x"]}}, {"/filters/customer": "invalid-value"}),
        ({"kind": "customers", "updated_after": "yesterday"}, {"/updated_after": "not-an-instant"}),
    ]
    for body, told in wrong:
        assert pointers(await served.http.post("/v1/exports", json=body)) == told


async def test_only_what_one_may_read_is_exported_and_only_ones_own(served: House, callers: Callers) -> None:
    other = await served.post("/v1/tenants", {"name": "Other"})
    await served.post("/v1/customers", {"name": "Ours"})
    narrow = await callers.signed_in("exports:write", "exports:read", "operations:read", "tokens:read")
    refused(await narrow.post("/v1/exports", json={"kind": "customers"}), 403, "missing-scope")
    mine = await served.http.post("/v1/exports", json={"kind": "customers"})
    await served.http.get(mine.headers["location"], headers={"Prefer": "wait=30"})
    file = f"/v1/exports/{mine.json()['id']}/file"
    refused(await narrow.get(file), 403, "missing-scope")
    theirs = await callers.signed_in(tenant=other["id"])
    refused(await theirs.get(file), 404, "unknown-export")
    assert rows_of(await exported(theirs, "customers")) == []
    # Whoever is above may ask for what is below as well.
    await theirs.post("/v1/customers", json={"name": "Theirs"})
    both = await exported(served.http, "customers", include_descendants=True)
    assert [row["name"] for row in rows_of(both)] == ["Ours", "Theirs"]
    assert [row["name"] for row in rows_of(await exported(served.http, "customers"))] == ["Ours"]


async def test_an_export_is_made_once_stopped_and_kept_for_a_week(bare: Bare) -> None:
    key = {"Idempotency-Key": "k"}
    async with bare.http() as http:
        begun = [await http.post("/v1/exports", json={"kind": "sites"}, headers=key) for _ in range(2)]
        assert begun[0].json() == begun[1].json()
        stopped = await http.post("/v1/exports", json={"kind": "sites"})
        await http.delete(f"/v1/exports/{stopped.json()['id']}")
        working = asyncio.create_task(bare.services.transfers.run())
        await bare.services.transfers.idle()
        working.cancel()
        assert (await http.get(stopped.headers["location"])).json()["error"] == "cancelled"
        refused(await http.get(f"/v1/exports/{stopped.json()['id']}/file"), 404, "transfer-file-gone")
        one = f"/v1/exports/{begun[0].json()['id']}/file"
        assert (await http.get(one)).status_code == 200
        bare.clock.advance(timedelta(days=7, seconds=1))
        await bare.services.transfers.forget(bare.clock.now())
    async with bare.http() as http:
        refused(await http.get(one), 404, "transfer-file-gone")
