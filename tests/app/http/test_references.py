"""What a record names: its own tenant's or one's above, and of one customer."""

from __future__ import annotations

from tests.app.http.house import House
from tests.app.http.refusals import pointers


async def _made(served: House, tenant: str, path: str, body: dict[str, object]) -> str:
    answer = await served.http.post(path, json=body, headers={"Emobility-Tenant": tenant})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_what_belongs_below_or_beside_is_not_named(served: House) -> None:
    own = (await served.get("/v1/me"))["tenant"]
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    tariff = await _made(served, below, "/v1/tariffs", {"name": "Theirs", "prices": {"per_kwh": "1"}})
    answer = await served.http.post("/v1/tariff-assignments", json={"tariff": tariff})
    assert pointers(answer) == {"/tariff": "foreign-reference"}
    group = await _made(served, own, "/v1/station-groups", {"name": "Ours"})
    above = await served.http.post(
        "/v1/stations",
        json={"identity": "CP1", "station_groups": [group]},
        headers={"Emobility-Tenant": below},
    )
    # What is above is not within the scope that the caller has narrowed to.
    assert pointers(above) == {"/station_groups": "unknown-station-group"}


async def test_a_contract_says_whose_the_token_is(served: House) -> None:
    first, second = [await served.post("/v1/customers", {"name": name, "kind": "person"}) for name in "ab"]
    contract = await served.post("/v1/contracts", {"number": "C-1", "customer": first["id"]})
    token = await served.add_card(contract=contract["id"])
    assert token["customer"] == first["id"]
    wrong = {"id_tag": "B", "contract": contract["id"], "customer": second["id"]}
    answer = await served.http.post("/v1/tokens", json=wrong)
    assert pointers(answer) == {"/contract": "contract-of-another"}
    moved = {"customer": second["id"]}
    path, match = f"/v1/contracts/{contract['id']}", {"If-Match": "*"}
    assert pointers(await served.http.patch(path, json=moved, headers=match)) == {"/customer": "read-only"}


async def test_lists_run_either_way_and_names_are_found_in_any_case(served: House) -> None:
    cards = [(await served.add_card(tag))["id"] for tag in ("AB01", "ab02")]
    assert [one["id"] for one in (await served.get("/v1/tokens", sort="-id"))["data"]] == cards[::-1]
    first = await served.get("/v1/tokens", sort="-id", limit="1")
    second = await served.get("/v1/tokens", sort="-id", limit="1", cursor=first["next_cursor"])
    assert [one["id"] for one in second["data"]] == cards[:1]
    assert [one["id"] for one in (await served.get("/v1/tokens", id_tag="AB02"))["data"]] == cards[1:]
    await served.post("/v1/stations", {"identity": "CP-1"})
    assert len((await served.get("/v1/stations", identity="cp-1"))["data"]) == 1
    assert (await served.http.get("/v1/tokens", params={"sort": "name"})).status_code == 400


async def test_a_tariff_that_gets_another_name_says_so(served: House) -> None:
    tariff = await served.add_tariff()
    path = f"/v1/tariffs/{tariff['id']}"
    changed = await served.http.patch(path, json={"name": "Other"}, headers={"If-Match": "*"})
    assert changed.status_code == 200
    event = await served.heard("tariff.changed")
    assert event["data"] == {"tariff": tariff["id"], "version": changed.json()["version"]}
