"""Why somebody may or may not do something: the very decision of requests, step by step."""

from __future__ import annotations

from typing import Any

from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.refusals import refused
from tests.app.http.test_roles import assign, signed_in


async def explained(served: House, actor: str, operation: str, **more: Any) -> Json:
    query = {"actor": actor, "operation": operation, **more}
    answer = await served.http.get("/v1/access-explanations", params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def steps(explanation: Json) -> list[tuple[str, bool]]:
    return [(step["kind"], step["passed"]) for step in explanation["steps"]]


async def test_somebody_without_a_role_may_do_nothing(served: House) -> None:
    why = await explained(served, "subject:erika", "stations_list")
    assert why["allowed"] is False
    assert why["refusal"]["code"] == "missing-permission"
    assert steps(why) == [("tenant", True), ("token", True), ("role_assignment", False)]


async def test_a_role_is_named_that_permits_it(served: House) -> None:
    assigned = await assign(served, "subject:erika", "viewer")
    why = await explained(served, "subject:erika", "stations_list")
    assert (why["allowed"], why["refusal"]) == (True, None)
    assert why["steps"][-1]["facts"] == {
        "role_assignment": assigned["id"],
        "role": "viewer",
        "tenant": assigned["tenant"],
    }
    why = await explained(served, "subject:erika", "tokens_create")
    assert why["steps"][-1]["facts"]["reason"] == "the role does not permit it"


async def test_a_limit_to_sites_is_told_and_looked_at_for_an_object(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Here"})
    here = await served.post("/v1/stations", {"identity": "A", "site": site["id"]})
    there = await served.post("/v1/stations", {"identity": "B"})
    await assign(served, "subject:erika", "operator", sites=[site["id"]])
    why = await explained(served, "subject:erika", "commands_create", object=here["id"])
    assert why["allowed"] is True
    assert why["stations"] == [here["id"]]
    assert steps(why)[-2:] == [("sites", True), ("object", True)]
    why = await explained(served, "subject:erika", "commands_create", object=there["id"])
    assert why["refusal"]["code"] == "unknown-station"
    assert steps(why)[-1] == ("object", False)
    why = await explained(served, "subject:erika", "tokens_list")
    assert why["refusal"]["code"] == "beyond-limits"


async def test_what_is_explained_is_what_happens(served: House, callers: Callers) -> None:
    """Any of a dozen requests of four callers comes to what its explanation says."""
    site = await served.post("/v1/sites", {"name": "Here"})
    limits: tuple[Json, ...] = (
        {},
        {"role": "viewer"},
        {"role": "operator", "sites": [site["id"]]},
        {"role": "driver"},
    )
    for limit in limits:
        client = await callers.client("stations:read", "tokens:read", "roles:read", "tokens:write")
        http = await signed_in(callers, client)
        if limit:
            await assign(served, f"client:{client.id}", **limit)
        for method, path, operation in (
            ("GET", "/v1/stations", "stations_list"),
            ("GET", "/v1/tokens", "tokens_list"),
            ("GET", "/v1/sessions", "sessions_list"),
            ("GET", "/v1/roles", "roles_list"),
        ):
            why = await explained(served, f"client:{client.id}", operation)
            answer = await http.request(method, path)
            assert why["allowed"] == (answer.status_code == 200), (limit, operation)
            if not why["allowed"]:
                assert answer.json()["code"] == why["refusal"]["code"]


async def test_the_way_of_a_grant_is_explained(served: House, callers: Callers) -> None:
    taker = await served.post("/v1/tenants", {"name": "Taker"})
    station = await served.post("/v1/stations", {"identity": "A"})
    body = {"grantee": taker["id"], "rights": ["see"], "stations": [station["id"]]}
    grant = await served.post("/v1/grants", body)
    client = await callers.client(tenant=taker["id"])
    question = {"grant": grant["id"], "object": station["id"]}
    why = await explained(served, f"client:{client.id}", "stations_get", **question)
    assert why["allowed"] is True
    assert [kind for kind, _ in steps(why)][-5:] == [
        "grant_received", "grant_period", "grant_audience", "grant_right", "object",
    ]  # fmt: skip
    why = await explained(served, f"client:{client.id}", "commands_create", grant=grant["id"])
    assert why["refusal"]["code"] == "grant-refused"
    assert steps(why)[-1] == ("grant_right", False)
    await served.http.delete(f"/v1/grants/{grant['id']}")
    why = await explained(served, f"client:{client.id}", "stations_get", **question)
    assert steps(why)[-1] == ("grant_period", False)


async def test_an_actor_of_another_company_does_not_exist(served: House, callers: Callers) -> None:
    company = await served.post("/v1/tenants", {"name": "A"})
    http = await callers.signed_in(tenant=company["id"])
    foreign = await callers.client()
    for actor in (f"client:{foreign.id}", "client:cli_" + "0" * 26):
        query = {"actor": actor, "operation": "stations_list"}
        answer = await http.get("/v1/access-explanations", params=query)
        refused(answer, 404, "unknown-client")


async def test_a_user_acts_from_its_own_tenant(served: House, callers: Callers) -> None:
    root = (await served.get("/v1/me"))["tenant"]
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    narrowed = {"Emobility-Tenant": company["id"]}
    made = await served.http.post("/v1/users", json={"email": "ada@a.example"}, headers=narrowed)
    actor = f"user:{made.json()['id']}"
    await assign(served, actor, "viewer", tenant=company["id"])
    why = await explained(served, actor, "stations_list")
    assert (why["allowed"], why["steps"][0]["facts"]) == (True, {"tenant": company["id"]})
    why = await explained(served, actor, "stations_list", tenant=root)
    assert (why["allowed"], why["refusal"]["code"]) == (False, "unknown-tenant")
    http = await callers.signed_in(tenant=sister["id"])
    for foreign in (actor, "user:usr_" + "0" * 26):
        query = {"actor": foreign, "operation": "stations_list"}
        refused(await http.get("/v1/access-explanations", params=query), 404, "unknown-user")
    path = f"/v1/users/{made.json()['id']}"
    assert (await served.http.patch(path, json={"enabled": False})).status_code == 200
    assert not (await explained(served, actor, "stations_list"))["allowed"]


async def test_who_stands_above_is_explained_for_what_it_may_here(served: House, callers: Callers) -> None:
    company = await served.post("/v1/tenants", {"name": "A"})
    above = await served.post("/v1/stations", {"identity": "ABOVE"})
    user = await served.post("/v1/users", {"email": "ada@stadtwerk.example"})
    await assign(served, f"user:{user['id']}", "viewer")
    http = await callers.signed_in(tenant=company["id"])
    question = {"actor": f"user:{user['id']}", "operation": "stations_get"}
    for further, allowed in (
        ({}, True),
        ({"object": above["id"]}, False),
        ({"tenant": above["tenant"]}, False),
    ):
        answer = await http.get("/v1/access-explanations", params={**question, **further})
        assert answer.json()["allowed"] is allowed, further


async def test_roles_that_an_issuer_vouches_for_are_explained(served: House, callers: Callers) -> None:
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    trust = {"name": "Id", "issuer": "https://id.example", "audiences": ["a"], "home": company["id"]}
    groups = {"roles_claim": "groups", "roles": {"g": ["operator"]}, "default_roles": ["driver"]}
    actor = f"subject:{(await served.post('/v1/trusted-issuers', trust | groups))['id']}:ada"
    why = await explained(served, actor, "stations_list")
    assert why["allowed"] is True
    assert steps(why) == [("tenant", True), ("token", True), ("vouched_role", True)]
    assert why["steps"][-1]["facts"] == {"role": "driver"}
    assert (await explained(served, actor, "commands_create"))["refusal"]["code"] == "missing-scope"
    assert (await explained(served, actor, "commands_create", vouched="operator"))["allowed"] is True
    await assign(served, actor, "operator", tenant=company["id"])
    assert (await explained(served, actor, "commands_create"))["allowed"] is True
    http = await callers.signed_in(tenant=sister["id"])
    query = {"actor": actor, "operation": "stations_list"}
    refused(await http.get("/v1/access-explanations", params=query), 404, "unknown-trusted-issuer")
    for wrong in ({"actor": actor, "vouched": "owner"}, {"actor": "subject:erika", "vouched": "driver"}):
        query = {"operation": "stations_list", **wrong}
        answer = await served.http.get("/v1/access-explanations", params=query)
        refused(answer, 400, "malformed-request")


async def test_what_somebody_is_at_another_company_is_not_told(served: House, callers: Callers) -> None:
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    await assign(served, "subject:erika", "owner", tenant=sister["id"])
    http = await callers.signed_in(tenant=company["id"])
    query = {"actor": "subject:erika", "operation": "stations_list"}
    why = (await http.get("/v1/access-explanations", params=query)).json()
    assert why["allowed"] is False
    assert sister["id"] not in str(why)


async def test_a_tenant_that_is_not_there_is_explained_as_one_that_is_foreign(
    served: House, callers: Callers
) -> None:
    company, sister = [await served.post("/v1/tenants", {"name": name}) for name in ("A", "B")]
    http = await callers.signed_in(tenant=company["id"])
    found = []
    for tenant in (sister["id"], "ten_" + "0" * 26):
        query = {"actor": "subject:erika", "operation": "stations_list", "tenant": tenant}
        why = (await http.get("/v1/access-explanations", params=query)).json()
        found.append((why["allowed"], why["refusal"]["code"], steps(why)))
    assert found[0] == found[1]
    assert found[0][:2] == (False, "unknown-tenant")


async def test_only_operations_of_the_api_are_explained(served: House) -> None:
    query = {"actor": "subject:erika", "operation": "stations_explode"}
    answer = await served.http.get("/v1/access-explanations", params=query)
    refused(answer, 400, "malformed-request")
