"""The token endpoint: who gets a token, for which scopes, and what the token says."""

from __future__ import annotations

import base64

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from emobility_app.auth.exchange import GRANT as GRANT_OF_EXCHANGE
from emobility_core.identity import SCOPES
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House


def _basic(credentials: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}


@pytest.mark.parametrize("place", ["header", "form"])
async def test_a_client_gets_a_token_by_the_secret_in_the_header_or_in_the_form(
    callers: Callers, place: str
) -> None:
    client, http = await callers.client("sites:read"), await callers.anybody()
    if place == "header":
        answer = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
    else:
        secret = {"client_id": client.id, "client_secret": client.secret}
        answer = await http.post("/oauth/token", data=GRANT | secret)
    given = answer.json()
    assert answer.status_code == 200
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", 600, "sites:read")
    assert answer.headers["cache-control"] == "no-store"
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert (await http.get("/v1/sites", headers=bearer)).status_code == 200


async def test_who_cannot_prove_a_client_learns_nothing_of_clients(callers: Callers) -> None:
    client, other, http = await callers.client(), await callers.client(), await callers.anybody()
    unknown = f"{other.id[:-4]}0000"
    headers = [
        _basic(f"{client.id}:wrong".encode()), _basic(f"{client.id}:{other.secret}".encode()),
        _basic(f"{unknown}:{client.secret}".encode()), _basic(f"{client.id}:".encode()),
        _basic(client.id.encode()), _basic(b"\xff\xfe:x"), _basic(b"nobody:x"),
        {"Authorization": "Basic %%%"}, {"Authorization": "Bearer x"}, {},
    ]  # fmt: skip
    forms = [
        {"client_id": client.id, "client_secret": "wrong"}, {"client_id": client.id},
        {"client_id": unknown, "client_secret": client.secret},
        {"client_id": "\x00", "client_secret": "\x00"},
    ]  # fmt: skip
    answers = [await http.post("/oauth/token", data=GRANT, headers=one) for one in headers]
    answers += [await http.post("/oauth/token", data=GRANT | one) for one in forms]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert {answer.json()["error"] for answer in answers} == {"invalid_client"}
    (words,) = {answer.json()["error_description"] for answer in answers}
    assert words.startswith("unknown client, wrong secret or key, or switched off; ")
    assert len({answer.text for answer in answers}) == 1
    for answer in answers:
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("grant", ["password", "implicit", "nonsense", "s\u00fc\u00df"])
async def test_no_other_grant_is_given(callers: Callers, grant: str) -> None:
    client, http = await callers.client(), await callers.anybody()
    secret = (client.id, client.secret)
    answer = await http.post("/oauth/token", data={"grant_type": grant}, auth=secret)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token"])
async def test_a_client_without_a_redirect_uri_gets_no_token_for_people(callers: Callers, grant: str) -> None:
    client, http = await callers.client(), await callers.anybody()
    form = {"grant_type": grant, "code": "x", "refresh_token": "x"}
    answer = await http.post("/oauth/token", data=form, auth=(client.id, client.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


async def test_a_client_may_ask_for_less_than_it_holds_but_not_for_more(callers: Callers) -> None:
    client, http = await callers.client("sites:read", "sites:write"), await callers.anybody()

    async def ask(scope: str) -> tuple[int, str]:
        secret = (client.id, client.secret)
        answer = await http.post("/oauth/token", data=GRANT | {"scope": scope}, auth=secret)
        body = answer.json()
        return answer.status_code, body.get("scope") or body["error"]

    assert await ask("sites:read") == (200, "sites:read")
    assert await ask("sites:write sites:read sites:write") == (200, "sites:write sites:read")
    assert await ask("") == (200, "sites:read sites:write")
    for more in ("tokens:read", "sites:read tokens:read", "nonsense"):
        assert await ask(more) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("tokens:read", "the client does not hold tokens:read"),
        ("sites:reed", "sites:reed is no scope; did you mean 'sites:read'?"),
        ("s\u00fc\u00df", "s?? is no scope"),
    ],
)
async def test_a_scope_that_is_not_given_is_told_as_what_it_is(
    callers: Callers, scope: str, words: str
) -> None:
    client, http = await callers.client("sites:read"), await callers.anybody()
    secret = (client.id, client.secret)
    answer = await http.post("/oauth/token", data=GRANT | {"scope": scope}, auth=secret)
    assert answer.json() == {"error": "invalid_scope", "error_description": words}


async def test_a_token_is_a_jwt_that_the_published_key_verifies(served: House, callers: Callers) -> None:
    client, http = await callers.client("sites:read"), await callers.anybody()
    answer = await http.post("/oauth/token", data=GRANT, auth=(client.id, client.secret))
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    keys = (await http.get(metadata["jwks_uri"])).json()
    # Nothing of the private key leaves the server.
    assert all("d" not in key for key in keys["keys"])
    token = jwt.decode(answer.json()["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"])
    claims = token.claims
    # RFC 9068, 2.1 and 2.2.
    assert (token.header["typ"], token.header["kid"]) == ("at+jwt", keys["keys"][0]["kid"])
    assert claims["iss"] == claims["aud"] == metadata["issuer"] == served.server.http_url
    assert claims["sub"] == claims["client_id"] == client.id
    assert (claims["scope"], claims["exp"] - claims["iat"]) == ("sites:read", 600)
    assert {"jti", "tenant"} <= set(claims)


async def test_the_metadata_name_what_the_server_has(callers: Callers) -> None:
    http = await callers.anybody()
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert set(metadata["scopes_supported"]) == SCOPES
    people = ["authorization_code", "refresh_token"]
    assert metadata["grant_types_supported"] == ["client_credentials", *people, GRANT_OF_EXCHANGE]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization", "revocation", "introspection"):
        assert (await http.post(metadata[f"{name}_endpoint"])).status_code == 400
    assert (await http.post(metadata["token_endpoint"])).status_code == 400
    assert (await http.get(metadata["service_documentation"])).status_code == 200


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=b", "application/json"]
)
async def test_a_form_that_cannot_be_read_is_refused(callers: Callers, kind: str) -> None:
    http = await callers.anybody()
    answer = await http.post("/oauth/token", content=b"--x\xff", headers={"Content-Type": kind})
    assert answer.status_code == 400


async def test_a_request_that_is_no_plain_form_is_refused(callers: Callers) -> None:
    client, http = await callers.client(), await callers.anybody()
    form = {"content-type": "application/x-www-form-urlencoded"}
    twice = f"grant_type=client_credentials&client_id={client.id}&client_id={client.id}"
    bodies = [
        ({"content-type": "multipart/form-data; boundary=x"},
         b'--x\r\nContent-Disposition: form-data; name="client_id"\r\n\r\n\xff\xfe\r\n--x--\r\n'),
        ({"content-type": "application/json"}, b"{}"),
        (form, b"grant_type=%ff%fe"),
        (form, b"\xff\xfe"),
        (form, twice.encode()),
        (form, b"grant_type=" + b"x" * 30_000),
        ({}, b"grant_type=client_credentials"),
    ]  # fmt: skip
    for headers, body in bodies:
        answer = await http.post("/oauth/token", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), (headers, body)
        assert "must be a form (application/x-www-form-urlencoded)" in answer.json()["error_description"]
