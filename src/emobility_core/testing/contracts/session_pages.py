"""The contract of the sessions that readers list."""

from __future__ import annotations

import attrs
import pytest

from emobility_core.charging import AuthorizationStatus, Doubt, UnknownSession
from emobility_core.customers import IdTag
from emobility_core.ids import GrantId, StationId
from emobility_core.testing.builders import (
    later,
    make_active,
    make_connector,
    make_ended,
    make_rating,
    make_station_state,
    make_tariff_version,
)
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.testing.contracts.sessions import added, got, next_version
from emobility_core.work import Page


class SessionPagesContract:
    """Sessions as readers list them, and who sees them."""

    async def test_tenants_above_see_a_session_and_those_below_and_beside_do_not(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        for tenant in (store.root, store.a):
            async with store.unit(tenant) as work:
                assert await work.sessions.get(session.id) == session
        for tenant in (store.b, store.c):
            async with store.unit(tenant) as work:
                with pytest.raises(UnknownSession):
                    await work.sessions.get(session.id)
                assert await work.sessions.active_on(session.station) == []
                assert await work.sessions.page(Page(descendants=True)) == []

    async def test_running_sessions_of_which_nothing_is_heard_are_found_the_quietest_first(
        self, store: Seeded
    ) -> None:
        silent = make_active(tenant=store.a.id, updated_at=NOON)
        free = make_active(tenant=store.a.id, updated_at=later(minutes=30))
        busy = make_active(tenant=store.a.id, updated_at=later(minutes=30))
        heard = make_active(tenant=store.a.id, updated_at=later(minutes=55))
        over = make_ended(tenant=store.a.id, updated_at=NOON)
        serving = make_active(tenant=store.a.id, updated_at=NOON)
        away = make_active(tenant=store.a.id, updated_at=later(seconds=1))
        stuck = make_active(tenant=store.a.id, updated_at=later(minutes=-2))
        await added(store, heard, free, busy, over, silent, stuck, serving, away)
        async with store.unit() as work:
            told = (
                (free, "Available"),
                (heard, "Available"),
                *((one, "Charging") for one in (busy, serving, stuck, away)),
            )
            for session, status in told:
                online = session is not away
                state = make_station_state(tenant=store.a.id, station=session.station, online=online)
                await work.station_states.put(state)
                fields = {"station": session.station, "status": status, "received_at": later(minutes=40)}
                await work.connectors.put(make_connector(tenant=store.a.id, **fields))
        async with store.unit() as work:
            asked = {"since": later(minutes=50), "silent_since": later(minutes=10)}
            asked["busy_since"] = later(minutes=-1)
            first, gone, second, last = await work.sessions.quiet(**asked)
            assert (gone.session, gone.status, gone.online) == (away, "Charging", False)
            assert (first.session, first.status, first.online, first.seen_at) == (silent, None, False, None)
            assert (second.session, second.status, second.online) == (free, "Available", True)
            assert (second.status_at, second.seen_at) == (later(minutes=40), later(minutes=1))
            # Most of those that serve a vehicle go on: they come last, however quiet they are.
            assert (last.session, last.status, last.online) == (stuck, "Charging", True)
            before = later(minutes=-2)
            asked = {"since": later(minutes=40), "silent_since": NOON, "busy_since": before}
            assert await work.sessions.quiet(**asked) == []
        async with store.unit(store.c) as work:
            asked = dict.fromkeys(asked, later(hours=1))
            assert await work.sessions.quiet(**asked) == []

    async def test_a_session_that_ended_for_silence_runs_again(self, store: Seeded) -> None:
        ended = make_ended(tenant=store.a.id, stop_identity=None, stop_reason="Stalled")
        await added(store, ended)
        async with store.unit() as work:
            await work.sessions.replace(ended.reopened())
        again = await got(store, ended)
        assert again == next_version(ended.reopened())
        async with store.unit() as work:
            assert await work.sessions.active_on(ended.station) == [again]

    async def test_a_page_lists_those_that_hold_an_open_doubt(self, store: Seeded) -> None:
        doubts = frozenset({Doubt.STOP_ESTIMATED, Doubt.CLOCK_NOT_TRUSTED})
        open_one = make_ended(tenant=store.a.id, doubts=doubts, accepted=doubts - {Doubt.STOP_ESTIMATED})
        accepted = make_ended(tenant=store.a.id, doubts=doubts, accepted=doubts, discarded=True)
        sound = make_active(tenant=store.a.id)
        await added(store, open_one, accepted, sound)
        assert await got(store, accepted) == accepted
        async with store.unit() as work:
            assert await work.sessions.page(Page(filters={"in_doubt": [True]})) == [open_one]
            assert await work.sessions.page(Page(filters={"in_doubt": [False]})) == [accepted, sound]

    async def test_sessions_of_a_card_are_found_in_whatever_case_it_is_written(self, store: Seeded) -> None:
        session, other = make_active(tenant=store.a.id), make_active(tenant=store.a.id, id_tag=IdTag("04B2"))
        await added(store, session, other)
        async with store.unit() as work:
            for tag in ("04A1B2C3", "04a1b2c3"):
                assert await work.sessions.page(Page(filters={"id_tag": [IdTag(tag)]})) == [session]

    async def test_the_newest_sessions_of_cards_at_a_station_are_found_at_once(self, store: Seeded) -> None:
        here, known = StationId(ids.uuid7(NOON)), {"authorization": AuthorizationStatus.ACCEPTED}
        at = {"tenant": store.a.id, "station": here, **known}
        cards = [IdTag(text) for text in ("04A1", "04B2", "04C3", "04D4")]
        admitted = make_ended(**at, id_tag=cards[0], grant=GrantId(ids.uuid7(NOON)))
        older, newer = make_ended(**at, id_tag=cards[0]), make_ended(**at, id_tag=IdTag("04a1"))
        other = make_ended(**at, id_tag=cards[1])
        refused = make_ended(**at | {"authorization": AuthorizationStatus.INVALID}, id_tag=cards[2])
        elsewhere = make_ended(tenant=store.a.id, id_tag=cards[3], **known)
        await added(store, admitted, older, newer, other, refused, elsewhere)
        async with store.unit() as work:
            assert await work.sessions.newest_of_cards(here, cards) == [admitted, newer, other]
            assert await work.sessions.newest_of_cards(here, cards[1:2]) == [other]
        async with store.unit(store.c) as work:
            assert await work.sessions.newest_of_cards(here, cards) == []

    async def test_a_page_lists_sessions_in_the_order_of_creation(self, store: Seeded) -> None:
        first, second = make_active(tenant=store.a.id), make_ended(tenant=store.a.id)
        below = make_active(tenant=store.b.id)
        await added(store, second, first, below)
        async with store.unit() as work:
            assert await work.sessions.page(Page()) == [first, second]
            assert await work.sessions.page(Page(backwards=True)) == [second, first]
            assert await work.sessions.page(Page(descendants=True)) == [first, second, below]
            assert await work.sessions.page(Page(limit=1, after=first.id)) == [second]

    async def test_what_a_page_lists_is_counted_without_being_read(self, store: Seeded) -> None:
        first, second = make_active(tenant=store.a.id), make_ended(tenant=store.a.id)
        await added(store, second, first, make_active(tenant=store.b.id))
        async with store.unit() as work:
            count = work.sessions.count
            assert await count(Page()) == 2
            assert await count(Page(descendants=True)) == 3
            assert await count(Page(limit=1)) == 1
            assert await count(Page(filters={"state": ["ended"]})) == 1
            assert await count(Page(updated_after=later(days=9_000))) == 0

    async def test_a_page_is_filtered_by_station_and_state(self, store: Seeded) -> None:
        active = make_active(tenant=store.a.id)
        ended = make_ended(tenant=store.a.id, station=active.station)
        await added(store, active, ended, make_ended(tenant=store.a.id))
        async with store.unit() as work:
            at_station: dict[str, list[object]] = {"station": [active.station]}
            assert await work.sessions.page(Page(filters=at_station)) == [active, ended]
            over: dict[str, list[object]] = {**at_station, "state": ["ended"]}
            assert await work.sessions.page(Page(filters=over)) == [ended]
            assert await work.sessions.page(Page(filters={"state": ["active"]})) == [active]

    async def test_what_changed_since_counts_by_receipt_and_by_price(self, store: Seeded) -> None:
        version = make_tariff_version(tenant=store.a.id)
        replayed = make_active(tenant=store.a.id, meter_last_at=NOON, updated_at=later(days=2))
        priced = make_ended(tenant=store.a.id, tariff=version.id)
        rating = attrs.evolve(make_rating(priced, version), rated_at=later(days=2))
        await added(store, replayed, priced, make_ended(tenant=store.a.id))
        async with store.unit() as work:
            await work.rated_sessions.put(rating)
        async with store.unit() as work:
            assert await work.sessions.page(Page(updated_after=later(days=1))) == [replayed, priced]
            assert await work.sessions.page(Page(updated_after=later(days=2))) == []
