"""What sessions and their readings promise."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from emobility_core.charging import (
    ActiveSession,
    AuthorizationStatus,
    ConnectorHasSession,
    Doubt,
    EndedSession,
    Session,
    StartRecorded,
    TransactionNumberTaken,
    UnknownSession,
)
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.testing.builders import (
    later,
    make_active,
    make_contract,
    make_customer,
    make_ended,
    make_station,
    make_tariff_version,
    make_token,
    report_stop,
    told,
)
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.records import TRIES
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import StaleWrite


async def added(store: Seeded, *sessions: Session) -> None:
    async with store.unit() as work:
        for session in sessions:
            await work.sessions.add(session)


async def got(store: Seeded, session: Session) -> Any:
    async with store.unit() as work:
        return await work.sessions.get(session.id)


def next_version(session: Session) -> Session:
    return attrs.evolve(session, version=session.version + 1)


class SessionsContract:
    """Sessions as reports of stations need them."""

    async def test_a_running_session_is_read_back_equal(self, store: Seeded) -> None:
        plain = make_active(tenant=store.a.id)
        bare = make_active(
            tenant=store.a.id, meter_start=None, meter_last=None, meter_last_at=None, started_reported=None
        )
        full = make_active(
            tenant=store.a.id,
            token=make_token().id,
            token_tenant=store.root.id,
            customer=make_customer().id,
            contract=make_contract().id,
            tariff=make_tariff_version().id,
            doubts=frozenset({Doubt.CLOCK_NOT_TRUSTED, Doubt.STARTED_AGAIN_AFTER_STOP}),
        )
        await added(store, plain, bare, full)
        for session in (plain, bare, full):
            assert await got(store, session) == session

    async def test_an_ended_session_is_read_back_equal(self, store: Seeded) -> None:
        ended = make_ended(tenant=store.a.id, doubts=frozenset({Doubt.METER_WENT_BACKWARDS}))
        one_sided = make_ended(
            tenant=store.a.id,
            connector=0,
            id_tag=IdTag(""),
            authorization=AuthorizationStatus.INVALID,
            meter_start=None,
            meter_stop=None,
            ended_reported=None,
            stop_identity=None,
        )
        await added(store, ended, one_sided)
        assert await got(store, ended) == ended
        assert await got(store, one_sided) == one_sided

    async def test_an_unknown_session_is_refused(self, store: Seeded) -> None:
        with pytest.raises(UnknownSession):
            await got(store, make_active(tenant=store.a.id))

    async def test_a_session_is_found_by_its_start_and_by_its_number(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        async with store.unit() as work:
            at, port = session.station, work.sessions
            assert await port.find_start(at, session.start_identity) == session
            assert await port.find_transaction(at, session.transaction_id) == session
            assert await port.find_start(at, "another") is None
            assert await port.find_transaction(at, session.transaction_id + 1) is None
            elsewhere = make_station().id
            assert await port.find_start(elsewhere, session.start_identity) is None
            assert await port.find_transaction(elsewhere, session.transaction_id) is None

    async def test_an_ended_session_is_still_found_by_its_start_and_its_number(self, store: Seeded) -> None:
        session = make_ended(tenant=store.a.id)
        await added(store, session)
        async with store.unit() as work:
            assert await work.sessions.find_start(session.station, session.start_identity) == session
            assert await work.sessions.find_transaction(session.station, session.transaction_id) == session

    async def test_a_session_is_found_by_the_stop_that_ended_it(self, store: Seeded) -> None:
        ended = make_ended(tenant=store.a.id)
        await added(store, ended, make_active(tenant=store.a.id, station=ended.station, connector=2))
        async with store.unit() as work:
            stop = ended.stop_identity
            assert await work.sessions.find_stopped(ended.station, stop) == ended
            assert await work.sessions.find_stopped(ended.station, f"{stop}0") is None
            assert await work.sessions.find_stopped(make_station().id, stop) is None

    async def test_sessions_that_wait_for_their_real_stop_are_found_newest_first(self, store: Seeded) -> None:
        older = make_ended(tenant=store.a.id, ended_reported=None, stop_identity=None)
        newer = make_ended(tenant=store.a.id, station=older.station, stop_identity=None)
        told = make_ended(tenant=store.a.id, station=older.station)
        running = make_active(tenant=store.a.id, station=older.station)
        await added(store, older, newer, told, running)
        async with store.unit() as work:
            assert await work.sessions.estimated_on(older.station) == [newer, older]
            assert await work.sessions.estimated_on(make_station().id) == []

    async def test_the_running_sessions_of_a_station_are_those_that_have_not_ended(
        self, store: Seeded
    ) -> None:
        first = make_active(tenant=store.a.id)
        second = make_active(tenant=store.a.id, station=first.station, connector=2)
        over = make_ended(tenant=store.a.id, station=first.station)
        await added(store, first, second, over, make_active(tenant=store.a.id))
        async with store.unit() as work:
            running = await work.sessions.active_on(first.station)
        assert sorted(running, key=lambda one: one.connector) == [first, second]

    async def test_a_start_is_recorded_once(self, store: Seeded) -> None:
        first = make_active(tenant=store.a.id)
        again = make_active(
            tenant=store.a.id, station=first.station, start_identity=first.start_identity, connector=2
        )
        await added(store, first)
        with pytest.raises(StartRecorded):
            await added(store, again)
        assert await got(store, first) == first
        with pytest.raises(UnknownSession):
            await got(store, again)

    async def test_two_stations_may_report_the_same_start(self, store: Seeded) -> None:
        first = make_active(tenant=store.a.id)
        same = make_active(
            tenant=store.a.id, start_identity=first.start_identity, transaction_id=first.transaction_id
        )
        await added(store, first, same)
        assert await got(store, same) == same

    async def test_a_transaction_number_is_given_once_at_a_station(self, store: Seeded) -> None:
        first = make_ended(tenant=store.a.id)
        again = make_active(
            tenant=store.a.id, station=first.station, transaction_id=first.transaction_id, connector=2
        )
        await added(store, first)
        with pytest.raises(TransactionNumberTaken):
            await added(store, again)

    async def test_a_connector_has_one_running_session(self, store: Seeded) -> None:
        first = make_active(tenant=store.a.id)
        await added(store, first)
        with pytest.raises(ConnectorHasSession):
            await added(store, make_active(tenant=store.a.id, station=first.station))
        await added(store, make_ended(tenant=store.a.id, station=first.station))

    async def test_a_session_ends_and_the_next_begins_in_one_unit(self, store: Seeded) -> None:
        first = make_active(tenant=store.a.id)
        second = make_active(tenant=store.a.id, station=first.station)
        await added(store, first)
        ended = first.end_estimated(told(None), "Superseded")
        async with store.unit() as work:
            await work.sessions.replace(ended)
            await work.sessions.add(second)
        assert await got(store, first) == next_version(ended)
        async with store.unit() as work:
            assert await work.sessions.active_on(first.station) == [second]

    async def test_a_replaced_session_is_read_back_under_the_next_version(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        ended = session.end(report_stop())
        async with store.unit() as work:
            await work.sessions.replace(ended)
        after = await got(store, session)
        assert isinstance(after, EndedSession)
        assert after == next_version(ended)
        async with store.unit() as work:
            assert await work.sessions.find_transaction(session.station, session.transaction_id) == after

    async def test_the_second_writer_of_a_version_is_refused(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        async with store.unit() as work:
            await work.sessions.replace(session)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.sessions.replace(session.end(report_stop()))
        assert await got(store, session) == next_version(session)

    async def test_progress_of_the_meter_is_read_back_under_the_next_version(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        further = session.progress(Energy(4_000_000_001), at=NOON, received=later(hours=2), message="m-1")
        async with store.unit() as work:
            await work.sessions.progress(further)
        assert await got(store, session) == further

    async def test_the_second_progress_of_a_version_is_refused(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        further = session.progress(Energy(4_000_000_001), at=NOON, received=later(hours=2), message="m-1")
        async with store.unit() as work:
            await work.sessions.progress(further)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.sessions.progress(further)

    async def test_a_refused_start_leaves_nothing_of_its_unit(self, store: Seeded) -> None:
        first = make_active(tenant=store.a.id)
        other = make_active(tenant=store.a.id)
        await added(store, first, other)
        again = make_active(
            tenant=store.a.id, station=first.station, start_identity=first.start_identity, connector=2
        )
        with pytest.raises(StartRecorded):
            async with store.unit() as work:
                await work.sessions.replace(other.end(report_stop()))
                await work.sessions.add(again)
        assert await got(store, other) == other

    async def test_of_fifty_concurrent_steps_none_is_lost(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)

        async def step() -> None:
            for _ in range(TRIES):
                try:
                    async with store.unit() as work:
                        now = await work.sessions.get(session.id)
                        assert isinstance(now, ActiveSession)
                        assert now.meter_last is not None
                        await asyncio.sleep(0)
                        register = now.meter_last + Energy.wh(1)
                        await work.sessions.progress(
                            now.progress(register, at=NOON, received=NOON, message="m")
                        )
                        await asyncio.sleep(0)
                except StaleWrite:
                    continue
                return
            pytest.fail("a step never got through")

        await asyncio.gather(*(step() for _ in range(50)))
        after = await got(store, session)
        assert (after.version, after.meter_last) == (50, Energy.wh(3_550))

    async def test_of_one_start_reported_ten_times_at_once_exactly_one_is_recorded(
        self, store: Seeded
    ) -> None:
        first = make_active(tenant=store.a.id)
        same = [
            make_active(
                tenant=store.a.id,
                station=first.station,
                start_identity=first.start_identity,
                connector=connector,
            )
            for connector in range(1, 11)
        ]

        async def report(session: Session) -> None:
            async with store.unit() as work:
                await work.sessions.add(session)
                await asyncio.sleep(0)

        outcomes = await asyncio.gather(*map(report, same), return_exceptions=True)
        assert sum(outcome is None for outcome in outcomes) == 1
        assert sum(isinstance(outcome, StartRecorded) for outcome in outcomes) == 9
        async with store.unit() as work:
            assert len(await work.sessions.active_on(first.station)) == 1
