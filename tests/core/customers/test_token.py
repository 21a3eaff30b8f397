"""Tags and tokens as stations and operators write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.customers import IdTag, MalformedIdTag
from emobility_core.testing.builders import later, make_token
from emobility_core.testing.clock import NOON


@given(st.text())
def test_any_reported_tag_is_representable(text: str) -> None:
    assert IdTag(text).text == text


def test_tags_are_compared_without_case_by_their_first_twenty_characters() -> None:
    assert IdTag("04a1B2") == IdTag(" 04A1b2 ")
    assert IdTag("A" * 20 + "tail") == IdTag("a" * 20)
    assert hash(IdTag("04a1")) == hash(IdTag("04A1"))
    assert IdTag("1") != IdTag("2")


def test_a_reader_may_have_appended_its_serial_number() -> None:
    assert IdTag("12345678_serial").without_suffix == IdTag("12345678")
    assert IdTag("12345678").without_suffix is None
    assert IdTag("_serial").without_suffix is None


@pytest.mark.parametrize("text", ["", " 04", "04\x00", "0" * 21])
def test_what_no_reader_could_report_is_not_stored(text: str) -> None:
    with pytest.raises(MalformedIdTag):
        make_token(id_tag=IdTag(text))
    with pytest.raises(MalformedIdTag):
        make_token(parent=IdTag(text))


def test_blocking_does_not_reach_back() -> None:
    token = make_token(blocked=True, blocked_since=NOON)
    assert not token.is_blocked(later(microseconds=-1))
    assert token.is_blocked(NOON)
    assert make_token(blocked=True).is_blocked(later(days=-999))
    assert not make_token(blocked=False, blocked_since=NOON).is_blocked(later(days=1))
