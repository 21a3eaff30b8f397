"""Records stated by another system: made once, replaced in what it owns, left alone in all else."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from emobility_app.http.app import RESOURCES
from emobility_app.store import migrated
from tests.app.http.bare import Bare
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json, house
from tests.app.http.kinds import KINDS, Kind, body_of
from tests.app.http.refusals import pointers, refused

PUT = [kind for kind in KINDS if kind.path in {resource.path for resource, _ in RESOURCES if resource.put}]
each_kind = pytest.mark.parametrize("kind", PUT, ids=lambda kind: kind.path)
ADA = "/v1/customers/by-external-id/sap/4711"


async def put(served: House, path: str, body: Json, status: int = 200) -> Json:
    answer = await served.http.put(path, json=body)
    assert answer.status_code == status, answer.text
    told: Json = answer.json()
    return told


def test_these_kinds_are_stated_by_other_systems() -> None:
    assert {kind.path for kind in PUT} == {"customers", "tokens", "sites", "contracts", "users"}


@each_kind
async def test_what_is_stated_twice_is_made_once_and_then_unchanged(served: House, kind: Kind) -> None:
    body, path = await body_of(served, kind), f"/v1/{kind.path}/by-external-id/sap/4711"
    made = await served.http.put(path, json=body | {"source_revision": 1})
    assert made.status_code == 201, made.text
    first = made.json()
    assert (first.pop("changed"), first["external_ids"]) == (True, {"sap": "4711"})
    one = made.headers["location"]
    read = await served.http.get(one)
    assert (read.json(), read.headers["etag"]) == (first, made.headers["etag"])

    for revision in (1, 2):
        same = await put(served, path, body | {"source_revision": revision})
        assert same == first | {"changed": False}

    changed = await put(served, path, body | kind.change)
    assert (changed["changed"], changed["version"], changed["id"]) == (True, 1, first["id"])
    name = kind.path.removesuffix("s")
    await served.heard(f"{name}.changed")
    feed = await served.get("/v1/events", limit="500")
    told = [one["type"] for one in feed["data"] if one["subject"] == first["id"]]
    assert told == [f"{name}.created", f"{name}.changed"]
    listed = await served.get(f"/v1/{kind.path}", external_id="sap:4711")
    assert listed["data"] == [{name: value for name, value in changed.items() if name != "changed"}]


async def test_a_field_that_was_never_stated_stays_as_it_is(served: House) -> None:
    made = await put(served, ADA, {"name": "Ada"}, 201)
    one = f"/v1/customers/{made['id']}"
    await served.http.patch(one, json={"email": "ada@example.org", "external_ids": {"crm": "9"}})
    changed = await put(served, ADA, {"name": "Ada L."})
    assert (changed["name"], changed["email"]) == ("Ada L.", "ada@example.org")
    assert changed["external_ids"] == {"sap": "4711", "crm": "9"}


async def test_a_field_that_was_stated_and_is_left_out_goes_back_and_is_let_go_of(served: House) -> None:
    made = await put(served, ADA, {"name": "Ada", "email": "ada@example.org", "language": "en"}, 201)
    gone = await put(served, ADA, {"name": "Ada", "language": "en"})
    assert (gone["changed"], gone["email"], gone["language"]) == (True, None, "en")
    await served.http.patch(f"/v1/customers/{made['id']}", json={"email": "own@example.org"})
    kept = await put(served, ADA, {"name": "Ada", "language": "en"})
    assert (kept["changed"], kept["email"]) == (False, "own@example.org")
    # What must be there cannot be taken back.
    assert pointers(await served.http.put(ADA, json={"language": "en"})) == {"/name": "missing-field"}


async def test_each_system_owns_what_it_states(served: House) -> None:
    made = await put(served, ADA, {"name": "Ada", "email": "ada@example.org"}, 201)
    named = {"external_ids": {"crm": "a/7 ä"}}
    await served.http.patch(f"/v1/customers/{made['id']}", json=named)
    crm = "/v1/customers/by-external-id/crm/a%2F7%20%C3%A4"
    assert (await put(served, crm, {"language": "en"}))["language"] == "en"
    assert (await put(served, ADA, {"name": "Ada"}))["language"] == "en"
    left = await put(served, crm, {})
    assert (left["language"], left["name"], left["id"]) == ("de", "Ada", made["id"])


async def test_a_record_made_by_hand_is_taken_over_by_its_external_id(served: House) -> None:
    body = {"name": "Ada", "email": "ada@example.org", "external_ids": {"sap": "4711"}}
    known = await served.post("/v1/customers", body)
    assert await put(served, ADA, {}) == known | {"changed": False}
    taken = await put(served, ADA, {"name": "Ada L."})
    assert (taken["id"], taken["name"], taken["email"]) == (known["id"], "Ada L.", "ada@example.org")


async def test_an_older_revision_is_refused_by_name_and_leaves_nothing(served: House) -> None:
    await put(served, ADA, {"name": "Ada", "source_revision": 7}, 201)
    await put(served, ADA, {"name": "Ada"})  # who counts no more has not begun anew
    late = await served.http.put(ADA, json={"name": "Old", "source_revision": 6})
    told = refused(late, 409, "outdated-revision")
    assert told["fields"] == {"system": "sap", "given": "6", "known": "7"}
    assert (await put(served, ADA, {"name": "Ada", "source_revision": 7}))["changed"] is False
    # A revision is known although nothing changed with it.
    await put(served, ADA, {"name": "Ada", "source_revision": 9})
    refused(await served.http.put(ADA, json={"name": "Old", "source_revision": 8}), 409, "outdated-revision")
    for wrong in (-1, 1.5, "7", True, None, 2**53):
        answer = await served.http.put(ADA, json={"name": "Ada", "source_revision": wrong})
        assert pointers(answer) == {"/source_revision": "not-an-integer"}


@each_kind
async def test_a_body_is_checked_as_a_posted_one_is(served: House, kind: Kind) -> None:
    body, path = await body_of(served, kind), f"/v1/{kind.path}/by-external-id/sap/1"
    outer, value, code = kind.wrong
    wrong: list[tuple[Json, dict[str, str]]] = [
        ({outer: value}, {f"/{outer}": code}),
        ({"colour": "red", "id": "x"}, {"/colour": "unknown-field", "/id": "read-only"}),
        ({"external_ids": {"sap": "2"}}, {"/external_ids": "read-only"}),
    ]
    for changes, told in wrong:
        assert pointers(await served.http.put(path, json=body | changes)) == told
    await put(served, path, body, 201)
    for changes, told in wrong[1:]:
        assert pointers(await served.http.put(path, json=body | changes)) == told
    for nowhere in ("a:b/1", "sap/" + "1" * 201, "a%20b/1", "sap/%00", "sap/%FF", "sap/1/2"):
        answer = await served.http.put(f"/v1/{kind.path}/by-external-id/{nowhere}", json=body)
        refused(answer, 400, "malformed-request")


async def test_references_and_what_is_said_once_are_guarded(served: House) -> None:
    path, (ada, bob) = "/v1/contracts/by-external-id/sap/1", [
        (await served.post("/v1/customers", {"name": name}))["id"] for name in ("Ada", "Bob")
    ]  # fmt: skip
    await put(served, path, {"number": "1", "customer": ada}, 201)
    await put(served, path, {"number": "2", "customer": ada})
    moved = await served.http.put(path, json={"number": "2", "customer": bob})
    assert pointers(moved) == {"/customer": "read-only"}
    assert (await put(served, path, {"number": "2"}))["customer"] == ada
    nobody = {"number": "3", "customer": "cus_" + "0" * 26}
    answer = await served.http.put("/v1/contracts/by-external-id/sap/2", json=nobody)
    assert pointers(answer) == {"/customer": "unknown-customer"}
    group = await served.http.put(path, json={"number": "2", "user_group": "ugr_" + "0" * 26})
    assert pointers(group) == {"/user_group": "unknown-user-group"}


async def test_what_a_statement_refers_to_may_be_named_as_the_system_does(served: House) -> None:
    by = "by-external-id/sap"
    ada = await put(served, f"/v1/customers/{by}/K:1", {"name": "Ada"}, 201)
    staff = await served.post("/v1/user-groups", {"name": "Staff", "external_ids": {"sap": "G1"}})
    named = {"number": "1", "customer": {"external_id": "K:1"}, "user_group": {"external_id": "G1"}}
    contract = await put(served, f"/v1/contracts/{by}/V1", named, 201)
    assert (contract["customer"], contract["user_group"]) == (ada["id"], staff["id"])
    assert not (await put(served, f"/v1/contracts/{by}/V1", named))["changed"]
    grouped = await put(
        served, f"/v1/customers/{by}/K:1", {"name": "Ada", "user_groups": [{"external_id": "G1"}]}
    )
    assert grouped["user_groups"] == [staff["id"]]
    # Another system's names, and what nothing is called, name nothing.
    answer = await served.http.put("/v1/contracts/by-external-id/crm/1", json=named)
    assert pointers(answer) == {
        "/customer/external_id": "unknown-reference",
        "/user_group/external_id": "unknown-reference",
    }
    listed = {"name": "Ada", "user_groups": [staff["id"], {"external_id": "G2"}]}
    answer = await served.http.put(f"/v1/customers/{by}/K:1", json=listed)
    assert pointers(answer) == {"/user_groups/1/external_id": "unknown-reference"}


async def test_a_value_that_another_has_is_a_conflict(served: House) -> None:
    await served.add_card("04A1")
    answer = await served.http.put("/v1/tokens/by-external-id/sap/1", json={"id_tag": "04a1"})
    assert refused(answer, 409, "already-taken")["fields"]["field"] == "id_tag"


async def test_a_version_that_was_not_seen_is_not_replaced(served: House) -> None:
    made = await served.http.put(ADA, json={"name": "Ada"})
    seen = {"If-Match": made.headers["etag"]}
    assert (await served.http.put(ADA, json={"name": "B"}, headers=seen)).status_code == 200
    refused(await served.http.put(ADA, json={"name": "C"}, headers=seen), 412, "precondition-failed")


async def test_a_contract_is_stated_unseen_but_for_what_somebody_else_set_in_it(served: House) -> None:
    path, ada = (
        "/v1/contracts/by-external-id/sap/1",
        (await served.post("/v1/customers", {"name": "Ada"}))["id"],
    )
    staff, guests = [(await served.post("/v1/user-groups", {"name": name}))["id"] for name in ("S", "G")]
    made = await put(served, path, {"number": "1", "customer": ada}, 201)
    # Its own fields, and what nobody has set.
    await put(served, path, {"number": "2"})
    await put(served, path, {"number": "2", "user_group": staff})
    await put(served, path, {"number": "2"})
    agreed = {"json": {"user_group": guests}, "headers": {"If-Match": "*"}}
    seen = await served.http.patch(f"/v1/contracts/{made['id']}", **agreed)  # type: ignore[arg-type]
    assert (await put(served, path, {"number": "3"}))["user_group"] == guests
    unseen = await served.http.put(path, json={"number": "3", "user_group": staff})
    refused(unseen, 428, "precondition-required")
    for match, status in ((seen.headers["etag"], 412), ("*", 200)):
        taken = await served.http.put(
            path, json={"number": "3", "user_group": staff}, headers={"If-Match": match}
        )
        assert taken.status_code == status, taken.text
    # From here on the field is the system's own.
    assert (await put(served, path, {"number": "3", "user_group": guests}))["changed"]


async def test_each_tenant_has_its_own_and_nobody_elses(served: House, callers: Callers) -> None:
    other = await served.post("/v1/tenants", {"name": "Other"})
    ours = await put(served, ADA, {"name": "Ours"}, 201)
    stranger = await callers.signed_in("customers:write", tenant=other["id"])
    theirs = await stranger.put(ADA, json={"name": "Theirs"})
    assert (theirs.status_code, theirs.json()["tenant"]) == (201, other["id"])
    # Whoever is above states for itself unless it narrows.
    assert (await put(served, ADA, {"name": "Ours"}))["id"] == ours["id"]
    reader = await callers.signed_in("customers:read")
    refused(await reader.put(ADA, json={"name": "A"}), 403, "missing-scope")


async def _at_once(http: httpx.AsyncClient, many: int) -> list[Any]:
    answers = await asyncio.gather(*(http.put(ADA, json={"name": "Ada"}) for _ in range(many)))
    return sorted((answer.status_code, answer.json()["changed"]) for answer in answers)


async def test_of_many_at_once_one_makes_the_record_and_the_others_find_it(served: House, bare: Bare) -> None:
    once = [(200, False)] * 7 + [(201, True)]
    assert await _at_once(served.http, 8) == once
    assert len((await served.get("/v1/customers"))["data"]) == 1
    async with bare.http() as http:
        assert await _at_once(http, 8) == once


async def test_of_many_at_once_on_postgresql_none_is_lost_and_one_makes_it(postgresql_url: str) -> None:
    await migrated(postgresql_url)
    async with house(postgresql_url) as served:
        path = f"/v1/customers/by-external-id/sap/{uuid4()}"
        stated = (served.http.put(path, json={"name": "Ada", "source_revision": 1}) for _ in range(8))
        told = [(answer.status_code, answer.json()) for answer in await asyncio.gather(*stated)]
        assert sorted((status, body["changed"]) for status, body in told) == [(200, False)] * 7 + [
            (201, True)
        ]
        names = (f"Ada {number}" for number in range(8))
        changed = await asyncio.gather(*(served.http.put(path, json={"name": name}) for name in names))
        assert [answer.status_code for answer in changed] == [200] * 8
        (one,) = {body["id"] for _, body in told}
        assert (await served.get(f"/v1/customers/{one}"))["version"] == 8


async def test_names_in_other_systems_are_ones_that_can_be_found(served: House) -> None:
    for name in ({"a:b": "1"}, {"": "1"}, {"sap": ""}, {"sap": "1" * 201}, {"s" * 51: "1"}, {"sap": "a\n"}):
        answer = await served.http.post("/v1/sites", json={"name": "A", "external_ids": name})
        (system,) = name
        assert pointers(answer) == {f"/external_ids/{system}": "malformed-external-id"}
