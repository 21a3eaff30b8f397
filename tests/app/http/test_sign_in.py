"""People sign in at clients: by code and PKCE, once, and for as long as refresh tokens take turns."""

from __future__ import annotations

import attrs
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from emobility_core.ids import shown
from emobility_core.testing.builders import make_tenant
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House
from tests.app.http.people import BACK, People, hidden, message, sent_back

ADA = "ada@stadtwerk.example"


async def test_a_person_signs_in_and_the_token_carries_what_was_asked_for_held_and_permitted(
    people: People, served: House
) -> None:
    user, app = await people.user(role="viewer"), await people.app("sites:read", "sites:write", "tokens:read")
    form = await people.http.get(f"/oauth/authorize?{app.query()}")
    assert (form.status_code, hidden(form, "step")) == (200, "password")
    told = sent_back(await people.sign_in(app, scope="sites:read sites:write"))
    # RFC 9207: the answer says whose it is.
    assert (told["state"], told["iss"]) == ("s-1", served.server.http_url)
    answer = await people.redeem(app, told["code"])
    given = answer.json()
    assert (answer.headers["cache-control"], given["token_type"]) == ("no-store", "Bearer")
    assert (given["scope"], given["expires_in"]) == ("sites:read", 600)
    keys = (await people.http.get("/.well-known/jwks.json")).json()
    token = jwt.decode(given["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"])
    assert (token.header["typ"], token.claims["sub"]) == ("at+jwt", user["id"])
    me = (await people.get("/v1/me", given["access_token"])).json()
    assert (me["actor"], me["client"], me["scopes"]) == (f"user:{user['id']}", app.id, ["sites:read"])
    assert (await people.get("/v1/sites", given["access_token"])).status_code == 200


async def test_a_code_counts_once_and_its_second_use_ends_the_sign_in(people: People) -> None:
    await people.user()
    app = await people.app()
    code = await people.code(app)
    first = (await people.redeem(app, code)).json()
    assert (await people.get("/v1/sites", first["access_token"])).status_code == 200
    again = await people.redeem(app, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["error_description"].startswith("credential-reused")
    assert (await people.get("/v1/sites", first["access_token"])).status_code == 401
    assert (await people.refresh(app, first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_refresh_tokens_take_turns_and_one_shown_again_ends_the_sign_in(people: People) -> None:
    await people.user()
    app = await people.app()
    first = await people.tokens(app, scope="sites:read tokens:read")
    second = (await people.refresh(app, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    less = (await people.refresh(app, second["refresh_token"], scope="sites:read")).json()
    assert less["scope"] == "sites:read"
    stolen = await people.refresh(app, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert stolen.json()["error_description"].startswith("credential-reused")
    for token in (less["refresh_token"], second["refresh_token"]):
        assert (await people.refresh(app, token)).json()["error"] == "invalid_grant"
    assert (await people.get("/v1/sites", less["access_token"])).status_code == 401


async def test_no_more_is_refreshed_than_was_allowed(people: People) -> None:
    await people.user()
    app = await people.app("sites:read", "tokens:read")
    given = await people.tokens(app, scope="sites:read")
    more = await people.refresh(app, given["refresh_token"], scope="sites:read tokens:read")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


async def test_codes_and_tokens_of_one_client_are_nothing_to_another(people: People) -> None:
    await people.user()
    app, other = await people.app(), await people.app()
    code = await people.code(app)
    theirs = await people.redeem(other, code, code_verifier=app.verifier)
    assert (theirs.status_code, theirs.json()["error"]) == (400, "invalid_grant")
    given = (await people.redeem(app, code)).json()
    assert (await people.refresh(other, given["refresh_token"])).json()["error"] == "invalid_grant"
    crossed = await people.redeem(app, given["refresh_token"])
    assert crossed.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "https://app.example/other"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "garbage"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"client_id": None}, "invalid_client"),
    ],
)
async def test_a_code_is_redeemed_by_its_client_alone(
    people: People, changes: dict[str, str | None], error: str
) -> None:
    await people.user()
    app = await people.app()
    code = await people.code(app)
    answer = await people.redeem(app, code, **changes)
    assert (answer.status_code in (400, 401), answer.json()["error"]) == (True, error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "tenants:admin"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"scope": "s\u00fc\u00df"}, "invalid_scope"),
    ],
)
async def test_a_request_that_is_not_to_be_is_sent_back_with_its_state(
    people: People, changes: dict[str, str | None], error: str
) -> None:
    app = await people.app()
    told = sent_back(await people.http.get(f"/oauth/authorize?{app.query(**changes)}"))
    assert (told["error"], told["state"]) == (error, "s-1")
    assert {"iss", "error"} <= set(told)
    assert "code" not in told


