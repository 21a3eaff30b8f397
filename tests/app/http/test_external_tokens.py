"""Access tokens of a company's own identity provider, a real one: they count for what rules say, or not."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import attrs
import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from emobility_adapters.oidc import open_issuer_keys
from emobility_adapters.oidc.keys import BETWEEN
from emobility_app.auth import ExternalTokens, StoredTrusts
from emobility_app.auth.external import REMEMBERED_FOR
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_core.access import BUILT_IN_ROLES
from emobility_core.identity import IssuerKeys, TrustedIssuer
from emobility_core.ids import TenantId, shown
from emobility_core.instants import Instant
from emobility_core.reach import Reach
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import make_role_assignment, make_tenant, make_trusted_issuer
from emobility_core.work import Page, Scope
from tests.app.http.bare import Bare
from tests.app.http.refusals import refused
from tests.identity_provider.provider import AUDIENCE, IdentityProvider, identity_provider, new_key

pytestmark = pytest.mark.oracle("oidc-provider")
EVERYTHING = Scope.system(TenantId(make_tenant().id), "/", "tests")
RULES: dict[str, Any] = {
    "audiences": (AUDIENCE,),
    "roles_claim": "groups",
    "roles": {"g-view": ("viewer",), "g-run": ("operator",)},
    "default_roles": (),
}
KEY = new_key()
CLIENTS: dict[str, dict[str, Any]] = {
    "ada": {"groups": ["g-view", "g-other"], "company": "1000"},
    "bob": {"groups": []},
}


@attrs.define
class Counted:
    """Keys of issuers, and how often somebody asked for one: as often as a token was verified."""

    keys: IssuerKeys
    asked: int = 0

    async def find(self, issuer: str, kid: str | None) -> Sequence[Mapping[str, object]]:
        self.asked += 1
        return await self.keys.find(issuer, kid)


@attrs.frozen
class Company:
    """A tenant that trusts a running identity provider."""

    bare: Bare
    provider: IdentityProvider
    keys: Counted
    external: ExternalTokens
    http: httpx.AsyncClient

    async def trust(self, **changes: Any) -> TrustedIssuer:
        fields = {"tenant": self.bare.tenant.id, "issuer": self.provider.issuer, **RULES, **changes}
        issuer = make_trusted_issuer(**fields)
        async with self.bare.store.transactions(EVERYTHING) as work:
            await work.trusted_issuers.add(issuer)
        return issuer

    async def switch(self, **changes: Any) -> None:
        """Change the first trust."""
        async with self.bare.store.transactions(EVERYTHING) as work:
            issuer = (await work.trusted_issuers.page(Page(limit=1, descendants=True)))[0]
            await work.trusted_issuers.replace(attrs.evolve(issuer, **changes))

    async def tenant(self, **changes: Any) -> Tenant:
        made = make_tenant(changes.pop("parent", self.bare.tenant), **changes)
        async with self.bare.store.transactions(EVERYTHING) as work:
            await work.tenants.add(made)
        return made

    async def get(self, token: str, path: str = "/v1/me", **headers: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}", **headers})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a token of the provider says, changed; None leaves a claim out."""
        now = int(self.bare.clock.now().timestamp())
        usual = {"iss": self.provider.issuer, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 300}
        said = {**usual, "groups": ["g-view"], **changes}
        return {name: value for name, value in said.items() if value is not None}


@asynccontextmanager
async def at(bare: Bare, provider: IdentityProvider, *, silent: bool = False) -> AsyncIterator[Company]:
    """The provider's clock is the one of the bare API from here on."""
    off = bare.clock.now() - Instant(datetime.now(UTC))
    usual = {"algorithm": "RS256", "lifetime_s": 300, "silent": silent}
    await provider.settle(keys=[KEY], clock_off_s=int(off.total_seconds()), **usual)
    rights = bare.services.rights
    trusts = StoredTrusts(reading=bare.store.transactions, everything=EVERYTHING, rights=rights)
    async with open_issuer_keys(Reach(private=True, http=True), bare.clock) as discovered:
        keys = Counted(discovered)
        external = ExternalTokens(trusts, keys, bare.clock, bare.services.principals)
        async with bare.http(external=external) as http:
            yield Company(bare, provider, keys, external, http)


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with identity_provider(CLIENTS) as provider:
        yield provider


