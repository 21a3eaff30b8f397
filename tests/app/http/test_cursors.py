"""Lists: pages that miss nothing, links that lead on, bounds that hold, filters that are known."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from emobility_app.http.app import api
from emobility_app.http.schemas import MOST_COUNTED
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_site
from tests.app.http.bare import Bare
from tests.app.http.house import House, Json
from tests.app.http.refusals import refused

LISTS = [
    one for one in api()
    if one.method == "GET" and one.operation.endswith("_list") and "cursor" in one.query
]  # fmt: skip


async def made(served: House, *names: str) -> list[str]:
    return [(await served.post("/v1/sites", {"name": name}))["id"] for name in names]


def ids(page: Json) -> list[str]:
    return [one["id"] for one in page["data"]]


async def test_the_links_lead_through_every_record_once_and_in_order(served: House) -> None:
    everything = await made(served, *"abcdefg")
    url, found, pages = "/v1/sites?limit=3", [], 0
    while url:
        answer = await served.http.get(url)
        page, pages = answer.json(), pages + 1
        found += ids(page)
        following = answer.links.get("next")
        assert (following is None) == (page["next_cursor"] is None)
        url = "" if following is None else urljoin(str(answer.url), following["url"])
    assert (found, pages) == (everything, 3)


async def test_what_is_counted_is_bounded_and_says_so(bare: Bare) -> None:
    counts = []
    for added in (MOST_COUNTED, 1):
        async with bare.store.transactions(scope_of(bare.tenant, "test")) as work:
            await work.sites.add_all([make_site(tenant=bare.tenant.id) for _ in range(added)])
        async with bare.http() as http:
            page = (await http.get("/v1/sites", params={"limit": 1, "count": "estimate"})).json()
            counts.append(page["count"])
            behind = {"limit": 1, "count": "estimate", "cursor": page["next_cursor"]}
            assert (await http.get("/v1/sites", params=behind)).json()["count"] == counts[-1]
    assert counts == [{"number": MOST_COUNTED, "exact": True}, {"number": MOST_COUNTED, "exact": False}]


async def test_a_page_that_is_just_full_is_the_last_one(served: House) -> None:
    everything = await made(served, *"abc")
    answer = await served.http.get("/v1/sites?limit=3")
    assert (ids(answer.json()), answer.json()["next_cursor"]) == (everything, None)
    assert "link" not in answer.headers


async def test_what_comes_and_changes_in_between_shifts_no_page(served: House) -> None:
    everything = await made(served, *"abcd")
    first = await served.get("/v1/sites", limit="2")
    await served.http.patch(f"/v1/sites/{everything[0]}", json={"name": "z"})
    late = await made(served, "late")
    rest = await served.get("/v1/sites", limit="10", cursor=first["next_cursor"])
    assert ids(first) + ids(rest) == everything + late


async def test_the_link_keeps_the_filters_of_the_list(served: House) -> None:
    for name in ("x", "y", "x", "z", "y"):
        await served.post("/v1/customers", {"name": name})
    query = "name=x&name=y&kind=person&limit=2&include_descendants=true"
    first = await served.http.get(f"/v1/customers?{query}")
    second = await served.http.get(urljoin(str(first.url), first.links["next"]["url"]))
    names = [one["name"] for one in first.json()["data"] + second.json()["data"]]
    # The same filter repeated allows either, different filters must all match.
    assert names == ["x", "y", "x", "y"]
    assert second.json()["next_cursor"] is None
    assert (await served.get("/v1/customers", name="x", kind="company"))["data"] == []


@pytest.mark.parametrize(("limit", "count"), [("1", 1), ("2", 2), ("200", 3), ("0003", 3)])
async def test_a_limit_is_what_it_says(served: House, limit: str, count: int) -> None:
    await made(served, *"abc")
    assert len((await served.get("/v1/sites", limit=limit))["data"]) == count


async def test_a_list_holds_fifty_unless_told_otherwise_and_two_hundred_at_most(served: House) -> None:
    await made(served, *(str(number) for number in range(201)))
    assert len((await served.get("/v1/sites"))["data"]) == 50
    assert len((await served.get("/v1/sites", limit="200"))["data"]) == 200


@pytest.mark.parametrize("limit", ["0", "201", "1000", "9" * 18])
async def test_a_limit_out_of_bounds_is_refused_with_the_bounds(served: House, limit: str) -> None:
    problem = refused(await served.http.get(f"/v1/sites?limit={limit}"), 400, "malformed-request")
    assert problem["fields"]["reason"] == "limit must be a whole number from 1 to 200"


async def test_only_what_changed_later_is_listed(served: House) -> None:
    one, two = await made(served, *"ab")
    before = (await served.get(f"/v1/sites/{two}"))["updated_at"]
    await served.http.patch(f"/v1/sites/{one}", json={"name": "c"})
    assert ids(await served.get("/v1/sites", updated_after=before)) == [one]


BAD_CURSORS = ["cursor=", "cursor=junk", "cursor=%FF%00", f"cursor={'A' * 32}"]
BAD = [
    "limit=0", "limit=201", "limit=-1", "limit=1.5", "limit=", "limit=many", "limit=1&limit=2",
    f"limit={'9' * 19}", "limit=%C2%B2",
    "cursor=a&cursor=b", "colour=red", "Limit=1", "include_descendants=yes", "include_descendants=",
    "updated_after=yesterday", "updated_after=2026-01-01T00:00:00", "sort=name",
]  # fmt: skip


async def test_a_parameter_that_cannot_be_read_or_is_not_known_is_refused_by_every_list(
    served: House,
) -> None:
    for one in LISTS:
        for query in BAD:
            answer = await served.http.get(f"{one.path}?{query}")
            assert answer.status_code == 400, (one.operation, query, answer.text)
            refused(answer, 400, "malformed-request")


async def test_a_cursor_that_the_server_did_not_make_is_refused_by_every_list(served: House) -> None:
    for one in LISTS:
        for query in BAD_CURSORS:
            refused(await served.http.get(f"{one.path}?{query}"), 400, "cursor-refused")
    for path in ("/v1/events?after=7", "/v1/events?after=pos_", "/v1/events/stream?after=pos_g"):
        refused(await served.http.get(path), 400, "cursor-refused")


async def test_a_cursor_that_was_touched_is_refused(served: House) -> None:
    await made(served, *"ab")
    cursor = (await served.get("/v1/sites", limit="1"))["next_cursor"]
    for at in (0, len(cursor) // 2, len(cursor) - 2):
        other = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        refused(await served.http.get("/v1/sites", params={"cursor": other}), 400, "cursor-refused")


async def test_a_cursor_leads_on_in_its_own_list_only(served: House) -> None:
    below = await served.post("/v1/tenants", {"name": "Below"})
    for name in "abc":
        await served.post("/v1/customers", {"name": name})
    query = {"kind": "person", "sort": "-id"}
    cursor = (await served.get("/v1/customers", limit="1", **query))["next_cursor"]
    assert len((await served.get("/v1/customers", limit="2", cursor=cursor, **query))["data"]) == 2
    others: list[tuple[str, Json]] = [
        ("/v1/customers", {}),
        ("/v1/customers", query | {"kind": "company"}),
        ("/v1/customers", query | {"sort": "id"}),
        ("/v1/customers", query | {"include_descendants": "true"}),
        ("/v1/customers", query | {"updated_after": "2026-01-01T00:00:00Z"}),
        ("/v1/sites", {"sort": "-id"}),
    ]
    for path, other in others:
        refused(await served.http.get(path, params=other | {"cursor": cursor}), 400, "cursor-refused")
    narrowed = {"Emobility-Tenant": below["id"]}
    answer = await served.http.get("/v1/customers", params=query | {"cursor": cursor}, headers=narrowed)
    refused(answer, 400, "cursor-refused")


async def test_every_filter_that_is_told_of_is_one(served: House) -> None:
    for one in LISTS:
        for name, parameter in one.query.items():
            if parameter.schema.get("type") == "array":
                answer = await served.http.get(one.path, params={name: ""})
                assert answer.status_code in (200, 400), (one.operation, name)
                assert "unknown parameters" not in answer.text, (one.operation, name)
