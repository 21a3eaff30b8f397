"""A person is told all that is stored about them; once erased, nothing anywhere names them any more."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from emobility_adapters.sql.urls import sqlite_path
from emobility_app.auditing import seal_waiting
from emobility_app.compose import EVERYTHING
from emobility_core.ids import ExportId, parse_id
from tests.adapters.sql.asked import read_in_writing, walked
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.importing import imported, table
from tests.app.http.refusals import pointers, refused

NAME, EMAIL, TAG, NUMBER = "Zebedee Quixote", "zebedee@quixote.example", "04ZEB3D33Q", "V-ZEBEDEE-7"
PERSONAL = (NAME, EMAIL, TAG, NUMBER, "Blue card of Zebedee", "SAP-ZQ-99")


@attrs.frozen
class Known:
    """A person of whom much is known: the ids of their records."""

    customer: str
    contract: str
    token: str
    session: str

    def asked(self, **further: Any) -> Json:
        return {"customer": self.customer, **further}


async def known(served: House) -> Known:
    """A customer who has charged, reserved, and of whom stations and other systems have told."""
    await served.add_tariff()
    here = f"/v1/customers/by-external-id/sap/{PERSONAL[5]}"
    customer = (await served.http.put(here, json={"name": NAME, "email": EMAIL})).json()
    contract = await served.post("/v1/contracts", {"number": NUMBER, "customer": customer["id"]})
    label = {"label": PERSONAL[4], "contract": contract["id"]}
    made = await served.http.post(
        "/v1/tokens", json={"id_tag": TAG, **label}, headers={"Idempotency-Key": "token"}
    )
    token = made.json()
    async with served.station() as (station, line):
        await line.call("Authorize", {"idTag": TAG.lower()})
        start = {"connectorId": 1, "idTag": TAG, "meterStart": 0, "timestamp": served.ago(9)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        stop = {"transactionId": number, "meterStop": 7_300, "timestamp": served.ago(1), "idTag": TAG}
        await line.call("StopTransaction", stop)
        stray = {"transactionId": 999, "meterStop": 1, "timestamp": served.ago(1), "idTag": TAG}
        await line.call("StopTransaction", stray)
        keep = {"station": station["id"], "connector": 2, "id_tag": TAG, "expires_at": served.ago(-60)}
        await served.reserve("r", **keep)
        await served.command("c", type="remote_start", station=station["id"], id_tag=TAG, connector=1)
        await served.heard("session.rated")
    await served.http.patch(f"/v1/customers/{customer['id']}", json={"language": "en"})
    (session,) = (await served.get("/v1/sessions", token=token["id"]))["data"]
    return Known(customer["id"], contract["id"], token["id"], session["id"])


async def erase(served: House, who: Known, key: str = "erase", **further: Any) -> Any:
    return await served.http.post("/v1/erasures", json=who.asked(**further), headers={"Idempotency-Key": key})


async def dumped(served: House) -> bytes:
    """All bytes of the database file once its free pages are gone."""
    path = sqlite_path(served.server.database.url)
    assert path is not None
    return await asyncio.to_thread(vacuumed, path)


def vacuumed(path: str) -> bytes:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(path).read_bytes()


def named(dump: bytes) -> list[str]:
    return [text for text in PERSONAL if text.lower().encode() in dump.lower()]


async def test_nothing_names_a_person_who_was_erased(served: House) -> None:
    who = await known(served)
    assert named(await dumped(served)) == list(PERSONAL)
    before = await served.get(f"/v1/sessions/{who.session}")
    answer = await erase(served, who)
    assert answer.status_code == 201, answer.text
    assert named(await dumped(served)) == []
    after = await served.get(f"/v1/sessions/{who.session}")
    for field in ("energy_kwh", "total", "started_at", "ended_at", "station", "customer"):
        assert after.get(field) == before.get(field), field
    token = await served.get(f"/v1/tokens/{who.token}")
    assert after["id_tag"] == token["id_tag"] != TAG
    assert (token["blocked"], token["label"], token["external_ids"]) == (True, "", {})
    events = (await served.get("/v1/events", types="session.started"))["data"]
    assert events[0]["data"]["id_tag"] == token["id_tag"]
    customer = await served.get(f"/v1/customers/{who.customer}")
    assert (customer["email"], customer["external_ids"]) == (None, {})
    assert customer["name"].startswith("erased-")


async def test_nobody_waits_while_lines_and_events_are_looked_through(served: House) -> None:
    who, database = await known(served), served.server.database
    path = sqlite_path(database.url)
    assert path is not None
    with read_in_writing(database) as queries:
        assert (await erase(served, who)).status_code == 201
    assert {"charging_session", "audit_detail"} <= walked(path, queries), "what may change is looked through"
    assert not {"station_frame", "station_report", "event"} & walked(path, queries)


async def test_the_log_of_an_erasure_holds_and_names_nobody(served: House) -> None:
    who = await known(served)
    transactions = served.server.transactions
    await seal_waiting(transactions, transactions.reading, EVERYTHING)
    made = (await erase(served, who)).json()
    await seal_waiting(transactions, transactions.reading, EVERYTHING)
    verdict = await served.get("/v1/audit-verdict")
    assert (verdict["broken"], verdict["complete"]) == (None, True)
    (entry,) = (await served.get("/v1/audit-entries", operation="erasures_create"))["data"]
    assert entry["allowed_by"] == {"scope": "personal-data:erase"}
    kinds = {change["subject"]: change["kind"] for change in entry["changes"]}
    assert {kinds[id] for id in (who.customer, who.contract, who.token)} == {"changed"}
    assert kinds[made["id"]] == "created"
    gone = [one for one, kind in kinds.items() if kind == "erased"]
    assert gone
    for id in gone:
        changes = (await served.get(f"/v1/audit-entries/{id}"))["changes"]
        erased = [change for change in changes if change["erased_by"] == made["id"]]
        assert erased
        assert all(change["before"] is change["after"] is None for change in erased)
    assert not [text for text in PERSONAL if text in str(entry)]


async def test_a_dry_run_tells_what_an_erasure_does_and_does_nothing(served: House) -> None:
    who = await known(served)
    count = len((await served.get("/v1/audit-entries", limit="200"))["data"])
    told = await erase(served, who, "dry", dry_run=True)
    assert told.status_code == 200
    preview = told.json()
    assert (preview["id"], preview["dry_run"]) == (None, True)
    assert (await served.get(f"/v1/customers/{who.customer}"))["name"] == NAME
    assert len((await served.get("/v1/audit-entries", limit="200"))["data"]) == count
    done = (await erase(served, who, "wet")).json()
    # What stations say, and what is told of it, may have come in between.
    for name in set(preview["replaced"]) - {"station_frame", "event"}:
        assert preview["replaced"][name] == done["replaced"][name], name
    assert preview["replaced"].keys() == done["replaced"].keys()
    (kept,) = done["kept"]
    assert (kept["count"], kept["what"]) == (1, "sessions, their meter values and prices")
    year = served.server.clock.now().year
    assert date.fromisoformat(kept["until"]) in (date(year + 9, 1, 1), date(year + 8, 1, 1))
    assert "AO 147" in kept["law"]
    listed = (await served.get("/v1/erasures", customer=who.customer))["data"]
    assert listed == [await served.get(f"/v1/erasures/{done['id']}")] == [done]


async def test_an_erasure_needs_a_key_and_a_right_of_its_own(served: House, callers: Callers) -> None:
    who = await known(served)
    refused(await served.http.post("/v1/erasures", json=who.asked()), 400, "idempotency-key-required")
    others = await callers.signed_in("customers:read", "customers:write", "audit-entries:read")
    for path in ("/v1/erasures", "/v1/personal-data-exports"):
        refused(await others.post(path, json=who.asked()), 403, "missing-scope")
    denied = (await served.get("/v1/audit-entries", outcome="denied"))["data"]
    assert [one["operation"] for one in denied] == ["erasures_create", "personal_data_exports_create"]
    first = await erase(served, who)
    again = await erase(served, who)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")


async def test_nobody_is_erased_while_they_charge(served: House) -> None:
    who = await known(served)
    async with served.station("CP2") as (_, line):
        start = {"connectorId": 1, "idTag": TAG, "meterStart": 0, "timestamp": served.ago(1)}
        await line.call("StartTransaction", start)
        refused(await erase(served, who), 409, "person-charging")


async def test_a_card_that_another_company_knows_as_well_is_not_erased(served: House) -> None:
    who = await known(served)
    other = await served.post("/v1/tenants", {"name": "Other"})
    body, above = {"id_tag": TAG.lower()}, {"Emobility-Tenant": other["id"]}
    assert (await served.http.post("/v1/tokens", json=body, headers=above)).status_code == 201
    refused(await erase(served, who), 409, "tag-of-somebody-else")


async def test_a_stranger_can_neither_read_nor_erase_a_person(served: House, callers: Callers) -> None:
    who = await known(served)
    other = await served.post("/v1/tenants", {"name": "Other"})
    stranger = await callers.signed_in(tenant=other["id"])
    for path in ("/v1/erasures", "/v1/personal-data-exports"):
        answer = await stranger.post(path, json=who.asked(), headers={"Idempotency-Key": "1"})
        refused(answer, 404, "unknown-customer")


async def test_who_is_called_the_same_in_another_company_is_neither_told_nor_erased(
    served: House, callers: Callers
) -> None:
    theirs = await known(served)
    other = await served.post("/v1/tenants", {"name": "Other"})
    stranger = await callers.signed_in(tenant=other["id"])
    alike = await stranger.post("/v1/customers", json={"name": NAME, "email": EMAIL})
    card = {"id_tag": TAG, "customer": alike.json()["id"]}
    assert (await stranger.post("/v1/tokens", json=card)).status_code == 201
    asked, before = {"customer": alike.json()["id"]}, await everything_of(served, theirs)
    told = await stranger.post("/v1/personal-data-exports", json=asked)
    assert told.status_code == 201
    for id in attrs.astuple(theirs):
        assert id not in told.text
    data = told.json()["data"]
    assert {row["tenant"] for rows in data.values() for row in rows} == {other["id"]}
    assert data.keys() <= {"customer", "token", "audit_detail", "event"}
    gone = await stranger.post("/v1/erasures", json=asked, headers={"Idempotency-Key": "1"})
    assert gone.status_code == 201, gone.text
    assert await everything_of(served, theirs) == before
    assert named(await dumped(served)) == list(PERSONAL)


async def everything_of(served: House, who: Known) -> list[object]:
    """The records of a person, what was told of them, and what stations have said."""
    session = await served.get(f"/v1/sessions/{who.session}")
    paths = [f"/v1/customers/{who.customer}", f"/v1/contracts/{who.contract}", f"/v1/tokens/{who.token}"]
    found = [await served.get(path) for path in paths]
    # How it goes on with a reservation is not of interest.
    reserved = [one["id_tag"] for one in (await served.get("/v1/reservations"))["data"]]
    heard = await served.get(f"/v1/stations/{session['station']}/messages", limit="200")
    started = await served.get("/v1/events", types="session.started", include_descendants="false")
    return [session, *found, *reserved, heard, started["data"]]


async def test_names_of_others_stay(served: House) -> None:
    who = await known(served)
    site = await served.post("/v1/sites", {"name": NAME})
    beside = await served.post("/v1/customers", {"name": f"{NAME}-Schmidt", "email": f"x{EMAIL}"})
    await erase(served, who)
    assert (await served.get(f"/v1/sites/{site['id']}"))["name"] == NAME
    assert (await served.get(f"/v1/customers/{beside['id']}")) == beside


async def test_an_export_holds_all_that_refers_to_the_person(served: House) -> None:
    who = await known(served)
    await served.post("/v1/customers", {"name": "Somebody Else"})
    answer = await served.http.post(
        "/v1/personal-data-exports", json=who.asked(), headers={"Idempotency-Key": "copy"}
    )
    assert answer.status_code == 201
    data = answer.json()["data"]
    expected = {
        "customer", "contract", "token", "charging_session", "rated_session", "reservation", "command",
        "station_frame", "event", "doubtful_report", "audit_detail", "idempotency_key", "external_id",
    }  # fmt: skip
    assert data.keys() >= expected
    assert [row["name"] for row in data["customer"]] == [NAME]
    assert [row["id"] for row in data["charging_session"]]
    assert all(TAG.lower() in row["frame"].lower() for row in data["station_frame"])
    assert "Somebody Else" not in answer.text
    assert "secret" not in answer.text
    again = await served.http.post(
        "/v1/personal-data-exports", json=who.asked(), headers={"Idempotency-Key": "copy"}
    )
    assert again.json()["data"] is None
    (entry,) = (await served.get("/v1/audit-entries", operation="personal_data_exports_create"))["data"]
    assert (entry["outcome"], [one["subject"] for one in entry["changes"]]) == ("read", [who.customer])


@pytest.mark.parametrize("short", ["1", "AB"])
async def test_a_short_tag_takes_nothing_else_with_it(served: House, short: str) -> None:
    customer = await served.post("/v1/customers", {"name": "Al"})
    await served.post("/v1/tokens", {"id_tag": short, "customer": customer["id"]})
    async with served.station("AB1") as (station, line):
        await line.call("Authorize", {"idTag": short})
        before = (await served.get(f"/v1/stations/{station['id']}/messages"))["data"]
    who = Known(customer["id"], "", "", "")
    assert (await erase(served, who)).status_code == 201
    after = (await served.get(f"/v1/stations/{station['id']}/messages"))["data"]
    assert [one["message_id"] for one in after][: len(before)] == [one["message_id"] for one in before]
    (asked,) = [one["request"] for one in after if one["action"] == "Authorize"]
    assert f'"{short}"' not in asked
    assert "erased-" in asked


async def exported(served: House, kind: str, **wanted: Any) -> Json:
    begun = await served.http.post("/v1/exports", json={"kind": kind, **wanted})
    await served.http.get(begun.headers["location"], headers={"Prefer": "wait=30"})
    return await served.get(f"/v1/exports/{begun.json()['id']}")


async def test_files_that_name_a_person_go_with_them(served: House) -> None:
    ada = {"external_id": "1", "name": "Ada Lovelace", "email": "ada@lovelace.example"}
    named = [f"/v1/imports/{(await imported(served, table(ada))).shown['id']}"]
    other = [
        f"/v1/imports/{(await imported(served, table({'external_id': '2', 'name': 'Bob'}))).shown['id']}"
    ]
    (customer,) = (await served.get("/v1/customers", external_id="sap:1"))["data"]
    for form in ("csv", "ndjson"):
        named.append(f"/v1/exports/{(await exported(served, 'customers', format=form))['id']}")
        nobody = {"format": form, "filters": {"name": ["Bob"]}}
        other.append(f"/v1/exports/{(await exported(served, 'customers', **nobody))['id']}")
    who = Known(customer["id"], "", "", "")
    assert (await erase(served, who, "dry", dry_run=True)).json()["files"] == len(named)
    done = await erase(served, who)
    assert done.json()["files"] == len(named)
    for one in named:
        gone = await served.get(one)
        assert (gone["removal"], gone["removed_at"] is None) == ("erasure", False)
        file = f"{one}/{'report' if 'imports' in one else 'file'}"
        refused(await served.http.get(file), 404, "transfer-file-gone")
    for one in other:
        assert (await served.get(one))["removed_at"] is None
        assert (await served.http.get(f"{one}/{'report' if 'imports' in one else 'file'}")).status_code == 200


async def test_nobody_is_erased_while_a_file_is_made_that_may_name_them(served: House) -> None:
    customer = (await served.post("/v1/customers", {"name": "Ada Lovelace"}))["id"]
    made = ExportId(parse_id("exp", (await exported(served, "customers"))["id"]))
    async with served.server.transactions(EVERYTHING) as work:
        export = await work.exports.get(made)
        id = ExportId(served.server.ids.uuid7(served.server.clock.now()))
        await work.exports.add(attrs.evolve(export, id=id, finished_at=None))
    refused(await erase(served, Known(customer, "", "", "")), 409, "transfer-under-way")
    assert (await served.get(f"/v1/customers/{customer}"))["name"] == "Ada Lovelace"


async def test_a_user_is_told_what_is_stored_and_forgotten_as_well(served: House) -> None:
    email = "bea@stadtwerk.example"
    user = await served.post("/v1/users", {"email": email, "name": "Bea Benz"})
    customer = await served.post("/v1/customers", {"name": "Bea Benz", "email": email})
    told = await served.http.post("/v1/personal-data-exports", json={"user": user["id"]})
    assert (told.json()["user"], told.json()["customer"]) == (user["id"], None)
    assert [row["email"] for row in told.json()["data"]["user_account"]] == [email]
    assert "password_hash" not in told.text
    # A customer of the same address is erased as a customer: the account works on.
    erased = {"customer": customer["id"]}, {"user": user["id"]}
    first, second = [
        await served.http.post("/v1/erasures", json=one, headers={"Idempotency-Key": str(one)})
        for one in erased
    ]
    assert first.status_code == second.status_code == 201, second.text
    assert second.json()["replaced"]["user_account"] == 1
    gone = await served.get(f"/v1/users/{user['id']}")
    assert (gone["enabled"], gone["external_ids"]) == (False, {})
    assert re.fullmatch(r"erased-\w{12}@erased\.invalid", gone["email"])
    assert (await served.get("/v1/erasures", user=user["id"]))["data"] == [second.json()]
    dump = (await dumped(served)).lower()
    assert email.encode() not in dump
    assert b"bea benz" not in dump


async def test_nobody_erases_a_user_who_is_permitted_more(served: House, callers: Callers) -> None:
    user = await served.post("/v1/users", {"email": "boss@stadtwerk.example", "name": "Bea Benz"})
    await served.post("/v1/role-assignments", {"actor": f"user:{user['id']}", "role": "owner"})
    http = await callers.signed_in("personal-data:erase", "users:read")
    for dry_run in (True, False):
        body, key = {"user": user["id"], "dry_run": dry_run}, {"Idempotency-Key": f"boss {dry_run}"}
        refused(await http.post("/v1/erasures", json=body, headers=key), 403, "user-beyond-caller")
    assert (await served.get(f"/v1/users/{user['id']}"))["name"] == "Bea Benz"


async def test_a_person_is_either_a_customer_or_a_user(served: House) -> None:
    both = {"customer": "cus_" + "0" * 26, "user": "usr_" + "0" * 26}
    for path in ("/v1/erasures", "/v1/personal-data-exports"):
        for body in (Json(), both):
            answer = await served.http.post(path, json=body, headers={"Idempotency-Key": "k"})
            assert pointers(answer) == {"/customer": "missing-field"}
