"""Local lists: what is wanted, the next message towards it, and what an answer means."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.commands import (
    LAST_CONNECTOR,
    Command,
    CommandStatus,
    GetLocalListVersion,
    ListedStatus,
    LocalListEntry,
    SendLocalList,
)
from emobility_core.customers import IdTag, Token
from emobility_core.instants import Instant, Period
from emobility_core.local_authorization import (
    Listing,
    ListLimits,
    LocalList,
    applied,
    listing_of,
    next_change,
    next_update,
)
from emobility_core.testing.builders import later, make_command, make_local_list, make_token
from emobility_core.testing.clock import NOON

ACCEPTED, BLOCKED = ListedStatus.ACCEPTED, ListedStatus.BLOCKED


def _entries(*tags: str, status: ListedStatus = ACCEPTED) -> tuple[LocalListEntry, ...]:
    return tuple(LocalListEntry(id_tag=tag, status=status) for tag in tags)


def _listing(*tags: str) -> Listing:
    return Listing(_entries(*tags))


def _held(*tags: str) -> dict[str, str]:
    return applied(SendLocalList(version=1, full=True, entries=_entries(*tags)), None)


def _token(tag: str, **changes: object) -> Token:
    return make_token(id_tag=IdTag(tag), **changes)


def test_a_list_says_what_each_token_may_with_its_group_and_its_end() -> None:
    fleet = _token("04A", parent=IdTag("FLEET"), validity=Period(until=later(days=1)))
    lost = _token("04B", blocked=True, blocked_since=NOON)
    over = _token("04C", validity=Period(until=NOON))
    early = _token("04D", validity=Period(since=later(seconds=1)))
    assert listing_of([lost, over, early, fleet], at=NOON, most=9).entries == (
        LocalListEntry(id_tag="04A", status=ACCEPTED, parent="FLEET", expires_at=later(days=1)),
        LocalListEntry(id_tag="04B", status=BLOCKED),
        LocalListEntry(id_tag="04C", status=ListedStatus.EXPIRED),
    )


def test_what_a_station_cannot_hold_is_left_out_the_blocked_ones_first() -> None:
    tokens = [_token("04B", blocked=True), _token("04A"), _token("04C")]
    assert [one.id_tag for one in listing_of(tokens, at=NOON, most=2).entries] == ["04A", "04C"]


def test_the_clock_changes_a_list_at_the_next_bound_of_a_validity() -> None:
    tokens = [
        _token("04A", validity=Period(since=later(hours=-1), until=later(hours=2))),
        _token("04B", validity=Period(since=later(hours=1))),
    ]
    assert next_change(tokens, after=NOON) == later(hours=1)
    assert next_change(tokens, after=later(hours=2)) is None


def test_what_is_not_known_is_sent_whole() -> None:
    order = next_update(_listing("04A"), None, version=7, at_once=50)
    assert order == SendLocalList(version=7, full=True, entries=_entries("04A"))


def test_nothing_is_sent_where_nothing_differs() -> None:
    assert next_update(_listing("04A"), _held("04A"), version=7, at_once=50) is None
    assert next_update(Listing(), {}, version=7, at_once=50) is None


def test_few_differences_are_sent_alone_and_what_takes_a_right_away_stands_first() -> None:
    wanted = (*_entries("04NEW", "04A", "04B"), *_entries("04C", status=BLOCKED))
    order = next_update(Listing(wanted), _held("04A", "04B", "04C", "04GONE"), version=7, at_once=50)
    assert order is not None
    assert not order.full
    assert order.entries == (
        LocalListEntry(id_tag="04GONE"),
        *_entries("04C", status=BLOCKED),
        *_entries("04NEW"),
    )


def test_many_differences_are_sent_as_the_whole() -> None:
    order = next_update(_listing("04A"), _held("04X", "04Y"), version=7, at_once=50)
    assert order == SendLocalList(version=7, full=True, entries=_entries("04A"))
    assert next_update(Listing(), _held("04A"), version=7, at_once=50) == SendLocalList(version=7, full=True)


def test_a_tag_that_only_changes_its_case_is_not_taken_away() -> None:
    order = next_update(_listing("04AB", "04C"), _held("04ab", "04C"), version=7, at_once=50)
    assert order is not None
    assert order.entries == _entries("04AB")
    assert applied(order, _held("04ab", "04C")) == _held("04AB", "04C")


TAGS = st.lists(st.sampled_from([f"04{n:02}" for n in range(30)]), unique=True)


@given(TAGS, TAGS, st.one_of(st.none(), TAGS), st.integers(1, 9))
def test_message_by_message_every_station_comes_to_what_is_wanted(
    good: list[str], bad: list[str], before: list[str] | None, at_once: int
) -> None:
    listed = [tag for tag in bad if tag not in good]
    wanted = (*_entries(*good), *_entries(*listed, status=BLOCKED))
    held = None if before is None else _held(*before)
    sent = 0
    while (order := next_update(Listing(wanted), held, version=sent + 1, at_once=at_once)) is not None:
        assert len(order.entries) <= at_once
        assert order.full or held is not None
        held, sent = applied(order, held), sent + 1
    assert held == applied(SendLocalList(version=1, full=True, entries=wanted), None)
    # No way round: nothing is sent twice, but for a list that is begun anew.
    assert sent <= (len(wanted) + len(before or ())) // at_once + 2


def test_versions_are_never_0_or_less_and_begin_anew_after_the_last() -> None:
    assert make_local_list(sent_version=0).next_version == 1
    assert make_local_list(sent_version=7).next_version == 8
    assert make_local_list(sent_version=LAST_CONNECTOR).next_version == 1


LIMITS = ListLimits()


def test_a_list_that_was_not_verified_for_a_day_is_asked_for_its_version_first() -> None:
    fresh = make_local_list(held=_held("04A"), verified_at=NOON)
    wanted = _listing("04A", "04B")
    assert isinstance(fresh.next_order(wanted, LIMITS, at=later(hours=23)), SendLocalList)
    assert fresh.next_order(wanted, LIMITS, at=later(hours=24)) == GetLocalListVersion()
    unknown = attrs.evolve(fresh, held=None)
    assert isinstance(unknown.next_order(wanted, LIMITS, at=later(hours=24)), SendLocalList)


def _asked(order: SendLocalList | GetLocalListVersion, **changes: object) -> tuple[LocalList, Command]:
    kept = make_local_list(held=_held("04A"), held_version=3, sent_version=3, verified_at=NOON)
    command = make_command(station=kept.station, order=order, **changes)
    return kept.asked(order, command), command


DIFFERENCE = SendLocalList(version=4, full=False, entries=_entries("04B"))
WHOLE = SendLocalList(version=4, full=True, entries=_entries("04B"))


def test_what_a_station_has_accepted_it_holds() -> None:
    kept, command = _asked(DIFFERENCE, status=CommandStatus.EFFECTIVE)
    assert (kept.command, kept.due_at, kept.sent_version) == (command.id, None, 4)
    after = kept.settled(command, at=later(seconds=1))
    assert (after.held, after.held_version) == (_held("04A", "04B"), 4)
    assert (after.command, after.due_at, after.error) == (None, later(seconds=1), None)
    assert after.acknowledged_at == later(seconds=1)


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (CommandStatus.REJECTED, {"status": "VersionMismatch"}, "version_mismatch"),
        (CommandStatus.REJECTED, {"status": "Failed"}, "failed"),
        (CommandStatus.TIMEOUT, None, "timeout"),
        (CommandStatus.REJECTED, None, "rejected"),
    ],
)
def test_after_any_other_answer_to_a_difference_the_whole_follows_at_once(
    status: CommandStatus, answer: dict[str, object] | None, error: str
) -> None:
    kept, command = _asked(DIFFERENCE, status=status, answer=answer)
    after = kept.settled(command, at=later(seconds=1))
    assert (after.held, after.error, after.due_at) == (None, error, later(seconds=1))
    assert after.next_order(_listing("04B"), LIMITS, at=later(seconds=1)) == attrs.evolve(WHOLE, version=5)


def test_a_whole_that_fails_is_tried_again_later_and_later() -> None:
    kept, command = _asked(WHOLE, status=CommandStatus.REJECTED, answer={"status": "Failed"})
    waits: list[timedelta] = []
    for _ in range(7):
        kept = attrs.evolve(kept, command=command.id).settled(command, at=NOON)
        assert kept.due_at is not None
        waits.append(kept.due_at - NOON)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=6))


def test_what_was_not_sent_changes_nothing_but_is_due() -> None:
    for status, due in ((CommandStatus.OFFLINE, NOON), (CommandStatus.BUSY, later(minutes=1))):
        kept, command = _asked(DIFFERENCE, status=status)
        after = kept.settled(command, at=NOON)
        assert (after.held, after.held_version, after.due_at) == (kept.held, 3, due)


def test_a_station_without_lists_is_left_alone() -> None:
    for order, status, answer in (
        (WHOLE, CommandStatus.NOT_SUPPORTED, {"status": "NotSupported"}),
        (GetLocalListVersion(), CommandStatus.EFFECTIVE, {"listVersion": -1}),
    ):
        kept, command = _asked(order, status=status, answer=answer)
        after = kept.settled(command, at=NOON)
        assert (after.held, after.error, after.due_at) == (None, "not_supported", None)


@pytest.mark.parametrize(("told", "known"), [(3, True), (2, False), (0, False), ("3", False)])
def test_a_version_that_differs_means_that_the_list_is_not_what_we_think(told: object, known: bool) -> None:
    kept, command = _asked(
        GetLocalListVersion(), status=CommandStatus.EFFECTIVE, answer={"listVersion": told}
    )
    after = kept.settled(command, at=later(hours=1))
    assert (after.held is not None, after.due_at) == (known, later(hours=1))
    assert after.error == (None if known else "version_differs")


@pytest.mark.parametrize("told", [0, 3])
def test_an_empty_list_is_told_as_version_0_or_as_it_was_sent(told: int) -> None:
    """OCPP 1.6, 5.10."""
    kept, command = _asked(
        GetLocalListVersion(), status=CommandStatus.EFFECTIVE, answer={"listVersion": told}
    )
    after = attrs.evolve(kept, held={}).settled(command, at=later(hours=1))
    assert (after.held, after.error, after.verified_at) == ({}, None, later(hours=1))


def test_a_list_has_changed_since_it_was_in_step() -> None:
    kept, command = _asked(DIFFERENCE, status=CommandStatus.EFFECTIVE)
    assert not kept.has_changed
    after = kept.settled(command, at=later(hours=1))
    assert after.has_changed
    assert not after.in_step(at=Instant(later(hours=1)), due_at=None).has_changed
