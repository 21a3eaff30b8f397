"""The controller in plain situations: fail-safes first, decreases before increases, renewals in time."""

from datetime import timedelta

import attrs
import pytest

from emobility_core.instants import Instant
from emobility_core.smart_charging import LimitStep, LoadOrder, OrderKind, Outcome, PointStanding
from emobility_core.testing.builders import later
from tests.core.smart_charging.site import (
    TOLERANCE,
    SimulatedSite,
    SimulatedStation,
    always,
    make_plan,
)


def site_of(count: int = 3, limit: int = 320, fail_safe: int = 100) -> SimulatedSite:
    stations = [SimulatedStation(make_plan(fail_safe)) for _ in range(count)]
    return SimulatedSite(stations, (always(limit),))


def drawn(site: SimulatedSite) -> list[int]:
    return [one.draws(site.now) for one in site.stations]


def plug_in(site: SimulatedSite, *numbers: int, priority: int = 0) -> None:
    for number in numbers:
        site.sessions[f"s{number}"] = (site.stations[number].plan.point, priority)


def test_the_first_that_a_station_is_told_is_its_fail_safe() -> None:
    site = site_of()
    plug_in(site, 0)
    assert [order.kind for order in site.step()] == [OrderKind.FAIL_SAFE] * 3
    assert site.step() == ()
    site.exchange()
    assert drawn(site) == [100, 100, 100]


def test_one_that_charges_alone_gets_what_the_others_do_not_need() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0)
    site.calm_down()
    assert drawn(site) == [320, 0, 0]


def test_others_are_lowered_before_one_is_raised() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0)
    lowered = site.step()
    assert {order.current for order in lowered if order.point != site.stations[0].plan.point} == {0}
    site.exchange()
    raised = site.step()
    assert [(order.point, order.current) for order in raised] == [(site.stations[0].plan.point, 320)]


def test_a_raise_ends_before_the_lowering_that_makes_room_for_it() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0)
    site.calm_down()
    ends = {order.point: order.until for order in site.orders if order.until is not None}
    raised = ends.pop(site.stations[0].plan.point)
    assert all(raised + timedelta(seconds=60) <= end for end in ends.values())


def test_two_share_and_a_third_joins() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0, 1)
    site.calm_down()
    assert drawn(site) == [160, 160, 0]
    plug_in(site, 2)
    site.calm_down(8)
    assert sorted(drawn(site)) == [106, 107, 107]


def test_grants_are_renewed_in_time_and_not_all_the_time() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0)
    site.calm_down()
    count = len(site.orders)
    for _ in range(180):
        site.pass_time(10)
        site.step()
        site.exchange()
        assert drawn(site) == [320, 0, 0]
    assert len(site.orders) - count <= 3 * 1800 / 100


def test_when_the_backend_is_gone_all_come_to_their_fail_safe() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0)
    site.calm_down()
    for _ in range(40):
        site.pass_time(10)
        assert site.drawn(0) <= 320
    assert drawn(site) == [100, 100, 100]


def test_a_station_that_does_not_answer_counts_until_its_grant_has_ended() -> None:
    site = site_of()
    site.calm_down()
    plug_in(site, 0, 1)
    site.calm_down()
    site.stations[0].online = False
    del site.sessions["s0"]
    for _ in range(28):
        site.step()
        site.exchange()
        assert site.drawn(0) <= 320
        site.pass_time(10)
    site.pass_time(60)
    site.calm_down()
    assert drawn(site) == [100, 220, 0]


def test_a_limit_that_is_lowered_holds_as_soon_as_the_stations_have_accepted() -> None:
    site = site_of(fail_safe=60)
    site.calm_down()
    plug_in(site, 0, 1, 2)
    site.calm_down()
    site.change_limits(always(200))
    site.step()
    site.exchange()
    assert site.drawn(0) <= 200
    site.calm_down()
    assert site.drawn(0) == 200


def test_a_limit_that_is_announced_in_time_holds_from_its_first_second() -> None:
    site = site_of(fail_safe=60)
    site.calm_down()
    plug_in(site, 0, 1, 2)
    site.calm_down()
    dimmed = LimitStep(since=later(site.now, minutes=10), limits=(180, 180, 180))
    site.change_limits(always(320), dimmed)
    for _ in range(90):
        site.pass_time(10)
        site.step()
        site.exchange()
        assert site.drawn(0) <= (320 if site.now < dimmed.since else 180)
    assert site.drawn(0) == 180


