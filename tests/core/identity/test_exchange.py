"""Token exchange: never more than both have, never longer a chain of actors than can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.identity import (
    EXCHANGE,
    MOST_ACTORS,
    SCOPES,
    ActorNotAllowed,
    ActorsRefused,
    MissingScope,
    NoCommonScope,
    ScopeBeyondSubject,
    act_for,
    actors_of,
    exchanged_scopes,
)

OWN = frozenset({EXCHANGE, "sites:read", "tokens:read"})
_SCOPES = st.frozensets(st.sampled_from(sorted(SCOPES)), max_size=6)


def test_without_a_wish_a_token_has_what_client_and_subject_have_in_common() -> None:
    held = frozenset({"sites:read", "sites:write", EXCHANGE})
    assert exchanged_scopes(OWN, held, ()) == ("sites:read",)


def test_a_scope_that_the_subject_lacks_is_refused_by_name() -> None:
    with pytest.raises(ScopeBeyondSubject) as refusal:
        exchanged_scopes(OWN, frozenset({"sites:read"}), ("sites:read", "tokens:read"))
    assert refusal.value.scope == "tokens:read"


def test_a_scope_that_the_client_lacks_is_refused_by_name() -> None:
    with pytest.raises(MissingScope) as refusal:
        exchanged_scopes(OWN, frozenset({"sites:write"}), ("sites:write",))
    assert refusal.value.scope == "sites:write"


def test_the_right_to_exchange_is_not_handed_on() -> None:
    with pytest.raises(ScopeBeyondSubject):
        exchanged_scopes(OWN, frozenset({EXCHANGE}), (EXCHANGE,))
    with pytest.raises(NoCommonScope):
        exchanged_scopes(OWN, frozenset({EXCHANGE, "tariffs:publish"}), ())


@given(_SCOPES, _SCOPES, _SCOPES)
def test_no_exchange_gives_more_than_either_has(
    own: frozenset[str], held: frozenset[str], wanted: frozenset[str]
) -> None:
    try:
        found = exchanged_scopes(own, held, sorted(wanted))
    except (ScopeBeyondSubject, MissingScope, NoCommonScope):
        return
    assert {*found} <= own & held - {EXCHANGE}


def test_a_chain_of_actors_grows_by_the_one_that_acts_now() -> None:
    first = act_for("cli_1", {})
    second = act_for("cli_2", {"act": first})
    assert second == {"sub": "cli_2", "act": {"sub": "cli_1"}}
    assert actors_of({"act": second}) == ("cli_2", "cli_1")


def test_a_chain_of_actors_has_an_end() -> None:
    claims: dict[str, Any] = {}
    for number in range(MOST_ACTORS):
        claims = {"act": act_for(f"cli_{number}", claims)}
    with pytest.raises(ActorsRefused):
        act_for("cli_x", claims)


def test_what_else_others_say_of_an_actor_is_not_repeated() -> None:
    said = {"act": {"sub": "gateway", "scope": "everything", "act": {"sub": "app", "iss": "x"}}}
    assert act_for("cli_1", said) == {"sub": "cli_1", "act": {"sub": "gateway", "act": {"sub": "app"}}}


@pytest.mark.parametrize(
    "act", [7, "cli_1", [], {}, {"sub": 7}, {"sub": ""}, {"sub": "x" * 256}, {"sub": "a", "act": "b"}]
)
def test_a_chain_that_cannot_be_read_is_refused(act: object) -> None:
    with pytest.raises(ActorsRefused):
        act_for("cli_1", {"act": act})


@pytest.mark.parametrize("allowed", [{"sub": "cli_2"}, {}, "cli_1", ["cli_1"], 7])
def test_who_may_not_act_by_the_subjects_own_token_does_not(allowed: object) -> None:
    with pytest.raises(ActorNotAllowed):
        act_for("cli_1", {"may_act": allowed})
    assert act_for("cli_1", {"may_act": {"sub": "cli_1"}}) == {"sub": "cli_1"}
