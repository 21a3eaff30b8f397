"""Reservations: which step follows which, what replaces, and who has used one."""

from __future__ import annotations

import itertools

import attrs
import pytest

from emobility_core.charging import (
    Reservation,
    ReservationOutcome,
    ReservationStatus,
    ReservationUndecided,
    WrongReservationStatus,
    reservation_used,
)
from emobility_core.customers import IdTag
from emobility_core.testing.builders import later, make_active, make_reservation, make_terms
from emobility_core.testing.clock import NOON

S = ReservationStatus
STEPS = {
    (S.REQUESTED, S.ACTIVE),
    (S.REQUESTED, S.REFUSED),
    (S.REQUESTED, S.CANCELLED),
    (S.REQUESTED, S.USED),
    (S.REQUESTED, S.EXPIRED),
    (S.ACTIVE, S.CANCELLED),
    (S.ACTIVE, S.USED),
    (S.ACTIVE, S.EXPIRED),
    (S.REFUSED, S.USED),
    (S.EXPIRED, S.USED),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_only_the_steps_of_the_table_are_taken(before: S, after: S) -> None:
    reservation = make_reservation(status=before)
    if (before, after) in STEPS:
        changed = reservation.become(after, at=later(minutes=1))
        assert (changed.status, changed.updated_at) == (after, later(minutes=1))
    else:
        with pytest.raises(WrongReservationStatus):
            reservation.become(after, at=NOON)


@pytest.mark.parametrize("outcome", ReservationOutcome)
def test_the_answer_of_the_station_decides_and_is_named(outcome: ReservationOutcome) -> None:
    answered = make_reservation(status=S.REQUESTED).answered(outcome, at=later())
    accepted = outcome is ReservationOutcome.ACCEPTED
    assert answered.status is (S.ACTIVE if accepted else S.REFUSED)
    assert answered.outcome is outcome


def test_a_replacement_keeps_the_number_and_counts_once_the_station_has_taken_it() -> None:
    before = make_reservation(status=S.ACTIVE)
    asked = before.replace(make_terms(connector=2, expires_at=later(hours=3)), at=later())
    assert (asked.order().reservation, asked.order().connector) == (before.number, 2)
    assert asked.terms == before.terms
    taken = asked.answered(ReservationOutcome.ACCEPTED, at=later())
    assert (taken.terms.connector, taken.expires_at, taken.replacement) == (2, later(hours=3), None)
    assert taken.status is S.ACTIVE


def test_a_replacement_that_the_station_refuses_leaves_what_was() -> None:
    before = make_reservation(status=S.ACTIVE)
    asked = before.replace(make_terms(connector=2), at=later())
    refused = asked.answered(ReservationOutcome.OCCUPIED, at=later())
    assert (refused.status, refused.terms, refused.replacement) == (S.ACTIVE, before.terms, None)
    assert refused.outcome is ReservationOutcome.OCCUPIED


def test_nothing_is_replaced_that_is_undecided_or_over() -> None:
    asked = make_reservation(status=S.ACTIVE).replace(make_terms(connector=2), at=later())
    for undecided in (asked, make_reservation(status=S.REQUESTED)):
        with pytest.raises(ReservationUndecided):
            undecided.replace(make_terms(), at=later())
    with pytest.raises(WrongReservationStatus):
        make_reservation(status=S.USED).replace(make_terms(), at=later())


def _kept(**changes: object) -> Reservation:
    return make_reservation(status=S.ACTIVE, terms=make_terms(**changes))


SESSION = make_active(id_tag=IdTag("04A1B2C3"), connector=1, started_at=NOON)
FLEET = IdTag("FLEET")


@pytest.mark.parametrize(
    ("kept", "parent", "used"),
    [
        (_kept(), None, True),
        (_kept(connector=0), None, True),
        (_kept(connector=2), None, False),
        (_kept(id_tag=IdTag("04OTHER")), None, False),
        (_kept(id_tag=IdTag("04OTHER")), FLEET, False),
        (_kept(id_tag=IdTag("04OTHER"), parent=FLEET), FLEET, True),
        (_kept(id_tag=IdTag("04OTHER"), parent=FLEET), None, False),
        (_kept(expires_at=NOON), None, False),
        (attrs.evolve(_kept(), status=S.CANCELLED), None, False),
        (attrs.evolve(_kept(), created_at=later(hours=1)), None, False),
    ],
)
def test_a_start_uses_what_was_kept_for_its_tag_or_group(
    kept: Reservation, parent: IdTag | None, used: bool
) -> None:
    assert reservation_used(SESSION, parent, None, [kept]) == (kept if used else None)


def test_an_older_session_that_is_told_only_now_uses_nothing() -> None:
    """The station was away: what is kept since is for who comes, not for who has charged before."""
    kept = attrs.evolve(_kept(expires_at=later(hours=4)), created_at=later(hours=2))
    late = attrs.evolve(SESSION, started_received=later(hours=3))
    assert reservation_used(late, None, None, [kept]) is None
    behind = attrs.evolve(late, started_at=later(hours=2, minutes=-3))
    assert reservation_used(behind, None, None, [kept]) == kept
    assert reservation_used(late, None, kept.number, [kept]) == kept


def test_the_very_connector_is_used_before_any_connector() -> None:
    anywhere, here = _kept(connector=0), _kept(connector=1)
    assert reservation_used(SESSION, None, None, [anywhere, here]) == here


def test_the_number_that_the_station_tells_decides_even_if_we_thought_it_over() -> None:
    other, expired = _kept(), attrs.evolve(_kept(id_tag=IdTag("04OTHER")), status=S.EXPIRED)
    assert reservation_used(SESSION, None, expired.number, [other, expired]) == expired
    cancelled = attrs.evolve(expired, status=S.CANCELLED)
    assert reservation_used(SESSION, None, cancelled.number, [other, cancelled]) is None
    assert reservation_used(SESSION, None, 4711, [other]) is None


def test_a_connector_is_kept_by_name_until_the_time_is_over() -> None:
    kept = _kept(expires_at=later(hours=1))
    assert kept.keeps(1, at=NOON)
    assert not kept.keeps(2, at=NOON)
    assert not kept.keeps(1, at=later(hours=1))
    assert not _kept(connector=0).keeps(1, at=NOON)
