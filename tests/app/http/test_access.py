"""No operation without a token, none with an old one, none without its scope: every one is walked."""

from __future__ import annotations

import re
from collections.abc import Sequence

import httpx

from emobility_app.auth import TokenEndpoint
from emobility_app.auth.tokens import LIFETIME
from emobility_app.http.app import api, build_app
from emobility_app.http.endpoint import Endpoint
from emobility_core.identity import SCOPES
from tests.app.http.bare import Bare
from tests.app.http.callers import GRANT, Callers
from tests.app.http.refusals import refused

OPERATIONS: Sequence[Endpoint] = api()
OPEN = {
    "/", "/oauth/token", "/oauth/jwks", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server",
    "/oauth/revoke", "/oauth/introspect", "/oauth/authorize",
    "/sign-in/password", "/sign-in/second-factor", "/assets/sign-in/{name:str}",
    "/openapi.json", "/docs", "/docs/{name:str}", "/problems", "/problems/{code:str}",
}  # fmt: skip


async def called(http: httpx.AsyncClient, one: Endpoint, **headers: str) -> httpx.Response:
    path = one.path.replace("{id}", f"{one.names}_{'0' * 26}")
    return await http.request(one.method, path, headers=headers)


def test_whatever_is_not_in_the_table_of_operations_is_known_to_be_open(bare: Bare) -> None:
    app = build_app(bare.services, TokenEndpoint(bare.issuing()))
    table = {one.path for one in OPERATIONS}
    routes = {route.path for route in app.routes}
    assert {path for path in routes if re.sub(r":\w+}", "}", path) not in table} <= OPEN
    assert all(one.path.startswith("/v1/") for one in OPERATIONS)
    assert {one.operation for one in OPERATIONS if one.scope is None} == {"me_get"}
    assert {one.scope for one in OPERATIONS if one.scope is not None} <= SCOPES


async def test_no_operation_is_answered_without_a_token(callers: Callers) -> None:
    http = await callers.anybody()
    for one in OPERATIONS:
        answer = await called(http, one)
        refused(answer, 401, "unauthenticated")
        # RFC 6750, 3: no error is named where nothing was given.
        assert answer.headers["www-authenticate"] == "Bearer", one.operation


async def test_no_operation_is_answered_without_its_scope(callers: Callers) -> None:
    client, http = await callers.client(), await callers.anybody()
    for scope in sorted({one.scope for one in OPERATIONS if one.scope is not None}):
        others = {"scope": " ".join(sorted(SCOPES - {scope}))}
        given = await http.post("/oauth/token", data=GRANT | others, auth=(client.id, client.secret))
        token = given.json()["access_token"]
        for one in OPERATIONS:
            if one.scope == scope:
                answer = await called(http, one, Authorization=f"Bearer {token}")
                assert refused(answer, 403, "missing-scope")["fields"] == {"scope": scope}


async def test_no_operation_is_answered_with_a_token_that_is_over(bare: Bare) -> None:
    async with bare.http() as http:
        bare.clock.advance(LIFETIME)
        for one in OPERATIONS:
            answer = await called(http, one)
            refused(answer, 401, "unauthenticated")
            challenge = answer.headers["www-authenticate"]
            assert challenge.startswith('Bearer error="invalid_token"'), one.operation
