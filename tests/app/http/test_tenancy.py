"""Tenants: what is another's does not exist, whoever narrows sees less, whoever asks sees what is below."""

from __future__ import annotations

import httpx
import pytest

from emobility_app.http.app import api
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.objects import everything
from tests.app.http.refusals import pointers, refused

# Objects of a kind that is there already, for operations that need one of their own.
SPARE = {"adoptable", "test station", "test tenant"}
WITH_ID = [one for one in api() if "{id}" in one.path]
# Reads that tenants below share: what is handed down to them, its versions too.
HANDED_DOWN = {"tariffs_versions"}


async def test_an_object_of_another_tenant_does_not_exist_for_any_operation(
    served: House, callers: Callers
) -> None:
    found = await everything(served)
    other = await served.post("/v1/tenants", {"name": "Other"})
    stranger = await callers.signed_in(tenant=other["id"])
    # A new kind of object must be made above to be walked.
    assert {one.names for one in WITH_ID} <= set(found)
    # What removes an object comes last.
    for one in sorted(WITH_ID, key=lambda one: one.method == "DELETE"):
        path = one.path.replace("{id}", found[one.names]["id"])
        body: Json | None = {} if one.method == "PATCH" else None
        headers = {"If-Match": "*", "Idempotency-Key": one.operation}
        theirs = await stranger.request(one.method, path, json=body, headers=headers)
        if one.operation in HANDED_DOWN:
            assert theirs.status_code == one.status, (one.operation, theirs.text)
        else:
            assert theirs.status_code == 404, (one.operation, theirs.text)
            refused(theirs, 404, theirs.json()["code"])
        if one.method != "POST" and not one.media_type.startswith("text/event-stream"):
            ours = await served.http.request(one.method, path, json=body, headers=headers)
            assert ours.status_code == one.status, (one.operation, ours.text)


async def test_lists_hold_nothing_of_another_tenant(served: House, callers: Callers) -> None:
    await everything(served)
    other = await served.post("/v1/tenants", {"name": "Other"})
    stranger = await callers.signed_in(tenant=other["id"])
    lists = [one for one in api() if one.method == "GET" and one.operation.endswith("_list")]
    # The maps to start with are everybody's.
    lists = [one for one in lists if one.operation != "account_maps_list"]
    for one in lists:
        for query in ({}, {"include_descendants": "true"}):
            seen = (await stranger.get(one.path, params=query)).json()["data"]
            assert {row["tenant"] for row in seen} <= {other["id"]}, one.operation
        ours = await served.get(one.path, include_descendants="true")
        assert ours["data"], one.operation


@pytest.fixture
async def tree(served: House) -> dict[str, str]:
    """The root with a child, its grandchild and another child: name -> id; each has a site of its name."""
    ids = {"root": (await served.get("/v1/me"))["tenant"]}
    for name, parent in (("child", "root"), ("grandchild", "child"), ("other", "root")):
        above = {"Emobility-Tenant": ids[parent]}
        made = await served.http.post("/v1/tenants", json={"name": name}, headers=above)
        assert made.json()["parent"] == ids[parent]
        ids[name] = made.json()["id"]
    for name, id in ids.items():
        made = await served.http.post("/v1/sites", json={"name": name}, headers={"Emobility-Tenant": id})
        assert (made.status_code, made.json()["tenant"]) == (201, id)
    return ids


async def sites(http: httpx.AsyncClient, tenant: str | None = None, **query: str) -> set[str]:
    headers = {} if tenant is None else {"Emobility-Tenant": tenant}
    answer = await http.get("/v1/sites", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return {site["name"] for site in answer.json()["data"]}


async def test_a_list_holds_what_is_below_only_for_who_asks(served: House, tree: dict[str, str]) -> None:
    assert await sites(served.http) == {"root"}
    assert await sites(served.http, include_descendants="true") == set(tree)
    assert await sites(served.http, tree["child"]) == {"child"}
    assert await sites(served.http, tree["child"], include_descendants="true") == {"child", "grandchild"}
    assert await sites(served.http, include_descendants="false") == {"root"}


async def test_a_caller_narrows_to_itself_and_below_and_to_nobody_else(
    callers: Callers, tree: dict[str, str]
) -> None:
    http = await callers.signed_in("sites:read", tenant=tree["child"])
    assert await sites(http, tree["child"]) == {"child"}
    assert await sites(http, tree["grandchild"]) == {"grandchild"}
    unknown = tree["child"][:-4] + "0000"
    for tenant in (tree["root"], tree["other"], unknown):
        refused(await http.get("/v1/sites", headers={"Emobility-Tenant": tenant}), 404, "unknown-tenant")
    for tenant in ("", "child", tree["child"].removeprefix("ten_"), "sit_" + tree["child"][4:]):
        refused(await http.get("/v1/sites", headers={"Emobility-Tenant": tenant}), 400, "malformed-request")


async def test_who_narrows_does_not_see_what_stands_beside_or_above(
    served: House, tree: dict[str, str]
) -> None:
    ids = {
        site["name"]: site["id"]
        for site in (await served.get("/v1/sites", include_descendants="true"))["data"]
    }
    narrowed = {"Emobility-Tenant": tree["child"]}
    seen = {
        name: (await served.http.get(f"/v1/sites/{id}", headers=narrowed)).status_code
        for name, id in ids.items()
    }
    assert seen == {"root": 404, "child": 200, "grandchild": 200, "other": 404}


async def test_a_body_cannot_name_what_is_another_tenants(served: House, tree: dict[str, str]) -> None:
    theirs = (await served.get("/v1/sites", include_descendants="true"))["data"]
    foreign = next(site["id"] for site in theirs if site["name"] == "other")
    narrowed = {"Emobility-Tenant": tree["child"]}
    body = {"identity": "CP1", "site": foreign}
    answer = await served.http.post("/v1/stations", json=body, headers=narrowed)
    assert pointers(answer) == {"/site": "unknown-site"}
    answer = await served.http.post("/v1/sites", json={"name": "x", "tenant": tree["other"]})
    assert pointers(answer) == {"/tenant": "read-only"}
