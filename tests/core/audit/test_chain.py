"""Whoever changes, removes, moves or adds an entry is found out at the first place that does not hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.audit import (
    AuditLink,
    ChainBreak,
    ChainCheck,
    ChainFault,
    ChainVerdict,
    Change,
    ChangeKind,
    Recorded,
    canonical,
    linked,
)
from emobility_core.ids import shown
from emobility_core.instants import instant
from emobility_core.testing.builders import make_audit_entry, make_auditor, make_tenant
from emobility_core.work import Deed, Scope

TENANT = make_tenant().id
Place = tuple[AuditLink, Recorded | None]
Chain = list[Place]


def chain(length: int) -> Chain:
    places: Chain = []
    for number in range(length):
        entry, details = make_audit_entry(TENANT, f"sit_{number}")
        places.append(placed(Recorded(entry=entry, details=tuple(details)), places))
    return places


def placed(recorded: Recorded, places: Chain) -> Place:
    link = linked(recorded.entry, places[-1][0] if places else None)
    return link, attrs.evolve(recorded, link=link)


def checked(places: Chain, **anchors: str) -> ChainVerdict:
    check = ChainCheck(anchors={int(seq[1:]): hash for seq, hash in anchors.items()})
    check.follow(places)
    return check.verdict(complete=True)


def there(place: Place) -> tuple[AuditLink, Recorded]:
    link, recorded = place
    assert recorded is not None
    return link, recorded


def reworded(place: Place) -> Place:
    link, recorded = there(place)
    content = recorded.entry.content.replace("sites_create", "sites_delete")
    return link, attrs.evolve(
        recorded, entry=attrs.evolve(recorded.entry, content=content, operation="sites_delete")
    )


def relabelled(place: Place) -> Place:
    link, recorded = there(place)
    return link, attrs.evolve(recorded, entry=attrs.evolve(recorded.entry, actor="user:usr_x"))


def redetailed(place: Place) -> Place:
    link, recorded = there(place)
    return link, attrs.evolve(
        recorded, details=tuple(attrs.evolve(one, after={"name": "other"}) for one in recorded.details)
    )


def redated(place: Place) -> Place:
    link, recorded = there(place)
    later = instant(recorded.entry.at + timedelta(days=1))
    return link, attrs.evolve(recorded, entry=attrs.evolve(recorded.entry, at=later))


def refilled(place: Place) -> Place:
    """Values put where an erasure has taken them away."""
    link, recorded = there(erased(place))
    full = tuple(attrs.evolve(one, after={"name": "other"}) for one in recorded.details)
    return link, attrs.evolve(recorded, details=full)


def undetailed(place: Place) -> Place:
    link, recorded = there(place)
    return link, attrs.evolve(recorded, details=())


def erased(place: Place) -> Place:
    link, recorded = there(place)
    gone = (attrs.evolve(one, after=None, salt=None, erased_by="ers_1") for one in recorded.details)
    return link, attrs.evolve(recorded, details=tuple(gone))


def emptied(place: Place) -> Place:
    return place[0], None


def test_a_chain_as_it_was_written_holds() -> None:
    places = chain(5)
    verdict = checked(places, _3=places[2][0].hash, _5=places[4][0].hash)
    assert verdict == ChainVerdict(checked=5, seq=5, head=places[4][0].hash, complete=True)
    assert checked([]).broken is None


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (reworded, ChainFault.CHANGED),
        (relabelled, ChainFault.CHANGED),
        (redetailed, ChainFault.DETAIL_CHANGED),
        (undetailed, ChainFault.DETAIL_MISSING),
        (redated, ChainFault.CHANGED),
        (refilled, ChainFault.DETAIL_CHANGED),
        (erased, ChainFault.DETAIL_MISSING),
        (emptied, ChainFault.MISSING),
    ],
)
@given(number=st.integers(0, 5))
def test_what_is_changed_is_named_at_its_place(
    tamper: Callable[[Place], Place], fault: ChainFault, number: int
) -> None:
    places = chain(6)
    places[number] = tamper(places[number])
    entry = shown("aud", places[number][0].entry)
    assert checked(places).broken == ChainBreak(number + 1, fault, entry)


@given(number=st.integers(0, 4))
def test_what_is_removed_leaves_a_gap(number: int) -> None:
    places = chain(6)
    del places[number]
    assert checked(places).broken == ChainBreak(number + 1, ChainFault.GAP)


@given(number=st.integers(0, 4))
def test_what_changes_places_is_found(number: int) -> None:
    places = chain(6)
    (one, first), (two, second) = places[number], places[number + 1]
    places[number] = attrs.evolve(one, entry=two.entry), second
    places[number + 1] = attrs.evolve(two, entry=one.entry), first
    broken = checked(places).broken
    assert broken is not None
    assert (broken.seq, broken.fault) == (number + 1, ChainFault.CHANGED)


@given(number=st.integers(1, 5))
def test_what_is_put_in_between_is_found_where_the_old_chain_goes_on(number: int) -> None:
    places = chain(6)
    entry, details = make_audit_entry(TENANT, "sit_new")
    inserted = placed(Recorded(entry=entry, details=tuple(details)), places[:number])
    moved = [(attrs.evolve(link, seq=link.seq + 1), recorded) for link, recorded in places[number:]]
    broken = checked([*places[:number], inserted, *moved]).broken
    assert broken is not None
    assert (broken.seq, broken.fault) == (number + 2, ChainFault.REORDERED)


def test_a_chain_that_was_written_anew_does_not_fit_its_anchor() -> None:
    places, anew = chain(6), chain(6)
    broken = checked(anew, _4=places[3][0].hash).broken
    assert broken == ChainBreak(4, ChainFault.CHANGED, shown("aud", anew[3][0].entry))


def test_a_chain_that_was_cut_off_does_not_reach_its_anchor() -> None:
    places = chain(6)
    assert checked(places[:4], _5=places[4][0].hash).broken == ChainBreak(5, ChainFault.TRUNCATED)
    assert checked(places[:4], _4=places[3][0].hash).broken is None


def test_an_erasure_that_says_so_breaks_nothing() -> None:
    places = chain(3)
    places[0], gone = erased(places[0]), shown("aud", places[0][0].entry)
    scope = Scope(TENANT, "/", "client:cli_1", deed=Deed(operation="erasures_create"))
    taken = Change(tenant=TENANT, subject=gone, kind=ChangeKind.ERASED)
    entry, details = make_auditor().entry(scope, TENANT, [taken])
    assert checked([*places, placed(Recorded(entry=entry, details=tuple(details)), places)]).broken is None


def test_a_chain_is_followed_in_pieces() -> None:
    places = chain(6)
    check = ChainCheck()
    check.follow(places[:4])
    assert check.verdict(complete=False) == ChainVerdict(
        checked=4, seq=4, head=places[3][0].hash, complete=False
    )
    check.follow(places[4:])
    assert check.verdict(complete=True).checked == 6


@given(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=5))
def test_canonical_text_does_not_depend_on_order(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(value) == canonical(turned)
