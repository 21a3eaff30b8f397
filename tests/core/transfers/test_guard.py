"""How many records a file may switch off because it leaves them out."""

from __future__ import annotations

import pytest

from emobility_core.transfers import Counts, MassDeactivation, Outcome, require_few


@pytest.mark.parametrize(
    ("missing", "known", "confirmed"),
    [(0, 0, None), (10, 10, None), (10, 99, None), (100, 1000, None), (101, 1000, 101), (1000, 1000, 1000)],
)
def test_a_tenth_ten_or_what_is_confirmed_may_go(missing: int, known: int, confirmed: int | None) -> None:
    require_few(missing, known=known, confirmed=confirmed)


@pytest.mark.parametrize(
    ("missing", "known", "confirmed"), [(11, 11, None), (101, 1000, None), (101, 1000, 100), (101, 1000, 102)]
)
def test_more_is_refused_with_the_figures(missing: int, known: int, confirmed: int | None) -> None:
    with pytest.raises(MassDeactivation) as refusal:
        require_few(missing, known=known, confirmed=confirmed)
    assert refusal.value.fields() == {"missing": missing, "known": known}


def test_each_outcome_is_counted_under_its_name() -> None:
    counts = Counts()
    for outcome in Outcome:
        counts = counts.plus(outcome)
    assert counts == Counts(created=1, changed=1, unchanged=1, refused=1, deactivated=1)
