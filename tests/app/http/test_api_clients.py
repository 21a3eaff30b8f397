"""API clients over HTTP: made, changed, rotated, switched off; never with more than their maker holds."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused

ERP = {"name": "ERP", "scopes": ["sites:read"]}
KEYS = {"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "1"}]}


async def _token(http: httpx.AsyncClient, client: Json, secret: str) -> httpx.Response:
    return await http.post("/oauth/token", data=GRANT, auth=(client["id"], secret))


async def test_a_secret_is_shown_once_and_gives_tokens(served: House, callers: Callers) -> None:
    http, key = await callers.anybody(), {"Idempotency-Key": "erp"}
    first = await served.http.post("/v1/api-clients", json=ERP, headers=key)
    again = await served.http.post("/v1/api-clients", json=ERP, headers=key)
    made = first.json()
    assert len(made["secret"]) >= 43  # 256 bits
    assert again.json() == made | {"secret": None}
    assert (await _token(http, made, made["secret"])).json()["scope"] == "sites:read"
    read = await served.get(f"/v1/api-clients/{made['id']}")
    assert not {"secret", "secret_digest", "previous_secret_digest"} & set(read)
    assert (await served.get("/v1/api-clients", name="ERP"))["data"] == [read]


async def test_a_new_secret_counts_at_once_and_the_old_one_for_as_long_as_was_asked(
    served: House, callers: Callers
) -> None:
    http, made = await callers.anybody(), await served.post("/v1/api-clients", ERP)
    at = f"/v1/api-clients/{made['id']}/secrets"
    second = (await served.post(at, {}))["secret"]
    assert [(await _token(http, made, one)).status_code for one in (made["secret"], second)] == [200, 200]
    third = (await served.post(at, {"previous_valid_hours": 0}))["secret"]
    told = [(await _token(http, made, one)).status_code for one in (made["secret"], second, third)]
    assert told == [401, 401, 200]
    for hours in (-1, 721):
        answer = await served.http.post(at, json={"previous_valid_hours": hours})
        assert pointers(answer) == {"/previous_valid_hours": "out-of-range"}


async def test_a_client_without_a_secret_is_given_none(served: House) -> None:
    for further in (
        {"authentication": "private_key_jwt", "jwks": KEYS},
        {"authentication": "none", "redirect_uris": ["https://app.example/back"]},
    ):
        made = await served.post("/v1/api-clients", ERP | further)
        assert made["secret"] is None
        answer = await served.http.post(f"/v1/api-clients/{made['id']}/secrets", json={})
        refused(answer, 409, "no-client-secret")


async def test_the_tokens_of_a_client_that_is_switched_off_are_refused_at_once(
    served: House, callers: Callers
) -> None:
    http, made = await callers.anybody(), await served.post("/v1/api-clients", ERP)
    token = (await _token(http, made, made["secret"])).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await http.get("/v1/sites", headers=bearer)).status_code == 200
    await served.http.patch(f"/v1/api-clients/{made['id']}", json={"enabled": False})
    problem = refused(await http.get("/v1/sites", headers=bearer), 401, "unauthenticated")
    assert "switched off" in problem["detail"]
    assert (await _token(http, made, made["secret"])).status_code == 401
    await served.http.patch(f"/v1/api-clients/{made['id']}", json={"enabled": True})
    assert (await http.get("/v1/sites", headers=bearer)).status_code == 200


async def test_a_scope_that_is_taken_away_is_gone_from_tokens_that_were_given(
    served: House, callers: Callers
) -> None:
    http, wide = await callers.anybody(), {"scopes": ["sites:read", "tokens:read"]}
    made = await served.post("/v1/api-clients", ERP | wide)
    bearer = {"Authorization": f"Bearer {(await _token(http, made, made['secret'])).json()['access_token']}"}
    assert (await http.get("/v1/tokens", headers=bearer)).status_code == 200
    await served.http.patch(f"/v1/api-clients/{made['id']}", json={"scopes": ["sites:read"]})
    refused(await http.get("/v1/tokens", headers=bearer), 403, "missing-scope")
    assert (await http.get("/v1/me", headers=bearer)).json()["scopes"] == ["sites:read"]


async def test_nobody_makes_or_takes_over_a_client_that_holds_more_than_they_do(
    served: House, callers: Callers
) -> None:
    http = await callers.signed_in("api-clients:write", "api-clients:read", "sites:read")
    more = await http.post("/v1/api-clients", json=ERP | {"scopes": ["sites:read", "tenants:admin"]})
    assert refused(more, 403, "scope-beyond-caller")["fields"] == {"scope": "tenants:admin"}
    strong = await served.post("/v1/api-clients", ERP | {"scopes": ["tenants:admin"]})
    own = (await http.post("/v1/api-clients", json=ERP)).json()
    at = f"/v1/api-clients/{strong['id']}"
    tries: list[tuple[str, str, Json]] = [
        ("POST", f"{at}/secrets", {}),
        ("PATCH", at, {"name": "Mine"}),
        ("PATCH", at, {"redirect_uris": ["https://mine.example/back"]}),
        ("PATCH", at, {"scopes": ["sites:read"]}),
        ("PATCH", f"/v1/api-clients/{own['id']}", {"scopes": ["stations:command"]}),
    ]
    for method, path, body in tries:
        refused(await http.request(method, path, json=body), 403, "scope-beyond-caller")
    # To stop one that has gone wrong needs no more than the right to change clients.
    assert (await http.patch(at, json={"enabled": False})).json()["enabled"] is False
    refused(await http.patch(at, json={"enabled": True}), 403, "scope-beyond-caller")


@pytest.mark.parametrize(
    ("body", "flaws"),
    [
        ({"scopes": ["root"]}, {"/scopes": "unknown-scope"}),
        ({"secret_digest": "d"}, {"/secret_digest": "read-only"}),
        ({"secret": "mine"}, {"/secret": "unknown-field"}),
        ({"previous_secret_digest": "d"}, {"/previous_secret_digest": "unknown-field"}),
        ({"id": "cli_0"}, {"/id": "read-only"}),
        ({"tenant": "ten_0"}, {"/tenant": "read-only"}),
        ({"version": 9}, {"/version": "unknown-field"}),
        ({"authentication": "trust"}, {"/authentication": "unknown-value"}),
        ({"authentication": "private_key_jwt"}, {"/": "client-incomplete"}),
        ({"authentication": "none"}, {"/": "client-incomplete"}),
        ({"jwks": KEYS}, {"/": "client-incomplete"}),
        ({"jwks": {"keys": []}}, {"/jwks": "client-keys-refused"}),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, {"/jwks": "client-keys-refused"}),
        ({"jwks": {"keys": [KEYS["keys"][0] | {"d": "private"}]}}, {"/jwks": "client-keys-refused"}),
        ({"jwks": {"keys": ["key"]}}, {"/jwks": "client-keys-refused"}),
        ({"jwks": KEYS | {"url": "https://x.example"}}, {"/jwks": "client-keys-refused"}),
    ],
)
async def test_what_a_client_is_not_to_be_is_refused_by_name(
    standing: House, body: Json, flaws: dict[str, str]
) -> None:
    answer = await standing.http.post("/v1/api-clients", json=ERP | body)
    assert {pointer or "/": code for pointer, code in pointers(answer).items()} == flaws


@pytest.mark.parametrize(
    "uri",
    ["http://app.example/back", "https://app.example/back#x", "https://*.example/back", "/back", "https:",
     "https://user@app.example/back", "javascript:alert(1)", "data:text/html,x", "https://app.example\\back",
     "https://app.example/\u00fc", "app:/back", "com.example.app://host/back", "https://[::1", ""],
)  # fmt: skip
async def test_a_redirect_uri_that_others_could_have_is_refused(standing: House, uri: str) -> None:
    answer = await standing.http.post("/v1/api-clients", json=ERP | {"redirect_uris": [uri]})
    assert pointers(answer) == {"/redirect_uris": "redirect-uri-refused"}


async def test_redirect_uris_of_sites_loopbacks_and_applications_are_taken(served: House) -> None:
    uris = [
        "https://app.example/back?x=1",
        "http://127.0.0.1:7000/",
        "http://[::1]/b",
        "com.example.app:/back",
    ]
    made = await served.post("/v1/api-clients", ERP | {"redirect_uris": uris})
    assert made["redirect_uris"] == uris
    twice = await served.http.post("/v1/api-clients", json=ERP | {"redirect_uris": [uris[0], uris[0]]})
    assert pointers(twice) == {"/redirect_uris": "redirect-uri-refused"}


async def test_how_a_client_proves_itself_does_not_change(served: House) -> None:
    made = await served.post("/v1/api-clients", ERP)
    change: dict[str, Any] = {"authentication": "none", "redirect_uris": ["https://app.example/back"]}
    answer = await served.http.patch(f"/v1/api-clients/{made['id']}", json=change)
    assert pointers(answer) == {"/authentication": "read-only"}


async def test_a_client_of_another_tenant_is_not_there(served: House, callers: Callers) -> None:
    made = await served.post("/v1/api-clients", ERP)
    below = await served.post("/v1/tenants", {"name": "Below"})
    http = await callers.signed_in(tenant=below["id"])
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/secrets")):
        answer = await http.request(method, f"/v1/api-clients/{made['id']}{path}", json={"name": "X"})
        refused(answer, 404, "unknown-client")
    assert made["id"] not in str((await http.get("/v1/api-clients")).json())


async def test_who_calls_is_told(served: House) -> None:
    me = await served.get("/v1/me")
    assert me["actor"] == f"client:{me['client']}"
