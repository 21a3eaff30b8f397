"""Token exchange over HTTP: a short token of ours for one of a subject, narrower, that says who acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import attrs
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from emobility_app.auth.exchange import ACCESS_TOKEN, GRANT, JWT
from emobility_app.auth.server import AT_ONCE
from emobility_core.identity import EXCHANGE, MOST_ACTORS, SCOPES, ApiClient
from emobility_core.ids import shown
from emobility_core.testing.builders import make_client, make_role, make_role_assignment, make_tenant
from tests.app.http.bare import URL, Bare
from tests.app.http.house import Json
from tests.app.http.refusals import refused
from tests.app.http.test_external_tokens import CLIENTS, EVERYTHING, Company, at, provider
from tests.identity_provider.provider import IdentityProvider

__all__ = ["CLIENTS", "provider"]


@attrs.frozen
class Exchange:
    """A company, and the client of it that exchanges."""

    company: Company
    client: ApiClient

    async def ask(self, token: str, **form: str) -> httpx.Response:
        wanted = {"grant_type": GRANT, "subject_token": token, "subject_token_type": JWT, **form}
        auth = (shown("cli", self.client.id), "secret")
        return await self.company.http.post("/oauth/token", data=wanted, auth=auth)

    async def given(self, token: str, **form: str) -> Json:
        answer = await self.ask(token, **form)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        found: Json = answer.json()
        return found

    async def claims(self, token: str) -> dict[str, Any]:
        keys = (await self.company.http.get("/oauth/jwks")).json()
        return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"]).claims


async def _client(bare: Bare, **changes: Any) -> ApiClient:
    fields = {"tenant": bare.tenant.id, "secret_digest": bare.services.digest(b"secret"), **changes}
    client = make_client(**fields)
    async with bare.store.transactions(EVERYTHING) as work:
        await work.api_clients.add(client)
    return client


@pytest.fixture
async def exchange(bare: Bare, provider: IdentityProvider) -> AsyncIterator[Exchange]:
    client = await _client(bare, scopes=(EXCHANGE, "sites:read", "sites:write", "tariffs:read"))
    async with at(attrs.evolve(bare, client=client), provider) as company:
        await company.trust()
        yield Exchange(company, client)


async def test_a_token_of_the_company_becomes_a_short_one_of_ours_that_says_who_acts(
    exchange: Exchange,
) -> None:
    given = await exchange.given(await exchange.company.provider.token())
    assert (given["token_type"], given["issued_token_type"]) == ("Bearer", ACCESS_TOKEN)
    assert given["scope"] == "sites:read tariffs:read", "what client and subject have in common"
    claims = await exchange.claims(given["access_token"])
    name = shown("cli", exchange.client.id)
    assert claims["act"] == {"sub": name}
    assert claims["client_id"] == name
    assert claims["aud"] == URL
    me = (await exchange.company.get(given["access_token"])).json()
    assert me["actor"].endswith(":ada")
    assert (me["client"], me["acting"]) == (name, [name])
    refused(await exchange.company.get(given["access_token"], "/v1/tokens"), 403, "missing-scope")


async def test_a_token_outlives_neither_ten_minutes_nor_the_one_that_it_was_given_for(
    exchange: Exchange,
) -> None:
    company, clock = exchange.company, exchange.company.bare.clock
    for lives, expected in ((20_000, 600), (90, 90)):
        now = int(clock.now().timestamp())
        token = company.provider.signed(company.claims(exp=now + lives))
        given = await exchange.given(token)
        claims = await exchange.claims(given["access_token"])
        assert expected - 1 <= given["expires_in"] <= expected
        assert claims["exp"] - claims["iat"] == given["expires_in"]
        assert claims["exp"] <= now + lives
    clock.advance(timedelta(seconds=91))
    refused(await company.get(given["access_token"]), 401, "unauthenticated")


async def test_whoever_asks_for_more_than_the_subject_has_is_refused_by_name(exchange: Exchange) -> None:
    token = await exchange.company.provider.token()
    narrower = await exchange.given(token, scope="sites:read")
    assert narrower["scope"] == "sites:read"
    for scope in ("sites:write", "sites:read sites:write", EXCHANGE, "tenants:admin", '"\\', "ü"):
        answer = await exchange.ask(token, scope=scope)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
        assert answer.json()["error_description"].startswith("scope-beyond-subject: ")
    lacks = await exchange.ask(token, scope="stations:read")
    assert lacks.json()["error"] == "invalid_scope"
    assert lacks.json()["error_description"].startswith("missing-scope: ")
    again = await exchange.ask(narrower["access_token"], scope="tariffs:read")
    assert again.json()["error_description"].startswith("scope-beyond-subject: ")


async def test_an_own_token_is_exchanged_and_the_chain_of_actors_has_an_end(exchange: Exchange) -> None:
    token = await exchange.company.provider.token()
    for count in range(1, MOST_ACTORS + 1):
        token = (await exchange.given(token, subject_token_type=ACCESS_TOKEN))["access_token"]
        me = (await exchange.company.get(token)).json()
        assert me["acting"] == [shown("cli", exchange.client.id)] * count
        assert me["actor"].endswith(":ada")
    answer = await exchange.ask(token)
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"].startswith("actors-refused: ")


async def test_a_client_that_may_not_exchange_is_refused(bare: Bare, provider: IdentityProvider) -> None:
    client = await _client(bare, scopes=tuple(sorted(SCOPES - {EXCHANGE})))
    async with at(attrs.evolve(bare, client=client), provider) as company:
        await company.trust()
        exchange = Exchange(company, client)
        answer = await exchange.ask(await provider.token())
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


async def test_what_roles_do_not_permit_a_client_exchanges_no_token_for(
    bare: Bare, provider: IdentityProvider
) -> None:
    role = make_role(tenant=bare.tenant.id, permissions=(EXCHANGE, "sites:read"))
    client = await _client(bare, scopes=(EXCHANGE, "sites:read", "tariffs:read"))
    actor = f"client:{shown('cli', client.id)}"
    limited, further = (
        make_role_assignment(tenant=bare.tenant.id, actor=actor, role=name)
        for name in ("viewer", shown("rol", role.id))
    )
    async with bare.store.transactions(EVERYTHING) as work:
        await work.roles.add(role)
        await work.role_assignments.add(limited)
    async with at(attrs.evolve(bare, client=client), provider) as company:
        await company.trust()
        exchange, token = Exchange(company, client), await provider.token()
        assert (await exchange.ask(token)).json()["error"] == "unauthorized_client"
        async with bare.store.transactions(EVERYTHING) as work:
            await work.role_assignments.remove(limited.id)
            await work.role_assignments.add(further)
        assert (await exchange.given(token))["scope"] == "sites:read"
        lacks = await exchange.ask(token, scope="tariffs:read")
    assert lacks.json()["error_description"].startswith("missing-scope: ")


async def test_a_client_acts_for_nobody_beyond_its_tenant(bare: Bare, provider: IdentityProvider) -> None:
    below = make_tenant(bare.tenant)
    async with bare.store.transactions(EVERYTHING) as work:
        await work.tenants.add(below)
    client = await _client(bare, tenant=below.id, scopes=(EXCHANGE, "sites:read"))
    async with at(attrs.evolve(bare, client=client), provider) as company:
        await company.trust()
        answer = await Exchange(company, client).ask(await provider.token())
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"].startswith("foreign-subject: ")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"subject_token_type": ""}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": JWT}, "invalid_request"),
        ({"audience": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ],
)
async def test_what_is_not_exchanged_is_refused_by_name(
    exchange: Exchange, form: dict[str, str], error: str
) -> None:
    token = await exchange.company.provider.token()
    answer = await exchange.ask(token, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert (await exchange.ask(token, audience=URL, resource=URL, requested_token_type=JWT)).is_success


async def test_a_subject_token_that_does_not_count_is_not_exchanged(exchange: Exchange) -> None:
    company = exchange.company
    good = company.provider.signed(company.claims())
    bad = {
        "missing": "",
        "garbage": "a.b.c",
        "cut": good[:-4],
        "expired": company.provider.signed(company.claims(exp=1)),
        "about to expire": company.provider.signed(
            company.claims(exp=company.bare.clock.now().timestamp() + 0.5)
        ),
        "for somebody else": company.provider.signed(company.claims(aud="https://elsewhere.example")),
        "of a stranger": company.provider.signed(company.claims(iss="https://elsewhere.example")),
        "an ID token": company.provider.signed(company.claims(nonce="n")),
        "without a role": company.provider.signed(company.claims(groups=[])),
        "for another actor": company.provider.signed(company.claims(may_act={"sub": "cli_1"})),
    }
    for kind, token in bad.items():
        answer = await exchange.ask(token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), (
            f"{kind}: {answer.text}"
        )
        assert answer.json()["error_description"], kind


async def test_a_provider_that_is_silent_is_no_fault_of_the_client(exchange: Exchange) -> None:
    token = await exchange.company.provider.token()
    await exchange.company.provider.settle(silent=True)
    answer = await exchange.ask(token)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


async def test_an_exchanged_token_ends_with_the_trust_that_it_came_by(exchange: Exchange) -> None:
    company = exchange.company
    token = await company.provider.token()
    given = (await exchange.given(token))["access_token"]
    again = (await exchange.given(given, subject_token_type=ACCESS_TOKEN))["access_token"]
    await company.switch(enabled=False)
    for one in (token, given, again):
        assert "nobody here trusts" in refused(await company.get(one), 401, "unauthenticated")["detail"]
    await company.switch(enabled=True)
    for one in (token, given, again):
        assert (await company.get(one)).status_code == 200


async def test_an_exchanged_token_ends_where_its_subject_leaves_the_trusting_tenant(
    exchange: Exchange,
) -> None:
    company = exchange.company
    trusting, elsewhere = await company.tenant(), await company.tenant()
    home = await company.tenant(parent=trusting)
    await company.trust(tenant=trusting.id, home=home.id, required_claims={"tid": "1"})
    await company.switch(required_claims={"tid": "0"})
    given = await exchange.given(company.provider.signed(company.claims(tid="1")))
    assert (await company.get(given["access_token"])).json()["tenant"] == shown("ten", home.id)
    async with company.bare.store.transactions(EVERYTHING) as work:
        await work.tenants.move(home.id, elsewhere.id, at=company.bare.clock.now())
    refused(await company.get(given["access_token"]), 401, "unauthenticated")


async def test_an_issuer_that_never_answers_holds_up_nobody_else(exchange: Exchange) -> None:
    company, asked = exchange.company, []
    heard = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n"))
        heard.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await company.trust(issuer=issuer)
        token = company.provider.signed(company.claims(iss=issuer))
        # More than the token endpoint has threads.
        waiting = [asyncio.create_task(exchange.ask(token)) for _ in range(3 * AT_ONCE)]
        await heard.wait()
        form, auth = {"grant_type": "client_credentials"}, (shown("cli", exchange.client.id), "secret")
        assert (await company.http.post("/oauth/token", data=form, auth=auth)).status_code == 200
        assert not any(task.done() for task in waiting)
        assert len(asked) == 1, "an issuer is asked once, however many wait for it"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        server.close()