@pytest.fixture
async def company(bare: Bare, provider: IdentityProvider) -> AsyncIterator[Company]:
    async with at(bare, provider) as company:
        yield company


async def test_a_token_of_the_provider_opens_the_api_for_what_its_groups_stand_for(company: Company) -> None:
    issuer = await company.trust()
    token = await company.provider.token("ada")
    me = (await company.get(token)).json()
    assert me["actor"] == f"subject:{shown('iss', issuer.id)}:ada"
    assert me["tenant"] == shown("ten", company.bare.tenant.id)
    assert me["scopes"] == sorted(BUILT_IN_ROLES["viewer"].permissions)
    assert (await company.get(token, "/v1/sites")).status_code == 200
    refused(await company.get(token, "/v1/customers"), 403, "missing-scope")


async def test_who_has_no_group_that_stands_for_a_role_is_refused_by_name(company: Company) -> None:
    await company.trust()
    refused(await company.get(await company.provider.token("bob")), 403, "roles-unmapped")


async def test_a_role_that_is_assigned_to_a_subject_counts_beside_what_its_issuer_vouches_for(
    company: Company,
) -> None:
    issuer, home = await company.trust(), company.bare.tenant.id
    held = {name: f"subject:{shown('iss', issuer.id)}:{name}" for name in ("ada", "bob")}
    token = {name: await company.provider.token(name) for name in held}
    refused(await company.get(token["bob"]), 403, "roles-unmapped")
    made = [make_role_assignment(tenant=home, actor=actor, role="billing") for actor in held.values()]
    async with company.bare.store.transactions(EVERYTHING) as work:
        for one in made:
            await work.role_assignments.add(one)
    for name, roles in (("ada", ("viewer", "billing")), ("bob", ("billing",))):
        scopes = frozenset[str]().union(*(BUILT_IN_ROLES[role].permissions for role in roles))
        assert (await company.get(token[name])).json()["scopes"] == sorted(scopes)
        assert (await company.get(token[name], "/v1/customers")).status_code == 200
    # It counts until it is taken away, not for as long as the token is remembered.
    async with company.bare.store.transactions(EVERYTHING) as work:
        await work.role_assignments.remove(made[0].id)
    refused(await company.get(token["ada"], "/v1/customers"), 403, "missing-scope")


async def test_what_is_explained_for_a_subject_is_what_happens_to_it(company: Company) -> None:
    """With each role that is vouched for or assigned, here, below or beside, for any tenant in line."""
    below, beside = [await company.tenant(name=name) for name in ("Below", "Beside")]
    issuer = await company.trust(home=below.id)
    wanted = {"/v1/sites": "sites_list", "/v1/customers": "customers_list", "/v1/roles": "roles_list"}
    tried = 0
    for at in (None, company.bare.tenant, below, beside):
        for name, vouched in (("ada", ["viewer"]), ("bob", [])):
            actor = f"subject:{shown('iss', issuer.id)}:{name}"
            async with company.bare.store.transactions(EVERYTHING) as work:
                for one in await work.role_assignments.page(Page(limit=9, descendants=True)):
                    await work.role_assignments.remove(one.id)
                if at is not None:
                    await work.role_assignments.add(
                        make_role_assignment(tenant=at.id, actor=actor, role="billing")
                    )
            token = await company.provider.token(name)
            for (path, operation), tenant in product(wanted.items(), (below, beside)):
                narrowed = shown("ten", tenant.id)
                happens = await company.get(token, path, **{"Emobility-Tenant": narrowed})
                query = {"actor": actor, "operation": operation, "tenant": narrowed, "vouched": vouched}
                told = await company.http.get("/v1/access-explanations", params=query)
                refusal = told.json()["refusal"] if told.status_code == 200 else told.json()
                if happens.status_code == 200:
                    assert refusal is None
                else:
                    assert refusal["code"] == happens.json()["code"]
                tried += 1
    assert tried == 48


