"""Which assignment applies, and why."""

from itertools import permutations, product
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.ids import TenantId
from emobility_core.instants import Period
from emobility_core.network import PowerClass
from emobility_core.tariffs import (
    Assigned,
    AssignmentAmbiguous,
    Outcome,
    Situation,
    TariffAssignment,
    choose,
    explain,
    in_precedence,
    overlaps,
)
from emobility_core.testing.builders import (
    later,
    make_assignment,
    make_contract,
    make_customer,
    make_site,
    make_station,
    make_station_group,
    make_tenant,
    make_token,
    make_user_group,
)
from emobility_core.testing.clock import NOON

HERE, ABOVE, BESIDE = make_tenant().id, make_tenant().id, make_tenant().id
STATION, GROUP, SITE = make_station().id, make_station_group().id, make_site().id
TOKEN, CONTRACT, CUSTOMER, PEOPLE = (
    make_token().id,
    make_contract().id,
    make_customer().id,
    make_user_group().id,
)
EVERYWHERE = Situation(
    tenants=[HERE, ABOVE], at=NOON, station=STATION, station_groups=[GROUP], site=SITE,
    power_class=PowerClass.HPC, token=TOKEN, contract=CONTRACT, customer=CUSTOMER, user_groups=[PEOPLE],
)  # fmt: skip
# The most precise first.
PERSONS: list[dict[str, Any]] = [
    {"token": TOKEN}, {"contract": CONTRACT}, {"customer": CUSTOMER}, {"user_group": PEOPLE}, {},
]  # fmt: skip
PLACES: list[dict[str, Any]] = [{"station": STATION}, {"station_group": GROUP}, {"site": SITE}, {}]
CLASSES: list[dict[str, Any]] = [{"power_class": PowerClass.HPC}, {}]
# What was agreed with a person beats what a place costs.
IN_ORDER = [
    make_assignment(tenant=HERE, **person, **place, **strong)
    for person, place, strong in product(PERSONS, PLACES, CLASSES)
]


def _assigned(*assignments: TariffAssignment) -> dict[TenantId, Assigned]:
    return Assigned.by_tenant(assignments)


def _first(*assignments: TariffAssignment, situation: Situation = EVERYWHERE) -> TariffAssignment | None:
    """The choice, proven not to depend on the order."""
    first, *others = [choose(_assigned(*order), situation) for order in permutations(assignments)]
    assert all(other == first for other in others)
    return first


def test_the_more_specific_assignment_applies_person_before_place_before_power_class() -> None:
    assert in_precedence(reversed(IN_ORDER), [HERE, ABOVE]) == IN_ORDER
    for rank, expected in enumerate(IN_ORDER):
        assert choose(_assigned(*reversed(IN_ORDER[rank:])), EVERYWHERE) == expected


@given(st.lists(st.sampled_from(IN_ORDER), min_size=1, unique_by=lambda one: one.id))
def test_of_any_assignments_the_first_in_precedence_applies(some: list[TariffAssignment]) -> None:
    assert choose(_assigned(*some), EVERYWHERE) == in_precedence(some, [HERE, ABOVE])[0]


def test_the_nearest_tenants_default_beats_what_is_specific_above() -> None:
    default = make_assignment(tenant=HERE)
    above = make_assignment(tenant=ABOVE, station=STATION, token=TOKEN)
    assert _first(default, above) == default
    assert _first(above) == above


def test_assignments_for_others_do_not_apply() -> None:
    strangers = [make_assignment(tenant=BESIDE)]
    for named in (*PERSONS[:-1], *PLACES[:-1]):
        other = {name: UUID(int=7) for name in named}
        strangers.append(make_assignment(tenant=HERE, **other))
    strangers.append(make_assignment(tenant=HERE, power_class=PowerClass.AC))
    strangers.append(make_assignment(tenant=HERE, ad_hoc=True))
    assert choose(_assigned(*strangers), EVERYWHERE) is None
    assert explain(_assigned(*strangers), EVERYWHERE) == []
    assert _first() is None


def test_who_pays_directly_has_a_tariff_of_their_own() -> None:
    ad_hoc, default = make_assignment(tenant=HERE, ad_hoc=True), make_assignment(tenant=HERE)
    nobody = Situation(tenants=[HERE], at=NOON, station=STATION, ad_hoc=True)
    assert _first(ad_hoc, default, situation=nobody) == ad_hoc
    assert _first(ad_hoc, default) == default


