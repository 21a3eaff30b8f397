"""A text that names a person is found wherever it stands for them, and nowhere else."""

from __future__ import annotations

import pytest

from emobility_core.audit import Mention, is_named, replaced

TAG = Mention(text="04A1B2C3", instead="erased-1", anywhere=True)
SHORT = Mention(text="A1", instead="erased-2", anywhere=False)
NAME = Mention(text='Ada "Bé" O\'Neil', instead="erased-3", anywhere=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[2,"1","Authorize",{"idTag":"04a1b2c3"}]', '[2,"1","Authorize",{"idTag":"erased-1"}]'),
        ("2026-01-01T00:00:00+00:00|1|04a1b2c3|0", "2026-01-01T00:00:00+00:00|1|erased-1|0"),
        ('{"payload":"{\\"idTag\\":\\"04A1B2C3\\"}"}', '{"payload":"{\\"idTag\\":\\"erased-1\\"}"}'),
        ("the card 04A1B2C3_77 was lost", "the card erased-1_77 was lost"),
        ("104A1B2C3 04A1B2C34", "104A1B2C3 04A1B2C34"),
    ],
)
def test_a_long_tag_counts_as_a_word(text: str, told: str) -> None:
    assert replaced(text, [TAG]) == told
    assert is_named(text, [TAG]) == (text != told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"idTag":"A1"}', '{"idTag":"erased-2"}'),
        ('{"payload":"{\\"idTag\\":\\"a1\\"}"}', '{"payload":"{\\"idTag\\":\\"erased-2\\"}"}'),
        ("!1|a1|3|7", "!1|erased-2|3|7"),
        ("a1", "erased-2"),
        ('{"note":"Gate A1 is shut"}', '{"note":"Gate A1 is shut"}'),
        ('{"id":"A1B2"}', '{"id":"A1B2"}'),
    ],
)
def test_a_short_tag_counts_where_it_stands_alone(text: str, told: str) -> None:
    assert replaced(text, [SHORT]) == told


def test_a_name_is_found_as_json_writes_it() -> None:
    assert replaced('{"name":"Ada \\"Bé\\" O\'Neil"}', [NAME]) == '{"name":"erased-3"}'
    assert replaced('to Ada "Bé" O\'Neil, by hand', [NAME]) == "to erased-3, by hand"
