"""Signing keys take turns without a moment in which a token cannot be verified."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emobility_core.identity import (
    KeyRing,
    KeyRotationUnderWay,
    SigningKey,
    SigningKeyNeeded,
    UnknownSigningKey,
)
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON

HOUR, LAST = timedelta(hours=1), timedelta(minutes=10)
FIRST = KeyRing((SigningKey(kid="1", jwk="{}", signs_from=NOON),))


def _rotated(ring: KeyRing, kid: str, hours: int, publish_for: timedelta = HOUR) -> KeyRing:
    return ring.rotated(kid, "{}", at=later(hours=hours), publish_for=publish_for, tokens_last=LAST)


def _kids(ring: KeyRing, *, days: int = 0, hours: int = 0, minutes: int = 0) -> tuple[str, list[str]]:
    at = later(days=days, hours=hours, minutes=minutes)
    return ring.signing(at).kid, [key.kid for key in ring.published(at)]


def test_a_new_key_is_published_for_an_hour_before_it_signs_and_the_old_one_kept_for_its_tokens() -> None:
    ring = _rotated(FIRST, "2", hours=24)
    assert _kids(ring, hours=24) == ("1", ["1", "2"])
    assert _kids(ring, hours=24, minutes=59) == ("1", ["1", "2"])
    assert _kids(ring, hours=25) == ("2", ["1", "2"])
    assert _kids(ring, hours=25, minutes=9) == ("2", ["1", "2"])
    assert _kids(ring, hours=25, minutes=10) == ("2", ["2"])


def test_what_is_over_is_dropped_by_the_next_rotation() -> None:
    ring = _rotated(_rotated(FIRST, "2", hours=24), "3", hours=48)
    assert [key.kid for key in ring.keys] == ["2", "3"]


def test_a_rotation_under_way_is_not_overtaken_but_by_one_at_once() -> None:
    ring = _rotated(FIRST, "2", hours=24)
    with pytest.raises(KeyRotationUnderWay) as refusal:
        _rotated(ring, "3", hours=24)
    assert refusal.value.kid == "2"
    assert _kids(_rotated(ring, "3", hours=24, publish_for=timedelta(0)), hours=24) == ("3", ["1", "3"])


def test_a_key_that_is_retired_counts_no_more() -> None:
    ring = _rotated(FIRST, "2", hours=24)
    assert _kids(ring.retired("1", at=later(hours=24)), hours=24) == ("2", ["2"])
    assert _kids(ring.retired("1", at=later(hours=25)), hours=25) == ("2", ["2"])
    called_off = ring.retired("2", at=later(hours=24))
    assert _kids(called_off, hours=24) == _kids(called_off, days=99) == ("1", ["1"])


def test_the_only_key_stays() -> None:
    with pytest.raises(SigningKeyNeeded):
        FIRST.retired("1", at=NOON)
    with pytest.raises(UnknownSigningKey):
        FIRST.retired("2", at=NOON)
    after = _rotated(FIRST, "2", hours=24)
    with pytest.raises(SigningKeyNeeded):
        after.retired("2", at=later(hours=26))
