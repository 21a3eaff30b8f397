"""Signing keys at the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobility_app.store import migrated
from tests.app.cli.conftest import Call


@pytest.fixture
async def signing(tmp_path: Path) -> str:
    """The URL of a database with a real signing key."""
    url = f"sqlite:///{tmp_path / 'signing.db'}"
    await migrated(url)
    return url


def _keys(call: Call, *order: str) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = call("keys", *order, "--json").json["keys"]
    return [(one["kid"], one["state"]) for one in found]


def test_a_key_is_published_then_signs_and_the_one_before_is_kept(call: Call, signing: str) -> None:
    at = ("--database", signing)
    ((first, state),) = _keys(call, "list", *at)
    assert state == "signing"
    both = _keys(call, "rotate", *at)
    assert [state for _, state in both] == ["signing", "next"]
    assert call("keys", "rotate", *at).code == 1  # one is under way
    (_, second) = _keys(call, "rotate", "--at-once", *at)
    assert _keys(call, "list", *at) == [(first, "kept"), (second[0], "signing")]
    assert _keys(call, "retire", first, *at) == [(second[0], "signing")]


def test_the_only_key_and_an_unknown_one_are_not_retired(call: Call, signing: str) -> None:
    ((first, _),) = _keys(call, "list", "--database", signing)
    said = call("keys", "retire", first, "--database", signing)
    assert (said.code, "--at-once" in said.err) == (1, True)
    assert call("keys", "retire", "nobody", "--database", signing).code == 1
    assert first in call("keys", "list", "--database", signing).out


def test_a_retired_next_key_calls_the_rotation_off(call: Call, signing: str) -> None:
    at = ("--database", signing)
    (first, _), (second, _) = _keys(call, "rotate", *at)
    assert _keys(call, "retire", second, *at) == [(first, "signing")]
    assert [state for _, state in _keys(call, "rotate", *at)] == ["signing", "next"]
