"""The machine's clock and identifiers."""

import itertools
from datetime import timedelta
from functools import partial

from emobility_adapters.system import SystemClock, SystemIds
from emobility_core.instants import Instant
from emobility_core.testing.clock import NOON


def test_the_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_of_ids_made_in_one_millisecond_the_later_sorts_later() -> None:
    ids = SystemIds()
    made = [ids.uuid7(NOON) for _ in range(10_000)]
    assert made == sorted(set(made))


def test_what_is_made_while_a_clock_stands_still_sorts_by_when_it_was_made() -> None:
    """Also beside whoever lives by real time, and after a restart."""
    real, made = int(NOON.timestamp() * 1000), []
    for passed_ms in (0, 1, 5, 9_999, 10_001, 60_000, 86_400_000):
        ids = SystemIds(partial(int, real + passed_ms))
        made.append(ids.uuid7(NOON))
        for other in range(3):
            ids.uuid7(Instant(NOON + timedelta(milliseconds=passed_ms + other)))
            made.append(ids.uuid7(NOON))
    assert made[16:] == sorted(set(made[16:]))
    assert max(made[:16]) < made[16]


def test_two_processes_do_not_make_the_same_ids() -> None:
    assert SystemIds().uuid7(NOON) != SystemIds().uuid7(NOON)


def test_a_transaction_number_is_positive_and_fits_31_bits() -> None:
    ids = SystemIds()
    numbers = [ids.transaction_number() for _ in range(1_000)]
    assert all(0 < number < 2**31 for number in numbers)
    assert len(set(numbers)) > 990


def test_the_next_transaction_number_cannot_be_told_from_those_before() -> None:
    """ROBUSTNESS.md, line 22: neither counted nor near; the steps go up and down, over the whole range."""
    ids = SystemIds()
    numbers = [ids.transaction_number() for _ in range(1_000)]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    assert len(set(steps)) > 990
    assert 400 < sum(step > 0 for step in steps) < 600
    assert max(numbers) - min(numbers) > 2**30
