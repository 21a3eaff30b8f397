"""Which assignment applies."""

from itertools import permutations

from emobility_core.tariffs import Situation, TariffAssignment, choose, in_precedence
from emobility_core.testing.builders import (
    make_assignment,
    make_station_group,
    make_tenant,
    make_user_group,
)

HERE, ABOVE, BESIDE = make_tenant().id, make_tenant().id, make_tenant().id
PLACE, PEOPLE = make_station_group().id, make_user_group().id
EVERYWHERE = Situation(tenants=[HERE, ABOVE], station_groups=[PLACE], user_groups=[PEOPLE])


def _first(*assignments: TariffAssignment, situation: Situation = EVERYWHERE) -> TariffAssignment | None:
    """The choice, proven not to depend on the order."""
    first, *others = [choose(order, situation) for order in permutations(assignments)]
    assert all(other == first for other in others)
    return first


def test_the_more_specific_assignment_applies() -> None:
    default = make_assignment(tenant=HERE)
    place = make_assignment(tenant=HERE, station_group=PLACE)
    people = make_assignment(tenant=HERE, user_group=PEOPLE)
    both = make_assignment(tenant=HERE, station_group=PLACE, user_group=PEOPLE)
    assert _first(default, place, people, both) == both
    assert _first(default, place, people) == people
    assert _first(default, place) == place
    assert _first(default) == default


def test_the_nearest_tenants_default_beats_what_is_specific_above() -> None:
    default = make_assignment(tenant=HERE)
    above = make_assignment(tenant=ABOVE, station_group=PLACE, user_group=PEOPLE)
    assert _first(default, above) == default
    assert _first(above) == above


def test_assignments_for_other_groups_and_tenants_do_not_apply() -> None:
    strangers = [
        make_assignment(tenant=BESIDE),
        make_assignment(tenant=HERE, station_group=make_station_group().id),
        make_assignment(tenant=HERE, user_group=make_user_group().id),
        make_assignment(tenant=HERE, station_group=PLACE, user_group=make_user_group().id),
    ]
    assert _first(*strangers) is None
    assert _first() is None


def test_among_equals_the_older_applies() -> None:
    older, newer = make_assignment(tenant=HERE), make_assignment(tenant=HERE)
    assert _first(newer, older) == older


def test_somebody_without_groups_pays_the_places_tariff() -> None:
    people = make_assignment(tenant=HERE, user_group=PEOPLE)
    place = make_assignment(tenant=HERE, station_group=PLACE)
    situation = Situation(tenants=[HERE], station_groups=[PLACE])
    assert _first(people, place, situation=situation) == place


def test_the_first_that_fits_in_the_order_of_precedence_is_the_one_that_applies() -> None:
    elsewhere = make_station_group().id
    everything = [
        make_assignment(tenant=tenant, station_group=place, user_group=people)
        for tenant in (ABOVE, BESIDE, HERE)
        for place in (None, elsewhere, PLACE)
        for people in (None, PEOPLE)
    ]
    ordered = in_precedence(everything, EVERYWHERE.tenants)
    assert {one.tenant for one in ordered} == {HERE, ABOVE}
    for place in (PLACE, elsewhere, make_station_group().id):
        for groups in ([], [PEOPLE]):
            here = Situation(tenants=[HERE, ABOVE], station_groups=[place], user_groups=groups)
            fitting = (one for one in ordered if choose([one], here))
            assert next(fitting) == choose(everything, here)
