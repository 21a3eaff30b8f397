"""What the claims of a token come to: one caller in the part of the tree that trusts the issuer, or a refusal
with a name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.errors import Denied
from emobility_core.identity import (
    ExternalCaller,
    IssuerAmbiguous,
    NamedTenant,
    RequiredClaimUnmet,
    RolesUnmapped,
    SubjectUnnamed,
    TenantUnmapped,
    TrustedIssuer,
    caller_of,
    named_tenant,
    opened,
    trusted_for,
)
from emobility_core.ids import shown
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import make_tenant, make_trusted_issuer

ROOT = make_tenant()
TRUSTING = make_tenant(ROOT)
BELOW = make_tenant(TRUSTING)
BESIDE = make_tenant(ROOT)
CLAIMS = {"sub": "u-1", "email": "ada@a.example"}


def caller(claims: dict[str, Any], *, home: Tenant | None = TRUSTING, **changes: Any) -> ExternalCaller:
    return caller_of(make_trusted_issuer(**changes), claims, trusting=TRUSTING, home=home)


def test_a_token_stands_for_its_subject_in_the_tenant_that_trusts_its_issuer() -> None:
    issuer = make_trusted_issuer()
    assert caller_of(issuer, CLAIMS, trusting=TRUSTING, home=TRUSTING) == ExternalCaller(
        issuer=issuer.id, subject="u-1", email="ada@a.example", tenant=TRUSTING.id, roles=("viewer",)
    )


def test_an_actor_is_named_by_issuer_and_subject() -> None:
    found = caller({"oid": "7"}, subject_claim="oid")
    assert found.actor == f"subject:{shown('iss', found.issuer)}:7"


@pytest.mark.parametrize("home", [ROOT, BESIDE, None], ids=["above", "beside", "none"])
def test_no_claim_leads_out_of_the_subtree_that_trusts_the_issuer(home: Tenant | None) -> None:
    with pytest.raises(TenantUnmapped):
        caller(CLAIMS, home=home, tenant_claim="company")
    assert caller(CLAIMS, home=BELOW, tenant_claim="company").tenant == BELOW.id


@pytest.mark.parametrize(
    ("changes", "claims", "named"),
    [
        ({}, {}, None),
        ({"home": BELOW.id}, {"company": "x"}, None),
        ({"tenant_claim": "company"}, {"company": "ten_1"}, NamedTenant(None, "ten_1")),
        ({"tenant_claim": "c", "tenant_system": "sap"}, {"c": "1000"}, NamedTenant("sap", "1000")),
        ({"tenant_claim": "c"}, {"c": ["1000"]}, NamedTenant(None, "1000")),
        ({"tenant_claim": "/a/b~1c"}, {"a": {"b/c": "7"}}, NamedTenant(None, "7")),
        ({"tenant_claim": "https://a.example/t"}, {"https://a.example/t": "7"}, NamedTenant(None, "7")),
    ],
)
def test_the_issuer_says_or_a_claim_names_the_tenant(
    changes: dict[str, Any], claims: dict[str, Any], named: NamedTenant | None
) -> None:
    assert named_tenant(make_trusted_issuer(**changes), claims) == named


@pytest.mark.parametrize("value", [None, 7, True, [], ["a", "b"], {}, [["a"]]])
def test_a_claim_that_names_no_single_tenant_is_refused(value: object) -> None:
    with pytest.raises(TenantUnmapped):
        named_tenant(make_trusted_issuer(tenant_claim="company"), {"company": value})


@pytest.mark.parametrize(
    ("claim", "claims", "roles"),
    [
        ("groups", {"groups": ["b", "a", "b", "other"]}, ("billing", "viewer", "operator")),
        ("groups", {"groups": "a"}, ("viewer", "operator")),
        ("scp", {"scp": "x b a"}, ("billing", "viewer", "operator")),
        ("/realm_access/roles", {"realm_access": {"roles": ["b"]}}, ("billing", "viewer")),
        ("groups", {"groups": [7, None, {"a": 1}, "a"]}, ("viewer", "operator")),
    ],
)
def test_values_of_a_claim_stand_for_roles(
    claim: str, claims: dict[str, Any], roles: tuple[str, ...]
) -> None:
    mapped = {"a": ("viewer", "operator"), "b": ("billing", "viewer")}
    found = caller(CLAIMS | claims, roles_claim=claim, roles=mapped, default_roles=())
    assert found.roles == roles


def test_everybody_has_the_default_roles_once() -> None:
    rules: dict[str, Any] = {"roles_claim": "groups", "roles": {"a": ("viewer", "billing")}}
    found = caller({**CLAIMS, "groups": ["a"]}, default_roles=("driver", "viewer"), **rules)
    assert found.roles == ("driver", "viewer", "billing")


@pytest.mark.parametrize("groups", [None, "b", "a b", [], ["A"], 7, {"a": "a"}])
def test_who_has_no_role_is_refused(groups: object) -> None:
    rules: dict[str, Any] = {"roles_claim": "groups", "roles": {"a": ("viewer",)}, "default_roles": ()}
    found, nothing = caller({**CLAIMS, "groups": groups}, **rules), frozenset[str]()
    with pytest.raises(RolesUnmapped):
        opened(make_trusted_issuer(**rules), found.roles, vouched=nothing, assigned=nothing)


def test_what_is_assigned_here_counts_beside_what_the_issuer_vouches_for() -> None:
    issuer, vouched, assigned = make_trusted_issuer(), frozenset({"a:read"}), frozenset({"b:read"})
    assert opened(issuer, ("x",), vouched=vouched, assigned=assigned) == {"a:read", "b:read"}
    assert opened(issuer, (), vouched=frozenset(), assigned=assigned) == assigned


@pytest.mark.parametrize("subject", [None, "", 7, ["u"], "a b", "a\nb", "ü", "x" * 201, "a\x7f"])
def test_a_subject_that_cannot_name_an_actor_is_refused(subject: object) -> None:
    with pytest.raises(SubjectUnnamed):
        caller({"sub": subject})


def test_an_address_that_is_not_verified_names_nobody() -> None:
    unproven = {"sub": "u", "email": "boss@a.example", "email_verified": False}
    assert caller(unproven).email is None
    with pytest.raises(SubjectUnnamed):
        caller(unproven, subject_claim="email")
    assert caller(unproven | {"email_verified": True}, subject_claim="email").subject == "boss@a.example"


def _trusts() -> tuple[TrustedIssuer, TrustedIssuer]:
    return (
        make_trusted_issuer(required_claims={"tid": "1"}),
        make_trusted_issuer(required_claims={"tid": "2", "hd": "a"}),
    )


def test_a_token_counts_for_the_trust_whose_claims_it_has() -> None:
    one, other = _trusts()
    assert trusted_for([one, other], {"tid": "1"}) == one
    assert trusted_for([one, other], {"tid": "2", "hd": "a"}) == other


@pytest.mark.parametrize("claims", [{}, {"tid": "3"}, {"tid": 1}, {"tid": "2"}, {"tid": "2", "hd": "b"}])
def test_a_token_without_a_required_claim_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(RequiredClaimUnmet):
        trusted_for(_trusts(), claims)


def test_a_token_that_fits_two_trusts_counts_for_none() -> None:
    with pytest.raises(IssuerAmbiguous):
        trusted_for(_trusts(), {"tid": ["1", "2"], "hd": "a"})


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("a"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["sub", "email", "groups", "c", "email_verified"]), _JSON))
def test_whatever_a_token_says_it_comes_to_a_caller_of_the_subtree_or_to_a_refusal(
    claims: dict[str, Any],
) -> None:
    issuer = make_trusted_issuer(
        tenant_claim="/c/a", roles_claim="groups", roles={"a": ("viewer",)}, required_claims={"/c/b": "a"}
    )
    try:
        trusted_for([issuer], claims)
        named_tenant(issuer, claims)
        found = caller_of(issuer, claims, trusting=TRUSTING, home=BELOW)
    except Denied:
        return
    assert found.tenant == BELOW.id
    assert {*found.roles} <= issuer.granted_roles