def test_among_equals_the_older_applies() -> None:
    older, newer = make_assignment(tenant=HERE), make_assignment(tenant=HERE)
    assert _first(newer, older) == older
    second = make_user_group().id
    first, other = (make_assignment(tenant=HERE, user_group=group) for group in (second, PEOPLE))
    both = attrs.evolve(EVERYWHERE, user_groups=[PEOPLE, second])
    assert _first(first, other, situation=both) == first


def test_an_assignment_counts_within_its_time() -> None:
    default = make_assignment(tenant=HERE)
    summer = make_assignment(
        tenant=HERE, token=TOKEN, validity=Period(since=later(hours=1), until=later(hours=2))
    )
    for hours, expected in ((0, default), (1, summer), (2, default)):
        then = attrs.evolve(EVERYWHERE, at=later(hours=hours))
        assert _first(default, summer, situation=then) == expected


def test_a_choice_is_explained_by_what_became_of_each_that_fits() -> None:
    to_come = make_assignment(tenant=HERE, token=TOKEN, validity=Period(since=later(hours=1)))
    over = make_assignment(tenant=HERE, contract=CONTRACT, validity=Period(until=NOON))
    applies = make_assignment(tenant=HERE, user_group=PEOPLE, site=SITE, power_class=PowerClass.HPC)
    by_class = make_assignment(tenant=HERE, user_group=PEOPLE, site=SITE)
    by_place = make_assignment(tenant=HERE, user_group=PEOPLE, power_class=PowerClass.HPC)
    by_person = make_assignment(tenant=HERE, station=STATION)
    younger = make_assignment(tenant=HERE, user_group=PEOPLE, site=SITE, power_class=PowerClass.HPC)
    above = make_assignment(tenant=ABOVE, token=TOKEN)
    every = [to_come, over, applies, by_class, by_place, by_person, younger, above]
    told = explain(_assigned(*reversed(every)), EVERYWHERE)
    assert [one.assignment for one in told] == in_precedence(every, EVERYWHERE.tenants)
    assert {one.assignment.id: one.outcome for one in told} == {
        to_come.id: Outcome.NOT_YET,
        over.id: Outcome.NO_LONGER,
        applies.id: Outcome.APPLIES,
        by_class.id: Outcome.POWER_CLASS,
        by_place.id: Outcome.PLACE,
        by_person.id: Outcome.PERSON,
        younger.id: Outcome.YOUNGER,
        above.id: Outcome.FARTHER,
    }


def test_two_for_the_same_at_the_same_time_are_found() -> None:
    def during(since: int, until: int) -> TariffAssignment:
        period = Period(since=later(days=since), until=later(days=until))
        return make_assignment(tenant=HERE, token=TOKEN, validity=period)

    long, within, behind, apart = during(1, 100), during(2, 3), during(50, 60), during(100, 101)
    other = make_assignment(tenant=HERE, customer=CUSTOMER)
    found = overlaps(Assigned.of([apart, behind, other, within, long]))
    assert [(one.older, one.younger) for one in found] == [(long, within), (long, behind)]
    default, again = make_assignment(tenant=HERE), make_assignment(tenant=HERE)
    (found_again,) = overlaps(Assigned.of([again, default]))
    assert (found_again.older, found_again.younger) == (default, again)


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({"token": TOKEN, "customer": CUSTOMER}, "customer"),
        ({"user_group": PEOPLE, "ad_hoc": True}, "ad_hoc"),
        ({"station": STATION, "site": SITE}, "site"),
    ],
)
def test_one_place_and_one_kind_of_person_are_named(named: dict[str, Any], field: str) -> None:
    with pytest.raises(AssignmentAmbiguous) as refusal:
        make_assignment(**named)
    assert refusal.value.field == field


class Looked(dict[Any, Any]):
    """Counts what is looked up."""

    looks = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)


@pytest.mark.parametrize("many", [1, 10_000])
def test_as_many_assignments_are_looked_at_however_many_there_are(many: int) -> None:
    others = (make_assignment(tenant=HERE, token=UUID(int=number + 1)) for number in range(many))
    looked = Looked(Assigned.of([*others, make_assignment(tenant=HERE)]).by_key)
    assert choose({HERE: Assigned(looked)}, EVERYWHERE) is not None
    assert looked.looks == len(PERSONS) * len(PLACES) * len(CLASSES)
