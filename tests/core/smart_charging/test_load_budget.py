"""Budgets, points and limits: what they come to on each phase, and what cannot be meant."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.commands import RateUnit
from emobility_core.instants import EmptyPeriod, Instant
from emobility_core.smart_charging import (
    FailSafesExceedLimit,
    ImpossibleLoad,
    LimitSource,
    LoadPoint,
    Wiring,
    check_fail_safes,
    limit_course,
    minimum_power_w,
    phase_currents,
)
from emobility_core.testing.builders import later, make_load_budget, make_load_limit, make_load_point
from emobility_core.testing.clock import NOON


def amperes(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


@pytest.mark.parametrize(
    ("devices", "kilowatts"),
    [
        (0, "0"),
        (1, "4.2"),
        (2, "7.56"),
        (3, "10.5"),
        (4, "13.02"),
        (5, "15.12"),
        (6, "16.8"),
        (7, "18.06"),
        (8, "18.9"),
        (9, "19.32"),
        (10, "21.21"),
        (40, "77.91"),
    ],
)
def test_a_grid_operator_leaves_what_the_law_says(devices: int, kilowatts: str) -> None:
    """BNetzA BK6-22-300, annex 1, 4.5.2: all rows of its table, and both sides of its last."""
    assert minimum_power_w(devices) == Decimal(kilowatts) * 1000


def test_another_simultaneity_can_be_set() -> None:
    assert minimum_power_w(3, simultaneity=Decimal(1)) == 12_600
    budget = make_load_budget(simultaneity=Decimal(1))
    dimmed = make_load_limit(source=LimitSource.GRID_OPERATOR, limits=())
    assert dimmed.currents(budget, [make_load_point()] * 3) == (182, 182, 182)


def test_the_grid_operator_dims_to_the_floor_and_not_below() -> None:
    budget = make_load_budget()
    order = {"source": LimitSource.GRID_OPERATOR}
    assert make_load_limit(**order, limits=()).currents(budget, [make_load_point()]) == (60, 60, 60)
    assert make_load_limit(**order, limits=amperes("1")).currents(budget, [make_load_point()]) == (60, 60, 60)
    assert make_load_limit(**order, limits=amperes("10")).currents(budget, [make_load_point()]) == (
        100,
        100,
        100,
    )
    assert make_load_limit(limits=amperes("1")).currents(budget, [make_load_point()]) == (10, 10, 10)


def dimmed(*points: LoadPoint, **budget: object) -> tuple[int, int, int]:
    order = make_load_limit(source=LimitSource.GRID_OPERATOR, limits=())
    ((_, currents),) = limit_course(
        make_load_budget(**{"limits": amperes("1000"), **budget}), (order,), points, NOON
    )
    return currents


def test_the_floor_is_reckoned_by_the_phases_of_the_points() -> None:
    """A third of 4.2 kW on its one phase is a third of what a point must be left."""
    one, two, all_three = (
        make_load_point(wiring=Wiring.L1),
        make_load_point(wiring=Wiring.L2L3L1, phases=2),
        make_load_point(),
    )
    assert dimmed(one) == (182, 0, 0)
    assert dimmed(two) == (0, 91, 91)
    assert dimmed(all_three) == (60, 60, 60)
    # Two share 7.56 kW: 3.78 kW are 16.43 A on one phase, 5.47 A on each of three.
    assert dimmed(one, one) == (328, 0, 0)
    assert dimmed(one, all_three) == (219, 54, 54)
    assert dimmed() == (0, 0, 0)


def test_the_floor_never_lifts_the_limit_of_the_site_or_of_its_operator() -> None:
    one = make_load_point(wiring=Wiring.L1)
    assert dimmed(one, limits=amperes("16")) == (160, 0, 0)
    own = make_load_limit(limits=amperes("10"))
    order = make_load_limit(source=LimitSource.GRID_OPERATOR, limits=())
    ((_, currents),) = limit_course(make_load_budget(), (order, own), (one,), NOON)
    assert currents == (100, 0, 0)


WIRED = st.builds(
    lambda wiring, count: make_load_point(wiring=wiring, phases=min(count, len(wiring.phases()))),
    st.sampled_from(Wiring),
    st.integers(1, 3),
)


@given(points=st.lists(WIRED, min_size=1, max_size=12))
def test_the_floor_comes_to_the_power_of_the_law(points: list[LoadPoint]) -> None:
    """Less than a tenth of an ampere a phase is lost to rounding, and none of it lies where nobody draws."""
    budget = make_load_budget(limits=amperes("1000"))
    currents = dimmed(*points)
    lost = minimum_power_w(len(points)) - Decimal(sum(currents) * budget.voltage) / 10
    assert 0 <= lost < 3 * Decimal(budget.voltage) / 10
    drawn = frozenset().union(*(point.drawn_phases for point in points))
    assert all(current == 0 for phase, current in enumerate(currents) if phase not in drawn)


def test_watts_are_those_of_three_phases_or_of_each() -> None:
    assert phase_currents(RateUnit.W, amperes("22080"), 230) == (320, 320, 320)
    assert phase_currents(RateUnit.W, amperes("3680", "2300", "0"), 230) == (160, 100, 0)
    assert phase_currents(RateUnit.A, amperes("16.09"), 230) == (160, 160, 160)


def test_wiring_says_which_phases_are_drawn_on() -> None:
    assert Wiring.L1L2L3.phases() == Wiring.L3L1L2.phases() == {0, 1, 2}
    assert Wiring.L2L3L1.phases(1) == Wiring.L2.phases() == {1}
    assert Wiring.L3L1L2.phases(2) == {0, 2}
    assert make_load_point(wiring=Wiring.L2L3L1, phases=1).drawn_phases == {1}


def begun(hours: int) -> Instant:
    return Instant(later(hours=hours).replace(microsecond=0))


def test_the_lowest_of_the_limits_that_hold_counts() -> None:
    budget = make_load_budget(limits=amperes("32"))
    limits = (
        make_load_limit(limits=amperes("20"), since=later(hours=1), until=later(hours=3)),
        make_load_limit(limits=amperes("10", "40", "40"), since=later(hours=2)),
    )
    assert limit_course(budget, limits, [make_load_point()] * 3, NOON) == (
        (NOON, (320, 320, 320)),
        (begun(1), (200, 200, 200)),
        (begun(2), (100, 200, 200)),
        (later(hours=3), (100, 320, 320)),
    )


def test_a_limit_without_a_beginning_holds_from_its_creation() -> None:
    limit = make_load_limit(until=later(minutes=1))
    assert [limit.holds(at) for at in (later(seconds=-1), later(), later(minutes=1))] == [False, True, False]
    with pytest.raises(EmptyPeriod):
        make_load_limit(until=later(seconds=-1))


def test_all_may_fall_back_at_once() -> None:
    budget = make_load_budget(limits=amperes("10"))
    one, two = (make_load_point(wiring=wired) for wired in (Wiring.L1, Wiring.L2))
    check_fail_safes(budget, (one, two))
    check_fail_safes(budget, (one, make_load_point(active=False)))
    with pytest.raises(FailSafesExceedLimit, match="L2"):
        check_fail_safes(budget, (two, make_load_point()))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limits", ()),
        ("limits", amperes("1", "2")),
        ("limits", amperes("-1")),
        ("limits", amperes("NaN")),
        ("voltage", 24),
        ("grant_s", 119),
        ("clock_tolerance_s", 38),
        ("turn_s", 1),
        ("simultaneity", Decimal(0)),
    ],
)
def test_a_budget_by_which_no_site_can_be_steered_is_refused(field: str, value: object) -> None:
    with pytest.raises(ImpossibleLoad, match=field):
        make_load_budget(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("connector", -1),
        ("phases", 4),
        ("max_current", Decimal("5.9")),
        ("fail_safe", Decimal("5.9")),
        ("fail_safe", Decimal(33)),
    ],
)
def test_a_point_that_no_station_can_be_is_refused(field: str, value: object) -> None:
    with pytest.raises(ImpossibleLoad, match=field):
        make_load_point(**{field: value})


def test_only_the_grid_operator_may_leave_the_limit_to_the_law() -> None:
    with pytest.raises(ImpossibleLoad, match="limits"):
        make_load_limit(limits=())


@given(st.integers(1, 200))
def test_one_more_device_is_never_left_less_in_all(devices: int) -> None:
    assert minimum_power_w(devices + 1) > minimum_power_w(devices)
