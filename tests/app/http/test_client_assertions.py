"""Clients that prove themselves by a key pair: what they sign counts once, for this server, for minutes."""

from __future__ import annotations

import base64
import json
from typing import Any

import attrs
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from emobility_app.auth.assertions import TYPE
from tests.app.http.callers import GRANT, Callers
from tests.app.http.house import House, Json


@attrs.frozen
class Signer:
    """A client with a key pair, and what it may sign."""

    served: House
    http: httpx.AsyncClient
    id: str
    key: ECKey

    def claims(self, **changes: Any) -> Json:
        now = int(self.served.server.clock.now().timestamp())
        usual = {
            "iss": self.id,
            "sub": self.id,
            "aud": self.served.server.http_url,
            "jti": "1",
            "exp": now + 60,
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def signed(self, key: Any = None, header: Json | None = None, **changes: Any) -> str:
        head = {"alg": "ES256", "kid": "1"} | (header or {})
        algorithms = ["ES256", "HS256"]
        return jwt.encode(head, self.claims(**changes), key or self.key, algorithms=algorithms)

    async def ask(self, assertion: str, **changes: str) -> httpx.Response:
        form = GRANT | {"client_assertion_type": TYPE, "client_assertion": assertion} | changes
        return await self.http.post("/oauth/token", data=form)


@pytest.fixture
async def signer(served: House, callers: Callers) -> Signer:
    key = ECKey.generate_key("P-256", private=True)
    public = dict(key.as_dict(private=False)) | {"kid": "1"}
    body = {"name": "ERP", "scopes": ["sites:read"], "authentication": "private_key_jwt"}
    made = await served.post("/v1/api-clients", body | {"jwks": {"keys": [public]}})
    return Signer(served, await callers.anybody(), made["id"], key)


async def test_an_assertion_gives_a_token_once(signer: Signer) -> None:
    assertion = signer.signed()
    first, again = await signer.ask(assertion), await signer.ask(assertion)
    assert (first.status_code, first.json()["scope"]) == (200, "sites:read")
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert again.json()["error_description"] == "the assertion was used before"
    url = f"{signer.served.server.http_url}/oauth/token"
    other = await signer.ask(signer.signed(jti="2", aud=["https://elsewhere.example", url]))
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "https://elsewhere.example"}, "the assertion is for somebody else"),
        ({"aud": None}, "the assertion is for somebody else"),
        ({"iss": "somebody"}, "iss and sub must both name the client"),
        ({"exp": None}, "the assertion has no exp"),
        ({"exp": "soon"}, "the assertion has no exp"),
        ({"exp": 1}, "the assertion has expired"),
        ({"exp": 2**40}, "the assertion counts for longer than five minutes"),
        ({"exp": float("nan")}, "the assertion counts for longer than five minutes"),
        ({"exp": float("inf")}, "the assertion counts for longer than five minutes"),
        ({"jti": None}, "the assertion has no jti"),
        ({"jti": 7}, "the assertion has no jti"),
        ({"jti": "j" * 201}, "the assertion has no jti"),
    ],
)
async def test_an_assertion_that_says_something_else_is_refused_by_name(
    signer: Signer, changes: Json, reason: str
) -> None:
    answer = await signer.ask(signer.signed(**changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_description"] == reason


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _packed(data: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


async def test_whoever_has_not_the_key_learns_nothing(signer: Signer, served: House) -> None:
    other = ECKey.generate_key("P-256", private=True)
    public = signer.key.as_dict(private=False)
    head, body, signature = signer.signed().split(".")
    secret_client = await served.post("/v1/api-clients", {"name": "B", "scopes": ["sites:read"]})
    hmac_key = OctKey.import_key(json.dumps(public).encode())
    forged = {
        "of another key": signer.signed(other),
        "which the header names": signer.signed(other, {"jwk": dict(other.as_dict(private=False))}),
        "which the header links": signer.signed(other, {"jku": "https://mine.example/keys", "kid": "2"}),
        "which a certificate links": signer.signed(other, {"x5u": "https://mine.example/crt"}),
        "of a key that is not there": signer.signed(header={"kid": "2"}),
        "by the public key": signer.signed(hmac_key, {"alg": "HS256"}),
        "by nobody": f"{_packed({'alg': 'none', 'kid': '1'})}.{body}.",
        "critical": f"{_packed({'alg': 'ES256', 'kid': '1', 'crit': ['x'], 'x': 1})}.{body}.{signature}",
        "tampered": f"{head}.{_packed(signer.claims(jti='9'))}.{signature}",
        "for a client that has no key": signer.signed(sub=secret_client["id"], iss=secret_client["id"]),
        "for nobody": signer.signed(sub=7),
        "garbage": "garbage",
        "parts": "a.b.c",
    }
    answers = {kind: await signer.ask(one) for kind, one in forged.items()}
    for kind, answer in answers.items():
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), (kind, answer.text)
    assert len({answer.text for answer in answers.values()}) == 1
    assert json.loads(_unpacked(head))["alg"] == "ES256"


async def test_who_has_a_key_does_not_come_by_a_secret_and_the_other_way(
    signer: Signer, served: House
) -> None:
    by_secret = await signer.http.post("/oauth/token", data=GRANT, auth=(signer.id, "anything"))
    public = await signer.http.post("/oauth/token", data=GRANT | {"client_id": signer.id})
    of_another = await signer.ask(signer.signed(), client_id="cli_other")
    for answer in (by_secret, public, of_another):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_public_client_gets_no_token_of_its_own(served: House, callers: Callers) -> None:
    http, back = await callers.anybody(), "https://app.example/back"
    body = {"name": "App", "scopes": ["sites:read"], "authentication": "none", "redirect_uris": [back]}
    made = await served.post("/v1/api-clients", body)
    for form in ({"client_id": made["id"]}, {"client_id": made["id"], "client_secret": ""}):
        answer = await http.post("/oauth/token", data=GRANT | form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
