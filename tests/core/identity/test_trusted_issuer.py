"""What a tenant may trust, and that no token counts for two of them."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_core.identity import IssuersIndistinct, UnfitIssuer, UnsafeAlgorithm, require_apart
from emobility_core.testing.builders import TENANT, make_trusted_issuer


@pytest.mark.parametrize("name", ["none", "HS256", "HS512", "", "rs256", "A256GCMKW", "RSA1_5", "ES256K"])
def test_only_signatures_that_the_issuer_alone_can_make_are_believed(name: str) -> None:
    with pytest.raises(UnsafeAlgorithm):
        make_trusted_issuer(algorithms=("RS256", name))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("audiences", {"audiences": ()}),
        ("audiences", {"audiences": ("a", "")}),
        ("audiences", {"audiences": tuple("abcdefghijk")}),
        ("algorithms", {"algorithms": ()}),
        ("issuer", {"issuer": "https://id.example/?tenant=7"}),
        ("issuer", {"issuer": "https://id.example/#7"}),
        ("issuer", {"issuer": "id.example"}),
        ("issuer", {"issuer": ""}),
        ("required_claims", {"required_claims": {f"c{number}": "x" for number in range(11)}}),
        ("required_claims", {"required_claims": {"a\nb": "x"}}),
        ("home", {"home": TENANT, "tenant_claim": "tid"}),
        ("tenant_system", {"tenant_system": "entra"}),
        ("roles_claim", {"roles_claim": "groups"}),
        ("roles_claim", {"roles": {"g": ("viewer",)}}),
        ("roles", {"roles_claim": "groups", "roles": {"g": ()}}),
        ("roles", {"roles_claim": "groups", "roles": {str(number): ("viewer",) for number in range(501)}}),
        ("subject_claim", {"subject_claim": ""}),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_by_the_name_of_its_field(
    field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(UnfitIssuer) as refusal:
        make_trusted_issuer(**changes)
    assert refusal.value.field == field


def test_a_trust_gives_no_roles_where_all_are_assigned_to_its_subjects() -> None:
    assert make_trusted_issuer(default_roles=()).granted_roles == frozenset()


def test_an_issuer_tells_every_role_that_it_may_give() -> None:
    issuer = make_trusted_issuer(
        default_roles=("driver",), roles_claim="groups", roles={"a": ("viewer", "billing"), "b": ("viewer",)}
    )
    assert issuer.granted_roles == {"driver", "viewer", "billing"}


APART: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"issuer": "https://a.example"}, {"issuer": "https://b.example"}),
    ({"issuer": "https://a.example"}, {"issuer": "https://a.example/"}),
    ({"audiences": ("a",)}, {"audiences": ("b", "c")}),
    ({"required_claims": {"tid": "1"}}, {"required_claims": {"tid": "2"}}),
    ({"required_claims": {"tid": "1", "hd": "a"}}, {"required_claims": {"hd": "b"}}),
    ({}, {"enabled": False}),
]
TOGETHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"audiences": ("a", "b")}, {"audiences": ("b", "c")}),
    ({"required_claims": {"tid": "1"}}, {}),
    ({"required_claims": {"tid": "1"}}, {"required_claims": {"hd": "a"}}),
    ({"required_claims": {"tid": "1"}}, {"required_claims": {"tid": "1", "hd": "a"}}),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_trusts_that_no_token_fits_both_of_stand_side_by_side(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = make_trusted_issuer(**one), make_trusted_issuer(**other)
    require_apart(first, [second])
    require_apart(second, [first])


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_trusts_that_one_token_could_fit_both_of_are_refused(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = make_trusted_issuer(**one), make_trusted_issuer(**other)
    for mine, others in ((first, [second]), (second, [first])):
        with pytest.raises(IssuersIndistinct):
            require_apart(mine, others)


def test_a_trust_may_be_changed_beside_itself() -> None:
    issuer = make_trusted_issuer()
    require_apart(issuer, [issuer])