async def test_a_key_that_the_provider_changed_is_found_and_the_old_one_counts_no_more(
    company: Company,
) -> None:
    await company.trust()
    old = await company.provider.token()
    assert (await company.get(old)).status_code == 200
    await company.provider.settle(keys=[new_key(ECKey)], algorithm="ES256")
    new = await company.provider.token()
    # A minute has not passed since it was asked for keys.
    assert "no such key" in refused(await company.get(new), 401, "unauthenticated")["detail"]
    company.bare.clock.advance(BETWEEN)
    assert (await company.get(new)).status_code == 200
    assert "no such key" in refused(await company.get(old), 401, "unauthenticated")["detail"]


async def test_a_token_that_has_expired_is_refused_however_well_it_is_remembered(company: Company) -> None:
    await company.trust()
    theirs = await company.provider.token()
    ends = int(company.bare.clock.now().timestamp()) + 30
    ours = company.provider.signed(company.claims(exp=ends))
    assert [(await company.get(token)).status_code for token in (theirs, ours)] == [200, 200]
    # It is still remembered, and refused all the same.
    company.bare.clock.advance(timedelta(seconds=31))
    assert "expired" in refused(await company.get(ours), 401, "unauthenticated")["detail"]
    company.bare.clock.advance(timedelta(minutes=10))
    assert "expired" in refused(await company.get(theirs), 401, "unauthenticated")["detail"]
    assert all(company.external.remembers(token) for token in (theirs, ours)), "they are no stranger's"


async def test_a_token_for_another_resource_is_refused(company: Company) -> None:
    await company.trust()
    token = await company.provider.token(audience="https://elsewhere.example")
    assert "somebody else" in refused(await company.get(token), 401, "unauthenticated")["detail"]


async def test_a_provider_that_nobody_trusts_is_refused_and_not_even_asked(company: Company) -> None:
    token = await company.provider.token()
    assert "trusts" in refused(await company.get(token), 401, "unauthenticated")["detail"]
    await company.trust(enabled=False)
    assert "trusts" in refused(await company.get(token), 401, "unauthenticated")["detail"]


async def test_without_keys_nobody_knows_and_with_them_a_silent_provider_is_served_on(
    company: Company,
) -> None:
    await company.trust()
    token = await company.provider.token()
    assert (await company.get(token)).status_code == 200
    await company.provider.settle(lifetime_s=600)
    other = await company.provider.token()
    await company.provider.settle(silent=True)
    assert (await company.get(other)).status_code == 200
    # A server that has just started knows no keys yet.
    async with at(company.bare, company.provider, silent=True) as cold:
        refused(await cold.get(token), 503, "issuer-unreachable")
        assert (await cold.http.get("/v1/me")).status_code == 200, "nobody else is concerned"


