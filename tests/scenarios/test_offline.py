"""A station without a line: it tells everything afterwards, several times, and is billed once."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryRunningSessions, MemoryStore, MemoryTariffs, MemoryTokens
from emobility_core.charging import (
    AuthorizationStatus,
    ChargingTools,
    Doubt,
    EndedSession,
    ReportStart,
    ReportStop,
    record_start,
    record_stop,
)
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.instants import Instant, OneClock
from emobility_core.money import Money
from emobility_core.network import ReportKind, judge_time
from emobility_core.rating import RatedSession
from emobility_core.reactions import rate_sessions
from emobility_core.tariffs import Prices, publish_tariff
from emobility_core.testing.builders import (
    make_assignment,
    make_customer,
    make_station,
    make_tariff,
    make_token,
)
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.testing.contracts import Seeded, seeded
from emobility_core.work import Page, Scope


def _at(hour: int, minute: int = 0) -> Instant:
    return Instant(datetime(2026, 6, 10, hour, minute, tzinfo=UTC))


@attrs.frozen
class World:
    """A station with a card and a tariff of 0.39 a kilowatt-hour, all of company `a`."""

    store: Seeded
    tools: ChargingTools
    clock: FrozenClock
    station = make_station()
    tag = IdTag("04A1B2C3")

    @property
    def scope(self) -> Scope:
        return self.store.scope(self.store.a)

    async def sessions(self) -> list[Any]:
        async with self.store.unit() as work:
            found: list[Any] = await work.sessions.page(Page())
            return found

    async def prices(self) -> list[Any]:
        """Let reactions hear every event twice, then read what the sessions cost."""
        rate = rate_sessions(
            transactions=self.store.transactions, clocks=OneClock(self.clock), ids=self.tools.ids
        )
        assert self.store.feed is not None
        for _ in range(2):
            for entry in await self.store.feed.after(0, scope=self.scope, limit=1000, types=list(rate.types)):
                await rate.react(entry.event, self.scope)
        async with self.store.unit() as work:
            return [await work.rated_sessions.find(one.id) for one in await work.sessions.page(Page())]


@pytest.fixture
async def world() -> World:
    memory, ids, clock = MemoryStore(), SeededIds(1 << 40), FrozenClock(_at(0))
    store = await seeded(memory.transactions, feed=memory.feed)
    tools = ChargingTools(
        transactions=memory.transactions,
        tokens=MemoryTokens(memory),
        tariffs=MemoryTariffs(memory),
        running=MemoryRunningSessions(memory),
        ids=ids,
    )
    world, tenant = World(store, tools, clock), store.a.id
    customer = make_customer(tenant=tenant)
    prices = Prices(per_kwh=Decimal("0.39"), include_vat=True, vat_percent=Decimal(19))
    tariff = await publish_tariff(
        make_tariff(tenant=tenant, prices=prices),
        scope=world.scope,
        transactions=memory.transactions,
        clock=clock,
        ids=ids,
    )
    async with store.unit() as work:
        await work.stations.add(attrs.evolve(World.station, tenant=tenant))
        await work.customers.add(customer)
        await work.tokens.add(
            make_token(
                tenant=tenant,
                id_tag=World.tag,
                customer=customer.id,
                blocked=True,
                blocked_since=_at(4),
            )
        )
        await work.tariff_assignments.add(make_assignment(tenant=tenant, tariff=tariff.id))
    return world


def _start(world: World, **changes: Any) -> ReportStart:
    report = ReportStart(
        station=world.station.id,
        connector=1,
        id_tag=world.tag,
        meter=Energy.wh(108_178),
        time=judge_time("2026-06-10T03:00:00Z", _at(9)),
        message="m1/d1",
        boot=1,
    )
    return attrs.evolve(report, **changes)


def _stop(world: World, transaction_id: int | None, **changes: Any) -> ReportStop:
    report = ReportStop(
        station=world.station.id,
        transaction_id=transaction_id,
        meter=Energy.wh(125_178),
        time=judge_time("2026-06-10T05:30:00Z", _at(9, 1)),
        id_tag=world.tag,
        reason="Local",
        content={"meterStop": 125_178},
    )
    return attrs.evolve(report, **changes)


async def test_a_night_offline_is_one_session_of_17_kwh_for_6_63(world: World) -> None:
    # 03:00 start, sent three times: after the line is back, after a lost answer, after a reboot.
    answers = [
        await record_start(_start(world, message=f"m{n}/d", boot=n), scope=world.scope, tools=world.tools)
        for n in (1, 2, 3)
    ]
    assert len({(one.session, one.transaction_id) for one in answers}) == 1
    # The card was blocked at 04:00: at 03:00 it was good.
    assert {one.authorization.status for one in answers} == {AuthorizationStatus.ACCEPTED}

    # 05:30 stop, sent twice; by then the card is blocked, and the station is told so.
    for _ in range(2):
        stopped = await record_stop(
            _stop(world, answers[0].transaction_id), scope=world.scope, tools=world.tools
        )
        assert stopped.session == answers[0].session
        assert stopped.authorization is not None
        assert stopped.authorization.status is AuthorizationStatus.BLOCKED

    [session] = await world.sessions()
    assert isinstance(session, EndedSession)
    assert (session.started_at, session.ended_at) == (_at(3), _at(5, 30))
    assert session.delivered == Energy.wh(17_000)
    assert str(session.delivered.kwh) == "17.000"
    assert session.doubts == frozenset()

    [rating] = await world.prices()
    assert isinstance(rating, RatedSession)
    assert rating.gross == Money(663, "EUR")
    assert [str(line.quantity) for line in rating.lines] == ["17.000"]

    assert world.store.feed is not None
    events = [entry.event.type for entry in await world.store.feed.after(0, scope=world.scope, limit=99)]
    assert events == ["tariff.published", "session.started", "session.ended", "session.rated"]
    async with world.store.unit() as work:
        reports = await work.station_reports.latest(world.station.id, limit=9)
    assert [report.kind for report in reports] == [ReportKind.REPEATED_STOP]


async def test_a_card_blocked_before_the_start_is_recorded_invalid_and_costs_nothing(world: World) -> None:
    late = _start(world, time=judge_time("2026-06-10T04:30:00Z", _at(9)))
    answer = await record_start(late, scope=world.scope, tools=world.tools)
    assert answer.authorization.status is AuthorizationStatus.BLOCKED
    await record_stop(_stop(world, answer.transaction_id), scope=world.scope, tools=world.tools)
    [session] = await world.sessions()
    assert (session.tariff, session.delivered) == (None, Energy.wh(17_000))
    [rating] = await world.prices()
    assert rating.gross == Money(0, "EUR")
    assert "not-authorized" in rating.reasons


async def test_a_start_sent_ten_times_at_once_is_one_session(world: World) -> None:
    answers = await asyncio.gather(
        *(record_start(_start(world), scope=world.scope, tools=world.tools) for _ in range(10))
    )
    assert len({one.session for one in answers}) == 1
    assert len(await world.sessions()) == 1


async def test_a_start_of_a_fast_clock_sent_again_later_is_one_session(world: World) -> None:
    """Six minutes ahead at its first sending, four at its second: trusted only then, and the same start."""
    answers = [
        await record_start(
            _start(world, time=judge_time("2026-06-10T09:06:00Z", _at(9, minute)), message=f"m{minute}"),
            scope=world.scope,
            tools=world.tools,
        )
        for minute in (0, 2)
    ]
    assert len({one.transaction_id for one in answers}) == 1
    (session,) = await world.sessions()
    assert Doubt.CLOCK_NOT_TRUSTED in session.doubts


async def test_a_stop_that_names_no_transaction_of_ours_ends_the_one_that_fits(world: World) -> None:
    answer = await record_start(_start(world), scope=world.scope, tools=world.tools)
    stopped = [await record_stop(_stop(world, None), scope=world.scope, tools=world.tools) for _ in range(2)]
    assert {one.session for one in stopped} == {answer.session}
    [session] = await world.sessions()
    assert session.delivered == Energy.wh(17_000)
    assert session.doubts == frozenset()


async def test_a_stop_without_any_start_is_one_session_for_review(world: World) -> None:
    stopped = [await record_stop(_stop(world, 4711), scope=world.scope, tools=world.tools) for _ in range(2)]
    [session] = await world.sessions()
    assert {one.session for one in stopped} == {session.id}
    [rating] = await world.prices()
    assert not rating.billable
    assert rating.gross == Money(0, "EUR")
    async with world.store.unit() as work:
        [kept] = await work.doubtful_reports.page(Page())
    assert kept.session == session.id


async def test_two_cars_without_a_clock_are_two_sessions_of_12_3_kwh(world: World) -> None:
    """Both begin at 1970-01-01T00:00:40 with the meter at 0; the station boots in between."""
    told = "1970-01-01T00:00:40Z"
    for boot, (hour, register) in enumerate([(8, 5_200), (10, 7_100)], start=1):
        begin = _start(
            world,
            meter=Energy.wh(0),
            time=judge_time(told, _at(hour)),
            message="1/the-same-payload",
            boot=boot,
        )
        # Sent twice within the boot: the same session.
        answers = [await record_start(begin, scope=world.scope, tools=world.tools) for _ in range(2)]
        assert len({one.session for one in answers}) == 1
        end = _stop(
            world,
            answers[0].transaction_id,
            meter=Energy.wh(register),
            time=judge_time("1970-01-01T00:42:00Z", _at(hour + 1)),
        )
        for _ in range(2):
            await record_stop(end, scope=world.scope, tools=world.tools)

    sessions = await world.sessions()
    assert [session.delivered for session in sessions] == [Energy.wh(5_200), Energy.wh(7_100)]
    assert str((sessions[0].delivered + sessions[1].delivered).kwh) == "12.300"
    assert all("clock-not-trusted" in {doubt.value for doubt in one.doubts} for one in sessions)
    assert [one.started_at for one in sessions] == [_at(8), _at(10)]
    assert all(not rating.billable for rating in await world.prices())


async def test_two_cars_without_a_clock_within_one_boot_are_two_sessions(world: World) -> None:
    """Even the message id repeats; what tells them apart is the stop in between."""
    for hour, register in ((8, 5_200), (10, 7_100)):
        begin = _start(
            world,
            meter=Energy.wh(0),
            time=judge_time("1970-01-01T00:00:40Z", _at(hour)),
            message="1/the-same-payload",
        )
        answer = await record_start(begin, scope=world.scope, tools=world.tools)
        end = _stop(
            world, answer.transaction_id, meter=Energy.wh(register), time=judge_time(None, _at(hour + 1))
        )
        await record_stop(end, scope=world.scope, tools=world.tools)
    first, second = await world.sessions()
    assert (first.delivered, second.delivered) == (Energy.wh(5_200), Energy.wh(7_100))
    assert "started-again-after-stop" in {doubt.value for doubt in second.doubts}