def test_too_many_for_the_limit_take_turns() -> None:
    site = site_of(5, limit=130, fail_safe=0)
    site.calm_down()
    plug_in(site, 0, 1, 2, 3, 4)
    charged: dict[int, int] = dict.fromkeys(range(5), 0)
    for _ in range(5 * 15 * 3):
        site.pass_time(20)
        site.step()
        site.exchange()
        for number, current in enumerate(drawn(site)):
            charged[number] += current
    assert min(charged.values()) > 0.9 * max(charged.values())


def test_phases_are_limited_each_for_itself() -> None:
    plans = [make_plan(60, phases=frozenset({phase})) for phase in (0, 0, 1)]
    site = SimulatedSite([SimulatedStation(plan) for plan in plans], (always(200),))
    plug_in(site, 0, 1, 2)
    site.calm_down(8)
    assert drawn(site) == [100, 100, 200]


def test_a_station_that_refuses_is_left_in_peace_for_a_while() -> None:
    site = site_of(1)
    (order,) = site.step()
    site.settle(order.point, Outcome.REFUSED)
    assert site.step() == ()
    site.pass_time(30)
    assert site.step() == (order,)


@pytest.mark.parametrize("until", [None, later(minutes=5)])
def test_what_is_refused_the_second_time_may_have_been_done_the_first_time(until: Instant | None) -> None:
    """The answer was lost, not the order: until then nobody else may have what the station may draw."""
    plan = make_plan(60)
    kind = OrderKind.FAIL_SAFE if until is None else OrderKind.GRANT
    order = LoadOrder(point=plan.point, kind=kind, current=300, until=until)
    known = PointStanding(point=plan.point, fail_safes=(60,))
    refused = known.ordered(order).settled(Outcome.REFUSED, retry_at=later())
    assert refused.highest(later(), TOLERANCE) == 60
    unheard = known.ordered(order).settled(Outcome.UNSURE, retry_at=later())
    refused = unheard.ordered(order).settled(Outcome.REFUSED, retry_at=later())
    assert refused.highest(later(), TOLERANCE) == 300


def test_a_station_that_forgets_is_told_its_fail_safe_after_a_restart_and_counts_fully_until_then() -> None:
    stations = [SimulatedStation(make_plan(100, forgets=number == 0)) for number in range(3)]
    site = SimulatedSite(stations, (always(320),))
    plug_in(site, 1)
    site.calm_down()
    stations[0].forget()
    site.standings[stations[0].plan.point] = site.standings[stations[0].plan.point].restarted(
        stations[0].plan
    )
    orders = {order.point: order for order in site.step()}
    assert orders[stations[0].plan.point].kind is OrderKind.FAIL_SAFE
    assert orders[stations[1].plan.point].current == 0
    site.calm_down()
    assert drawn(site) == [0, 320, 0]


def test_a_lower_fail_safe_of_one_is_in_force_before_another_rises() -> None:
    site = site_of(2, limit=200)
    site.calm_down()
    lower, higher = site.stations
    lower.plan = attrs.evolve(lower.plan, fail_safe=60)
    higher.plan = attrs.evolve(higher.plan, fail_safe=140)
    first = site.step()
    assert [(one.point, one.current) for one in first if one.kind is OrderKind.FAIL_SAFE] == [
        (lower.plan.point, 60)
    ]
    site.exchange()
    second = site.step()
    assert (higher.plan.point, 140) in [(one.point, one.current) for one in second]


def test_a_large_site_comes_to_its_limit_as_well() -> None:
    site = site_of(60, limit=3600, fail_safe=60)
    plug_in(site, *range(30))
    site.calm_down()
    assert site.drawn(0) == 3600


def test_what_was_accepted_before_a_restart_and_heard_of_after_it_may_be_forgotten() -> None:
    site = site_of(2, limit=200, fail_safe=100)
    site.calm_down()
    first = site.stations[0]
    plug_in(site, 1)
    (order,) = site.step()
    assert (order.point, order.current) == (first.plan.point, 0)
    first.obey()
    first.grant = None
    site.standings[order.point] = site.standings[order.point].restarted(first.plan)
    site.settle(order.point, Outcome.OBEYED)
    standing = site.standings[order.point]
    assert (standing.highest(site.now, TOLERANCE), standing.confirmed) == (100, False)
    for _ in range(6):
        site.step()
        assert site.drawn(0) <= 200
        site.exchange()
        assert site.drawn(0) <= 200
    assert drawn(site) == [0, 200]
