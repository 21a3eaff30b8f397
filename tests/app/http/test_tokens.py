"""Access tokens: ours and in time, or refused."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import attrs
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from emobility_app.auth import AccessTokens, SigningKeys, new_signing_key
from tests.app.http.bare import URL, Bare, keys_of
from tests.app.http.refusals import refused


@attrs.frozen
class Forger:
    """Makes tokens that are almost right."""

    bare: Bare

    def issued(self, *, keys: SigningKeys | None = None, issuer: str = URL) -> str:
        services = self.bare.services
        ring = keys or services.tokens.keys
        tokens = AccessTokens(ring, issuer=issuer, clock=services.clock, ids=services.ids)
        return tokens.issue(self.bare.client, self.bare.client.scopes)

    def claiming(self, **claims: object) -> str:
        """A token of our own key that says something else."""
        kid, key = self.bare.services.tokens.keys.signing()
        right = json.loads(_unpacked(self.issued().split(".")[1]))
        header = {"alg": "ES256", "typ": claims.pop("typ", "at+jwt"), "kid": claims.pop("kid", kid)}
        changed = {name: value for name, value in (right | claims).items() if value is not None}
        return jwt.encode(header, changed, key, algorithms=["ES256"])

    def headed(self, **header: object) -> str:
        """Signed by a key of the forger's, which the header leads to."""
        key = ECKey.generate_key("P-256", private=True)
        claims = json.loads(_unpacked(self.issued().split(".")[1]))
        told = {"jwk": dict(key.as_dict(private=False))} if "jwk" in header else header
        return jwt.encode({"alg": "ES256", "typ": "at+jwt"} | told, claims, key, algorithms=["ES256"])

    def critical(self, crit: object) -> str:
        """Ours but for an extension that must be understood (RFC 7515, 4.1.11)."""
        head, body, signature = self.issued().split(".")
        extended = json.loads(_unpacked(head)) | {"crit": crit, "exp2": 1}
        return ".".join([_packed(json.dumps(extended).encode()), body, signature])

    def tampered(self) -> str:
        head, body, signature = self.issued().split(".")
        claims = json.loads(_unpacked(body)) | {"scope": "tenants:admin"}
        return ".".join([head, _packed(json.dumps(claims).encode()), signature])

    def unsigned(self) -> str:
        header = _packed(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
        return f"{header}.{self.issued().split('.')[1]}."

    def signed_by_the_public_key(self) -> str:
        """HS256 with what everybody knows, in the hope that the key is taken for a shared secret."""
        public = OctKey.import_key(json.dumps(self.bare.services.tokens.keys.public()[0]).encode())
        claims = json.loads(_unpacked(self.issued().split(".")[1]))
        return jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, public, algorithms=["HS256"])


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.fixture
async def forged(bare: Bare) -> dict[str, str]:
    forger = Forger(bare)
    return {
        "tampered": forger.tampered(),
        "unsigned": forger.unsigned(),
        "signed by the public key": forger.signed_by_the_public_key(),
        "signed by another key": forger.issued(keys=await keys_of(new_signing_key(), bare.clock)),
        "signed by a key that is not there": forger.claiming(kid="another"),
        "naming its own key": forger.headed(jwk=True),
        "linking its own keys": forger.headed(jku="https://elsewhere.example/keys"),
        "linking its own certificate": forger.headed(x5u="https://elsewhere.example/certificate"),
        "with a header that must be understood": forger.critical(["exp2"]),
        "with a header that must be a list": forger.critical(5),
        "of a client that is not there": forger.claiming(client_id=f"cli_{'0' * 26}"),
        "of no client": forger.claiming(client_id="nobody"),
        "of another issuer": forger.issued(issuer="https://elsewhere.example"),
        "for somebody else": forger.claiming(aud="https://elsewhere.example"),
        "no access token": forger.claiming(typ="JWT"),
        "without a tenant": forger.claiming(tenant=None),
        "without an end": forger.claiming(exp=None),
        "with an end that is no number": forger.claiming(exp="tomorrow"),
        "garbage": "garbage",
        "three parts": "a.b.c",
        "not ASCII": "\xe4\xf6\xfc",
        "cut": forger.issued()[:-2],
    }


async def test_a_token_that_this_server_did_not_issue_for_itself_is_refused(
    bare: Bare, forged: dict[str, str]
) -> None:
    async with bare.http() as http:
        for kind, token in forged.items():
            answer = await http.get("/v1/me", headers={b"Authorization": f"Bearer {token}".encode()})
            assert answer.status_code == 401, f"{kind}: {answer.text}"
            refused(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"'), kind


async def test_what_the_forger_starts_from_is_accepted(bare: Bare) -> None:
    forger = Forger(bare)
    async with bare.http() as http:
        for token in (forger.issued(), forger.claiming(), forger.claiming(aud=[URL, "elsewhere"])):
            answer = await http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200


async def test_a_token_counts_for_ten_minutes_and_not_a_second_longer(bare: Bare) -> None:
    async with bare.http() as http:
        bare.clock.advance(timedelta(minutes=9, seconds=59))
        assert (await http.get("/v1/me")).status_code == 200
        bare.clock.advance(timedelta(seconds=1))
        refused(await http.get("/v1/me"), 401, "unauthenticated")


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "bearer  ", "Token x", "x"])
async def test_what_is_no_bearer_token_is_none(bare: Bare, header: str) -> None:
    async with bare.http() as http:
        refused(await http.get("/v1/me", headers={"Authorization": header}), 401, "unauthenticated")
