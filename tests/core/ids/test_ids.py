"""Identifiers: what is shown is read back, and sorts by time."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.ids import PREFIXES, MalformedId, parse_id, shown, uuid7
from emobility_core.instants import Instant
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.testing.strategies import instants

randomness = st.integers(0, 2**74 - 1)


@given(st.uuids(), st.sampled_from(sorted(PREFIXES.values())))
def test_a_shown_id_is_read_back(value: UUID, prefix: str) -> None:
    assert parse_id(prefix, shown(prefix, value)) == value


@given(st.uuids(), st.uuids())
def test_shown_ids_sort_like_the_ids(one: UUID, other: UUID) -> None:
    assert (shown("ses", one) < shown("ses", other)) == (one < other)


@given(instants(), st.integers(1, 10**6), randomness, randomness)
def test_an_id_of_a_later_millisecond_sorts_later(at: Instant, later_ms: int, one: int, two: int) -> None:
    later = Instant(at + timedelta(milliseconds=later_ms))
    assert uuid7(at, one) < uuid7(later, two)


@given(instants(), randomness)
def test_an_id_is_an_rfc_9562_uuid_of_version_7(at: Instant, random: int) -> None:
    value = uuid7(at, random)
    assert (value.version, value.variant) == (7, "specified in RFC 4122")
    assert value.int >> 80 == int(at.timestamp() * 1000)


@given(instants(), randomness, randomness)
def test_all_of_the_randomness_counts(at: Instant, one: int, other: int) -> None:
    assert (uuid7(at, one) < uuid7(at, other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    ["", "ses_", "ses_0", "sta_" + "0" * 26, "ses_" + "0" * 25 + "u", "ses_8" + "0" * 25, "ses_" + "0" * 27,
     "ses_" + "0" * 25 + "A", "0" * 26],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedId):
        parse_id("ses", text)


def test_each_kind_has_a_prefix_of_its_own() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)


def test_seeded_ids_come_out_the_same_in_every_run() -> None:
    one, other = SeededIds(), SeededIds()
    assert [one.uuid7(NOON) for _ in range(3)] == [other.uuid7(NOON) for _ in range(3)]


def test_no_two_kinds_of_id_have_the_same_prefix() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)
