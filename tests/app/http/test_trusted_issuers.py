"""Trusted issuers over HTTP: nobody trusts strangers with more than they hold, nor beyond their tenant."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from emobility_core.access import BUILT_IN_ROLES
from emobility_core.reach import Reach
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House, Json, house
from tests.app.http.refusals import pointers, refused
from tests.identity_provider.provider import AUDIENCE, identity_provider

ISSUER: Json = {
    "name": "Sign-in",
    "issuer": "https://id.example/realms/a",
    "audiences": ["emobility"],
    "roles_claim": "groups",
    "roles": {"g-1": ["viewer"]},
}


async def _company(served: House, name: str) -> Json:
    return await served.post("/v1/tenants", {"name": name})


@pytest.fixture
async def strict(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    """A server that goes to public addresses alone, as one does that is told nothing."""
    shutil.copy(template, tmp_path / "strict.db")
    async with house(f"sqlite:///{tmp_path / 'strict.db'}", issuer_reach=Reach()) as made:
        yield made


async def test_a_trust_is_made_shown_and_changed(served: House) -> None:
    made = await served.post("/v1/trusted-issuers", ISSUER)
    assert made["algorithms"] == ["RS256", "PS256", "ES256"]
    assert (made["subject_claim"], made["email_claim"], made["enabled"]) == ("sub", "email", True)
    at = f"/v1/trusted-issuers/{made['id']}"
    changed = await served.http.patch(at, json={"roles": {"g-1": None, "g-2": ["billing", "viewer"]}})
    assert changed.json()["roles"] == {"g-2": ["billing", "viewer"]}
    assert (await served.get("/v1/trusted-issuers", issuer=ISSUER["issuer"]))["data"] == [changed.json()]
    assert (await served.get("/v1/trusted-issuers", enabled="false"))["data"] == []
    assert (await served.heard("trusted_issuer.changed"))["data"]["trusted_issuer"] == made["id"]


@pytest.mark.parametrize(
    ("body", "flaws"),
    [
        ({"algorithms": ["HS256"]}, {"/algorithms": "unsafe-algorithm"}),
        ({"algorithms": ["none", "RS256"]}, {"/algorithms": "unsafe-algorithm"}),
        ({"audiences": []}, {"/audiences": "unfit-trusted-issuer"}),
        ({"issuer": "http://id.example"}, {"/issuer": "issuer-url-refused"}),
        ({"issuer": "https://id.example/?a"}, {"/issuer": "unfit-trusted-issuer"}),
        ({"issuer": "https://127.0.0.1/"}, {"/issuer": "issuer-url-refused"}),
        ({"issuer": "https://169.254.169.254/"}, {"/issuer": "issuer-url-refused"}),
        ({"issuer": "https://user@id.example"}, {"/issuer": "issuer-url-refused"}),
        ({"roles": {"g-1": ["root"]}}, {"/roles/g-1": "unknown-role"}),
        ({"default_roles": ["Viewer"]}, {"/default_roles": "unknown-role"}),
        ({"roles_claim": None}, {"/roles_claim": "unfit-trusted-issuer"}),
        ({"tenant_system": "sap"}, {"/tenant_system": "unfit-trusted-issuer"}),
        ({"home": f"ten_{'0' * 26}"}, {"/home": "unknown-tenant"}),
        ({"tenant": "ten_1"}, {"/tenant": "read-only"}),
        ({"trusted": True}, {"/trusted": "unknown-field"}),
    ],
)
async def test_a_rule_that_must_not_be_is_refused_with_a_pointer(
    strict: House, body: Json, flaws: dict[str, str]
) -> None:
    answer = await strict.http.post("/v1/trusted-issuers", json=ISSUER | body)
    assert pointers(answer) == flaws


async def test_nobody_trusts_strangers_with_more_than_they_hold(served: House, callers: Callers) -> None:
    http = await callers.signed_in("trusted-issuers:write", "trusted-issuers:read", "sites:read")
    more = await http.post("/v1/trusted-issuers", json=ISSUER)
    assert refused(more, 403, "permission-not-held")["fields"]["permission"]
    made = await served.post("/v1/trusted-issuers", ISSUER)
    at = f"/v1/trusted-issuers/{made['id']}"
    for change in ({"default_roles": ["owner"]}, {"audiences": ["mine"]}, {"issuer": "https://mine.example"}):
        refused(await http.patch(at, json=change), 403, "permission-not-held")


@pytest.mark.parametrize(
    "change",
    [
        {"subject_claim": "nickname"},
        {"audiences": ["mine"]},
        {"issuer": "https://mine.example"},
        {"algorithms": ["PS256"]},
        {"required_claims": {"tid": "7"}},
        {"tenant_claim": "company"},
        {"roles": {"g-2": ["viewer"]}},
        {"enabled": False},
    ],
)
async def test_nobody_changes_a_trust_one_of_whose_subjects_is_permitted_more(
    served: House, callers: Callers, change: Json
) -> None:
    """Whoever says by which claim people are named would say who has the roles that are assigned to them."""
    made = await served.post("/v1/trusted-issuers", ISSUER)
    role = await served.post("/v1/roles", {"name": "Boss", "permissions": ["tenants:admin"]})
    rights = BUILT_IN_ROLES["viewer"].permissions | {"trusted-issuers:write", "trusted-issuers:read"}
    http = await callers.signed_in(*sorted(rights))
    at = f"/v1/trusted-issuers/{made['id']}"
    assert (await http.patch(at, json={"subject_claim": "oid"})).status_code == 200
    given = {"actor": f"subject:{made['id']}:boss", "role": role["id"]}
    assigned = await served.post("/v1/role-assignments", given)
    told = refused(await http.patch(at, json=change), 403, "permission-not-held")
    assert told["fields"] == {"permission": "tenants:admin"}
    assert (await served.http.patch(at, json=change)).status_code == 200, "who holds it all still may"
    await served.http.delete(f"/v1/role-assignments/{assigned['id']}")
    assert (await http.patch(at, json={"name": "Sign-in of others"})).status_code == 200


async def test_a_wide_token_hands_out_no_more_than_the_roles_of_whoever_has_it(
    served: House, callers: Callers
) -> None:
    permissions = ["trusted-issuers:write", "trusted-issuers:read"]
    role = await served.post("/v1/roles", {"name": "Sign-in", "permissions": permissions})
    client, http = await callers.client(), await callers.anybody()
    await served.post("/v1/role-assignments", {"actor": f"client:{client.id}", "role": role["id"]})
    given = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
    http.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
    refused(await http.post("/v1/trusted-issuers", json=ISSUER), 403, "permission-not-held")
    own = ISSUER | {"roles": {"g-1": [role["id"]]}}
    assert (await http.post("/v1/trusted-issuers", json=own)).status_code == 201


async def test_home_lies_in_the_tenant_that_trusts_or_below(served: House, callers: Callers) -> None:
    one, other = await _company(served, "One"), await _company(served, "Other")
    http = await callers.signed_in(tenant=one["id"])
    foreign = await http.post("/v1/trusted-issuers", json=ISSUER | {"home": other["id"]})
    assert pointers(foreign) == {"/home": "unknown-tenant"}
    made = (await http.post("/v1/trusted-issuers", json=ISSUER | {"home": one["id"]})).json()
    root = (await served.get("/v1/me"))["tenant"]
    for above in (root, other["id"]):
        answer = await served.http.patch(f"/v1/trusted-issuers/{made['id']}", json={"home": above})
        assert pointers(answer) == {"/home": "foreign-reference"}


async def test_two_tenants_trust_one_issuer_only_where_no_token_counts_for_both(
    served: House, callers: Callers
) -> None:
    first = await callers.signed_in(tenant=(await _company(served, "One"))["id"])
    second = await callers.signed_in(tenant=(await _company(served, "Other"))["id"])
    made = (await first.post("/v1/trusted-issuers", json=ISSUER)).json()
    told = refused(await second.post("/v1/trusted-issuers", json=ISSUER), 409, "issuers-indistinct")
    assert told["fields"] == {"issuer": ISSUER["issuer"]}, "nothing is told of who else trusts it"
    own = ISSUER | {"audiences": ["mine"]}
    mine = (await second.post("/v1/trusted-issuers", json=own)).json()
    at = f"/v1/trusted-issuers/{mine['id']}"
    change: dict[str, Any] = {"audiences": ["mine", "emobility"]}
    refused(await second.patch(at, json=change), 409, "issuers-indistinct")
    required = await first.patch(f"/v1/trusted-issuers/{made['id']}", json={"required_claims": {"tid": "1"}})
    assert required.status_code == 200
    assert (await second.patch(at, json=change | {"required_claims": {"tid": "2"}})).status_code == 200
    refused(await second.get(f"/v1/trusted-issuers/{made['id']}"), 404, "unknown-trusted-issuer")


async def test_ids_by_which_tokens_are_mapped_are_given_from_where_the_issuer_is_trusted(
    served: House, callers: Callers
) -> None:
    one, other = await _company(served, "One"), await _company(served, "Other")
    rules = {"tenant_claim": "company", "tenant_system": "sap"}
    await served.post("/v1/trusted-issuers", ISSUER | rules)
    http = await callers.signed_in(tenant=other["id"])
    taken = {"external_ids": {"sap": "1000"}}
    at = f"/v1/tenants/{other['id']}"
    refused(await http.patch(at, json=taken), 403, "external-id-reserved")
    refused(await http.post("/v1/tenants", json={"name": "Below", **taken}), 403, "external-id-reserved")
    assert (await http.patch(at, json={"external_ids": {"crm": "7"}})).status_code == 200
    given = await served.http.patch(f"/v1/tenants/{one['id']}", json=taken)
    assert given.json()["external_ids"] == {"sap": "1000"}
    # Also to whoever carries it: another id would take other people in.
    theirs = await callers.signed_in(tenant=one["id"])
    for changed in ({"sap": "2000"}, {"sap": None}):
        answer = await theirs.patch(f"/v1/tenants/{one['id']}", json={"external_ids": changed})
        refused(answer, 403, "external-id-reserved")


async def test_a_real_provider_signs_people_in_until_it_is_switched_off(served: House) -> None:
    with identity_provider({"ada": {"groups": ["g-1"]}}) as provider:
        own = {"issuer": provider.issuer, "audiences": [AUDIENCE]}
        made = await served.post("/v1/trusted-issuers", ISSUER | own)
        bearer = {"Authorization": f"Bearer {await provider.token('ada')}"}
        me = (await served.http.get("/v1/me", headers=bearer)).json()
        assert me["actor"] == f"subject:{made['id']}:ada"
        assert (await served.http.get("/v1/sites", headers=bearer)).status_code == 200
        refused(await served.http.post("/v1/sites", json={}, headers=bearer), 403, "missing-scope")
        at = f"/v1/trusted-issuers/{made['id']}"
        await served.http.patch(at, json={"roles": {"g-1": ["operator"]}})
        told = await served.http.post("/v1/sites", json={"name": "Here"}, headers=bearer)
        assert told.status_code == 201, told.text
        await served.http.patch(at, json={"enabled": False})
        refused(await served.http.get("/v1/me", headers=bearer), 401, "unauthenticated")


async def test_an_issuer_inside_is_for_those_whom_the_operator_lets(strict: House) -> None:
    for inside in ("https://10.0.0.7/realms/a", "https://[fd00::7]/", "https://localhost.:8443@10.0.0.7/"):
        answer = await strict.http.post("/v1/trusted-issuers", json=ISSUER | {"issuer": inside})
        assert pointers(answer) == {"/issuer": "issuer-url-refused"}