@pytest.mark.parametrize(
    "uri",
    [None, "https://app.example/back/", "https://app.example/back?x=1", "https://app.example/BACK",
     "http://app.example/back", "https://app.example.evil.example/back", "https://app.example/back#x",
     "https://app.example/\u00fc\"", ""],
)  # fmt: skip
async def test_nobody_is_sent_anywhere_but_to_a_redirect_uri_as_it_was_registered(
    people: People, uri: str | None
) -> None:
    await people.user()
    app = await people.app()
    answers = [
        await people.http.get(f"/oauth/authorize?{app.query(redirect_uri=uri)}"),
        await people.sign_in(app, redirect_uri=uri),
        await people.http.get(f"/oauth/authorize?{app.query()}&redirect_uri=https://evil.example"),
        await people.http.get(f"/oauth/authorize?{app.query(client_id='cli_nobody')}"),
    ]
    for answer in answers:
        assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_whoever_is_not_known_is_answered_as_with_a_wrong_password(people: People) -> None:
    await people.user()
    await people.user("off@stadtwerk.example", enabled=False)
    app = await people.app()
    answers = [
        await people.sign_in(app, password="wrong password here"),
        await people.sign_in(app, "nobody@stadtwerk.example"),
        await people.sign_in(app, "off@stadtwerk.example"),
        await people.sign_in(app, "' OR 1=1 --"),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert message(answers[0]).startswith("E-mail or password is wrong")


async def test_an_account_is_locked_after_failures_whoever_knows_the_password(people: People) -> None:
    await people.user()
    app = await people.app()
    for _ in range(5):
        await people.sign_in(app, password="wrong password here")
    assert message(await people.sign_in(app)).startswith("E-mail or password is wrong")


async def test_an_address_may_not_try_for_ever(people: People) -> None:
    app = await people.app()
    answers: list[httpx.Response] = [await people.submit(app.query(), "nonsense") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [400] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_tokens_of_a_user_who_is_switched_off_are_refused_at_once(
    people: People, served: House
) -> None:
    user, app = await people.user(), await people.app()
    given = await people.tokens(app)
    assert (await people.get("/v1/me", given["access_token"])).status_code == 200
    await served.http.patch(f"/v1/users/{user['id']}", json={"enabled": False})
    refused = await people.get("/v1/me", given["access_token"])
    assert (refused.status_code, "switched off" in refused.json()["detail"]) == (401, True)
    assert (await people.refresh(app, given["refresh_token"])).json()["error"] == "invalid_grant"


async def test_consent_is_asked_for_by_others_and_given_once(people: People) -> None:
    await people.user()
    app = await people.app(first_party=False, name="Elsewhere")
    asked = await people.sign_in(app)
    assert "Elsewhere" in asked.text
    assert "<code>sites:read</code>" in asked.text
    given = {name: hidden(asked, name) for name in ("ticket", "scopes")}
    answer = await people.submit(app.query(), "consent", decision="allow", **given)
    assert (await people.redeem(app, sent_back(answer)["code"])).status_code == 200
    again = await people.submit(app.query(), "consent", decision="allow", **given)
    assert message(again) == "This took too long. Sign in again."
    asked = await people.sign_in(app)
    given = {name: hidden(asked, name) for name in ("ticket", "scopes")}
    told = sent_back(await people.submit(app.query(), "consent", decision="deny", **given))
    assert (told["error"], told["state"]) == ("access_denied", "s-1")


async def test_a_ticket_is_for_one_request_and_step(people: People) -> None:
    await people.user()
    app = await people.app(first_party=False)
    asked = await people.sign_in(app)
    ticket, scopes = hidden(asked, "ticket"), hidden(asked, "scopes")
    for query, step, given in (
        (app.query(scope="tokens:read"), "consent", ticket),
        (app.query(), "code", ticket),
        (app.query(), "consent", ticket[:-1]),
        (app.query(), "consent", "forged"),
        (app.query(), "consent", "\u00fc"),
    ):
        answer = await people.submit(
            query, step, ticket=given, scopes=scopes, decision="allow", code="000000"
        )
        assert message(answer) == "This took too long. Sign in again."


async def test_an_application_of_another_company_takes_nobody_in(
    people: People, served: House, callers: Callers
) -> None:
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    await people.user()
    http = await callers.signed_in(tenant=below)
    body = {"name": "App", "scopes": ["sites:read"], "authentication": "none", "redirect_uris": [BACK]}
    theirs = (await http.post("/v1/api-clients", json=body)).json()
    app = await people.app()
    foreign = type(app)(id=theirs["id"], verifier=app.verifier)
    assert message(await people.sign_in(foreign)).startswith("E-mail or password is wrong")
    home = (await served.get("/v1/me"))["tenant"]
    for beyond in (home, "ten_1", "nonsense", shown("ten", make_tenant().id)):
        answer = await people.sign_in(foreign, tenant=beyond)
        assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_whoever_is_moved_away_from_the_people_of_a_client_is_asked_anew(
    people: People, served: House, callers: Callers
) -> None:
    one, other = [(await served.post("/v1/tenants", {"name": name}))["id"] for name in ("One", "Other")]
    below = (await served.post("/v1/tenants", {"name": "Below", "parent": one}))["id"]
    theirs = await callers.signed_in(tenant=one)
    body = {"name": "App", "scopes": ["sites:read"], "authentication": "none", "redirect_uris": [BACK]}
    made = (await theirs.post("/v1/api-clients", json=body | {"first_party": True})).json()
    of_below = People(attrs.evolve(served, http=await callers.signed_in(tenant=below)), people.http)
    await of_below.user()
    app = type(await people.app())(id=made["id"], verifier="v" * 43)
    given = await people.tokens(app, ADA, tenant=below)
    assert (await people.get("/v1/sites", given["access_token"])).status_code == 200
    moved = {"tenant": below, "to": other}
    seen = await served.http.post("/v1/tenant-moves", json=moved | {"dry_run": True})
    expected = seen.json()["digest"]
    answer = await served.http.post("/v1/tenant-moves", json=moved | {"expected": expected})
    assert answer.status_code in (200, 201), answer.text
    assert (await people.get("/v1/sites", given["access_token"])).status_code == 401
    assert (await people.refresh(app, given["refresh_token"])).json()["error"] == "invalid_grant"


async def test_what_was_shown_is_allowed_and_nothing_else(people: People) -> None:
    user = await people.user(role="driver")
    app = await people.app("sites:read", "customers:read", first_party=False)
    asked = await people.sign_in(app, scope="sites:read customers:read")
    shown_scopes, ticket = hidden(asked, "scopes"), hidden(asked, "ticket")
    assert shown_scopes == "sites:read"
    query = app.query(scope="sites:read customers:read")
    more = await people.submit(
        query, "consent", ticket=ticket, scopes="sites:read customers:read", decision="allow"
    )
    assert message(more) == "This took too long. Sign in again."
    # What the roles permit later was not allowed.
    await people.assign(user, "owner")
    back = await people.submit(query, "consent", ticket=ticket, scopes=shown_scopes, decision="allow")
    given = (await people.redeem(app, sent_back(back)["code"])).json()
    assert given["scope"] == "sites:read"
    assert (await people.refresh(app, given["refresh_token"])).json()["scope"] == "sites:read"


async def test_a_client_ends_a_sign_in_and_learns_nothing_of_others(people: People) -> None:
    await people.user()
    app, other = await people.app(), await people.app()
    given = await people.tokens(app)

    async def revoke(client: str, token: str) -> httpx.Response:
        return await people.http.post("/oauth/revoke", data={"client_id": client, "token": token})

    assert (await revoke(other.id, given["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await people.get("/v1/me", given["access_token"])).status_code == 200
    assert (await revoke(app.id, given["refresh_token"])).status_code == 200
    assert (await people.get("/v1/me", given["access_token"])).status_code == 401
    # RFC 7009, 2.2: what is over already is no error.
    assert (await revoke(app.id, given["refresh_token"])).status_code == 200
    assert (await revoke(app.id, "garbage")).status_code == 200
    by_access = await people.tokens(app)
    assert (await revoke(app.id, by_access["access_token"])).status_code == 200
    assert (await people.refresh(app, by_access["refresh_token"])).json()["error"] == "invalid_grant"


async def test_tokens_are_told_apart_for_those_who_may_know(
    people: People, served: House, callers: Callers
) -> None:
    user, app = await people.user(), await people.app()
    given = await people.tokens(app)
    may = await callers.client("access-tokens:introspect")
    not_ = await callers.client("sites:read")
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    lower = await callers.client("access-tokens:introspect", tenant=below)

    async def told(client: object, token: str) -> httpx.Response:
        auth = (client.id, client.secret)  # type: ignore[attr-defined]
        return await people.http.post("/oauth/introspect", data={"token": token}, auth=auth)

    access = (await told(may, given["access_token"])).json()
    assert (access["active"], access["sub"], access["scope"]) == (True, user["id"], "sites:read")
    refresh = (await told(may, given["refresh_token"])).json()
    assert (refresh["active"], refresh["token_type"]) == (True, "refresh_token")
    assert (await told(lower, given["access_token"])).json() == {"active": False}
    assert (await told(may, "garbage")).json() == {"active": False}
    assert (await told(not_, given["access_token"])).json()["error"] == "access_denied"
    await people.refresh(app, given["refresh_token"])
    assert (await told(may, given["refresh_token"])).json() == {"active": False}
    await served.post("/v1/role-assignments", {"actor": f"client:{may.id}", "role": "driver"})
    assert (await told(may, given["access_token"])).json()["error"] == "access_denied"


async def test_a_confidential_client_proves_itself_as_well(people: People) -> None:
    await people.user()
    app = await people.app(authentication="secret")
    code = await people.code(app)
    assert (await people.redeem(app, code)).status_code == 401
    answer = await people.redeem(app, code, client_secret=app.secret)
    assert answer.status_code == 200
    own = GRANT | {"client_id": app.id, "client_secret": str(app.secret)}
    assert (await people.http.post("/oauth/token", data=own)).status_code == 200


async def test_pages_speak_german_and_hold_no_script_and_no_cookie(people: People) -> None:
    app = await people.app()
    page = await people.http.get(f"/oauth/authorize?{app.query()}", headers={"Accept-Language": "de-DE,en"})
    assert '<html lang="de">' in page.text
    assert "Anmelden" in page.text
    chosen = await people.http.get(
        f"/oauth/authorize?{app.query(ui_locales='en')}", headers={"Accept-Language": "de"}
    )
    assert '<html lang="en">' in chosen.text
    policy = page.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "form-action 'self' https://app.example;" in policy
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_no_header_says_whose_server_it_is_or_where_people_go(people: People, served: House) -> None:
    app, url = await people.app(), served.server.http_url
    told = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
            "Forwarded": "host=evil.example", "X-Forwarded-For": "198.51.100.7"}  # fmt: skip
    metadata = await people.http.get("/.well-known/oauth-authorization-server", headers=told)
    assert metadata.json()["issuer"] == url
    assert metadata.json()["authorization_endpoint"] == f"{url}/oauth/authorize"
    refused = await people.http.get(f"/oauth/authorize?{app.query(scope='nonsense')}", headers=told)
    assert sent_back(refused)["iss"] == url
    page = await people.http.get(f"/oauth/authorize?{app.query()}", headers=told)
    assert "evil.example" not in page.text


async def test_what_is_exchanged_for_a_persons_token_ends_with_the_sign_in(
    people: People, callers: Callers
) -> None:
    user = await people.user()
    app = await people.app()
    given = await people.tokens(app)
    other = await callers.client("access-tokens:exchange", "sites:read")
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": given["access_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    answer = await people.http.post("/oauth/token", data=form, auth=(other.id, other.secret))
    token = answer.json()["access_token"]
    assert (await people.get("/v1/me", token)).json()["actor"] == f"user:{user['id']}"
    await people.http.post("/oauth/revoke", data={"client_id": app.id, "token": given["refresh_token"]})
    assert (await people.get("/v1/me", token)).status_code == 401
