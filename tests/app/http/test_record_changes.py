"""Changing records: merge patches, versions that were seen, values that are given once."""

from __future__ import annotations

import pytest

from tests.app.http.house import House
from tests.app.http.refusals import pointers, refused

FULL = {
    "name": "Rathaus",
    "address": {"street": "Am Markt 1", "postal_code": "89073", "city": "Ulm", "country": "DE"},
    "external_ids": {"sap": "1", "datev": "2"},
}


async def test_a_patch_merges_objects_and_null_removes(served: House) -> None:
    site = await served.post("/v1/sites", FULL)
    patch = {"address": {"city": "Neu-Ulm", "street": None}, "external_ids": {"sap": None, "erp": "3"}}
    changed = (await served.http.patch(f"/v1/sites/{site['id']}", json=patch)).json()
    # RFC 7396; a field that is removed is as if it had never been given.
    assert changed["address"] == FULL["address"] | {"city": "Neu-Ulm", "street": ""}  # type: ignore[operator]
    assert changed["external_ids"] == {"datev": "2", "erp": "3"}
    assert (changed["name"], changed["time_zone"]) == ("Rathaus", "Europe/Berlin")
    untouched = {name: value for name, value in site.items() if name in ("id", "tenant", "created_at")}
    assert untouched.items() <= changed.items()
    assert changed["updated_at"] > site["updated_at"]


async def test_a_patch_replaces_lists_whole(served: House) -> None:
    one, two = [(await served.post("/v1/user-groups", {"name": name}))["id"] for name in "ab"]
    customer = await served.post("/v1/customers", {"name": "Ada", "user_groups": [one]})
    path = f"/v1/customers/{customer['id']}"
    assert (await served.http.patch(path, json={"user_groups": [two]})).json()["user_groups"] == [two]
    assert (await served.http.patch(path, json={"user_groups": None})).json()["user_groups"] == []


async def test_a_patch_is_checked_as_a_whole_record_is(served: House) -> None:
    site = await served.post("/v1/sites", FULL)
    path = f"/v1/sites/{site['id']}"
    assert pointers(await served.http.patch(path, json={"name": None})) == {"/name": "missing-field"}
    flaws = await served.http.patch(path, json={"time_zone": "Mars/Base", "address": {"country": "Germany"}})
    assert pointers(flaws) == {"/time_zone": "unknown-time-zone", "/address/country": "invalid-value"}
    for name in ("id", "tenant", "created_at", "updated_at", "version"):
        assert pointers(await served.http.patch(path, json={name: site[name]})) == {f"/{name}": "read-only"}
    refused(await served.http.patch(path, json=["name"]), 400, "malformed-request")
    refused(await served.http.patch(path, content=b"\xff"), 400, "malformed-request")
    assert await served.get(path) == site


@pytest.mark.parametrize("match", ['"v0."', "*", '"v7.0", {}', "{}"])
async def test_a_change_is_taken_in_a_version_that_was_seen(served: House, match: str) -> None:
    created = await served.http.post("/v1/sites", json=FULL)
    path, tag = created.headers["location"], created.headers["etag"]
    changed = await served.http.patch(path, json={"name": "B"}, headers={"If-Match": match.format(tag)})
    assert changed.status_code == 200


async def test_of_two_changes_of_one_version_the_second_is_refused_and_leaves_nothing(served: House) -> None:
    created = await served.http.post("/v1/sites", json=FULL)
    path, seen = created.headers["location"], {"If-Match": created.headers["etag"]}
    assert (await served.http.patch(path, json={"name": "first"}, headers=seen)).status_code == 200
    second = await served.http.patch(path, json={"name": "second"}, headers=seen)
    refused(second, 412, "precondition-failed")
    assert (await served.get(path))["name"] == "first"


async def test_what_is_given_once_is_refused_the_second_time_in_any_case(served: House) -> None:
    customer = (await served.post("/v1/customers", {"name": "Ada"}))["id"]
    bodies = [
        ("stations", {"identity": "CP-1"}, {"identity": "cp-1"}, "identity"),
        ("tokens", {"id_tag": "04a1"}, {"id_tag": "04A1"}, "id_tag"),
        ("contracts", {"number": "7", "customer": customer}, {"number": "7", "customer": customer}, "number"),
    ]
    for path, first, again, field in bodies:
        await served.post(f"/v1/{path}", first)
        answer = await served.http.post(f"/v1/{path}", json=again)
        assert refused(answer, 409, "already-taken")["fields"]["field"] == field
        assert len((await served.get(f"/v1/{path}"))["data"]) == 1


async def test_a_value_given_once_cannot_be_taken_by_a_change_either(served: House) -> None:
    await served.post("/v1/stations", {"identity": "CP1"})
    other = await served.post("/v1/stations", {"identity": "CP2"})
    answer = await served.http.patch(f"/v1/stations/{other['id']}", json={"identity": "CP1"})
    refused(answer, 409, "already-taken")
    assert (await served.get(f"/v1/stations/{other['id']}"))["identity"] == "CP2"