def _packed(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _hs256(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    signed = f"{_packed(header)}.{_packed(claims)}"
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _rs256(header: Mapping[str, Any], claims: Mapping[str, Any], key: RSAKey) -> str:
    signed = f"{_packed(header)}.{_packed(claims)}"
    assert key.private_key is not None
    signature = key.private_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _forged(company: Company) -> dict[str, str]:
    """Tokens that are almost right, by what is wrong."""
    provider, claims = company.provider, company.claims()
    known = provider.keys[0]
    assert isinstance(known, RSAKey)
    public, stranger = known.as_dict(private=False), RSAKey.generate_key(2048)
    head = {"alg": "RS256", "typ": "at+jwt", "kid": known.kid}
    good = provider.signed(claims)
    first, _, last = good.split(".")
    shared = OctKey.import_key(json.dumps(public).encode())
    confused = {"alg": "HS256", "typ": "at+jwt", "kid": known.kid}
    return {
        "unsigned": f"{_packed({'alg': 'none', 'typ': 'at+jwt'})}.{_packed(claims)}.",
        "unsigned, loudly": f"{_packed({'alg': 'NONE', 'kid': known.kid})}.{_packed(claims)}.{last}",
        "signed by the public key": jwt.encode(confused, claims, shared, algorithms=["HS256"]),
        "signed by the public key in PEM": _hs256(confused, claims, known.as_pem(private=False)),
        "signed by another key": jwt.encode(head, claims, stranger, algorithms=["RS256"]),
        "signed by a key of its own": jwt.encode(
            {**head, "jwk": stranger.as_dict(private=False)}, claims, stranger, algorithms=["RS256"]
        ),
        "of an unknown key": provider.signed(claims, kid="forged"),
        "of a key that is no name": f"{_packed({**head, 'kid': 7})}.{_packed(claims)}.{last}",
        "tampered": f"{first}.{_packed({**claims, 'groups': ['g-run']})}.{last}",
        "cut": good[:-4],
        "too long": provider.signed({**claims, "x": "x" * 20_000}),
        "critical": _rs256({**head, "crit": ["policy"], "policy": 1}, claims, known),
        "critical in no list": _rs256({**head, "crit": 5}, claims, known),
    }


async def test_a_token_that_the_provider_did_not_sign_is_refused(company: Company) -> None:
    await company.trust()
    good = company.provider.signed(company.claims())
    known = company.provider.keys[0]
    assert isinstance(known, RSAKey)
    same = _rs256({"alg": "RS256", "kid": known.kid}, company.claims(), known)
    assert [(await company.get(one)).status_code for one in (good, same)] == [200, 200]
    for kind, token in _forged(company).items():
        answer = await company.get(token)
        assert answer.status_code == 401, f"{kind}: {answer.text}"
        refused(answer, 401, "unauthenticated")


WRONG: list[dict[str, Any]] = [
    {"aud": "https://elsewhere.example"}, {"aud": None}, {"aud": []}, {"aud": [AUDIENCE + "/"]}, {"aud": {}},
    {"exp": None}, {"exp": "tomorrow"}, {"exp": float("nan")}, {"exp": float("inf")}, {"exp": True},
    {"exp": 0}, {"exp": 10**400}, {"nbf": 10**10}, {"nbf": "now"}, {"iat": 10**10}, {"iss": None},
    {"iss": "https://elsewhere.example"}, {"iss": ["a"]},
    {"nonce": "n"}, {"at_hash": "x"}, {"c_hash": "x"}, {"typ": "ID"}, {"typ": "Refresh"}, {"typ": "Logout"},
    {"cnf": {"jkt": "x"}},
]  # fmt: skip


async def test_a_genuine_token_that_is_not_for_us_or_not_now_or_opens_no_api_is_refused(
    company: Company,
) -> None:
    await company.trust()
    for wrong in WRONG:
        answer = await company.get(company.provider.signed(company.claims(**wrong)))
        assert answer.status_code == 401, f"{wrong}: {answer.text}"
        refused(answer, 401, "unauthenticated")
    for kind in ("logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE"):
        answer = await company.get(company.provider.signed(company.claims(), typ=kind))
        refused(answer, 401, "unauthenticated")


RIGHT: list[dict[str, Any]] = [
    {"aud": [AUDIENCE, "https://elsewhere.example"]}, {"iat": None}, {"typ": "Bearer"}, {"exp": 10**10 + 0.5},
]  # fmt: skip


async def test_what_issuers_say_differently_is_understood(company: Company) -> None:
    await company.trust()
    for right in RIGHT:
        answer = await company.get(company.provider.signed(company.claims(**right)))
        assert answer.status_code == 200, f"{right}: {answer.text}"
    for kind in ("JWT", "application/at+jwt"):
        answer = await company.get(company.provider.signed(company.claims(), typ=kind))
        assert answer.status_code == 200
    soon = company.bare.clock.now() + timedelta(seconds=50)
    early = company.provider.signed(company.claims(nbf=int(soon.timestamp()), iat=int(soon.timestamp())))
    assert (await company.get(early)).status_code == 200, "clocks differ a little"


async def test_an_algorithm_that_the_issuer_is_not_trusted_with_is_refused(company: Company) -> None:
    await company.trust(algorithms=("ES256",))
    answer = await company.get(await company.provider.token())
    assert "not trusted with" in refused(answer, 401, "unauthenticated")["detail"]


async def test_a_claim_names_the_tenant_below_and_no_other(company: Company) -> None:
    await company.trust(tenant_claim="company", tenant_system="sap", roles_claim=None, roles={},
                        default_roles=("viewer",))  # fmt: skip
    token = await company.provider.token("ada")
    refused(await company.get(token), 403, "tenant-unmapped")
    stranger = make_tenant(external_ids={"sap": "1000"})
    async with company.bare.store.transactions(EVERYTHING) as work:
        await work.tenants.add(stranger)
    refused(await company.get(token), 403, "tenant-unmapped")
    below = await company.tenant(external_ids={"sap": "1000"})
    assert (await company.get(token)).json()["tenant"] == shown("ten", below.id)
    for beyond in (company.bare.tenant, stranger):
        narrowed = {"Emobility-Tenant": shown("ten", beyond.id)}
        refused(await company.get(token, "/v1/sites", **narrowed), 404, "unknown-tenant")
    await company.tenant(external_ids={"sap": "1000"})
    company.bare.clock.advance(REMEMBERED_FOR)
    refused(await company.get(token), 403, "tenant-ambiguous")


async def test_a_claim_names_the_tenant_by_its_id(company: Company) -> None:
    await company.trust(tenant_claim="ten")
    below, above = await company.tenant(), make_tenant()
    named = company.provider.signed(company.claims(ten=shown("ten", below.id)))
    assert (await company.get(named)).json()["tenant"] == shown("ten", below.id)
    for other in (shown("ten", above.id), "ten_1", "", 7, None):
        token = company.provider.signed(company.claims(ten=other))
        refused(await company.get(token), 403, "tenant-unmapped")


async def test_two_tenants_trust_one_issuer_and_each_has_its_own(company: Company) -> None:
    other = await company.tenant()
    await company.trust(required_claims={"tid": "1"})
    await company.trust(required_claims={"tid": "2"}, tenant=other.id)
    for tid, tenant in (("1", company.bare.tenant), ("2", other)):
        token = company.provider.signed(company.claims(tid=tid))
        assert (await company.get(token)).json()["tenant"] == shown("ten", tenant.id)
    for foreign in ("3", None):
        token = company.provider.signed(company.claims(tid=foreign))
        refused(await company.get(token), 403, "required-claim-unmet")
    both = company.provider.signed(company.claims(tid=["1", "2"]))
    refused(await company.get(both), 403, "issuer-ambiguous")


async def test_rules_that_changed_count_at_once_for_a_token_that_is_remembered(company: Company) -> None:
    await company.trust(roles={"g-view": ("operator",)})
    token = await company.provider.token()
    assert (await company.get(token, "/v1/customers")).status_code == 200
    await company.switch(roles={"g-view": ("viewer",)})
    refused(await company.get(token, "/v1/customers"), 403, "missing-scope")
    await company.switch(enabled=False)
    refused(await company.get(token), 401, "unauthenticated")


async def test_a_stream_ends_once_the_rules_say_something_else(company: Company) -> None:
    await company.trust(roles={"g-view": ("operator", "viewer")})
    token = await company.provider.token()
    calls: list[Call] = []

    async def kept(call: Call) -> Answer:
        calls.append(call)
        return Answer(content={})

    keeps = Endpoint(method="GET", path="/v1/kept", operation="kept", summary="Keep the call",
                     scope="events:read", handle=kept, gives={"type": "object"})  # fmt: skip
    async with company.bare.http(keeps, external=company.external) as http:
        opened = await http.get("/v1/kept", headers={"Authorization": f"Bearer {token}"})
    assert opened.status_code == 200, opened.text
    (call,) = calls
    assert await call.is_still_authorized()
    await company.switch(required_claims={"company": "2000"})
    assert not await call.is_still_authorized()
    await company.switch(required_claims={})
    assert await call.is_still_authorized()
    await company.switch(enabled=False)
    assert not await call.is_still_authorized()
    await company.switch(enabled=True)
    assert await call.is_still_authorized()
    await company.switch(roles={"g-view": ("viewer",)})
    assert not await call.is_still_authorized()


async def test_a_token_is_verified_once_a_minute_however_often_it_is_shown(company: Company) -> None:
    await company.trust()
    token = await company.provider.token()
    for _ in range(5):
        assert (await company.get(token)).status_code == 200
    assert company.keys.asked == 1
    company.bare.clock.advance(REMEMBERED_FOR)
    assert (await company.get(token)).status_code == 200
    assert company.keys.asked == 2
