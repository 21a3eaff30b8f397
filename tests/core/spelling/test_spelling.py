"""A word that is nearly right is told which one was meant; one that is not gets no guess."""

from __future__ import annotations

import pytest

from emobility_core.spelling import did_you_mean, nearest

KNOWN = ("name", "address", "external_ids")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("nmae", "name"), ("adress", "address"), ("externalIds", "external_ids"), ("colour", ""), ("", "")],
)
def test_the_nearest_word_is_found_if_one_is_near(word: str, meant: str) -> None:
    assert nearest(word, KNOWN) == meant


def test_it_ends_a_sentence_or_adds_nothing() -> None:
    assert did_you_mean("nmae", KNOWN) == "; did you mean 'name'?"
    assert did_you_mean("colour", KNOWN) == ""


def test_what_is_longer_than_any_name_is_compared_with_none() -> None:
    assert nearest("name" * 100_000, ["name" * 100_000]) == ""
