"""A repeated stop means the session that it ended, whatever runs by then; a late one finds its session."""

import attrs
import pytest

from emobility_adapters.memory import MemoryRunningSessions, MemoryStore, MemoryTariffs, MemoryTokens
from emobility_core.charging import (
    ActiveSession,
    AuthorizationStatus,
    ChargingTools,
    Doubt,
    EndedSession,
    ReportReadings,
    ReportStop,
    StartAnswer,
    TimedSamples,
    record_readings,
    record_start,
    record_stop,
)
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import SessionId, StationId
from emobility_core.network import StationTime
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    later,
    make_active,
    make_station,
    make_tenant,
    make_token,
    report_start,
    report_stop,
    told,
)
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import Page, Scope


@attrs.frozen
class Charging:
    """The use cases of charging for one station over memory."""

    memory: MemoryStore
    scope: Scope
    tools: ChargingTools
    station: StationId

    async def start(self, **changes: object) -> StartAnswer:
        report = report_start(station=self.station, **changes)
        return await record_start(report, scope=self.scope, tools=self.tools)

    async def stop(self, report: ReportStop) -> SessionId | None:
        return (await record_stop(report, scope=self.scope, tools=self.tools)).session

    async def metered(self, wh: int, time: StationTime) -> None:
        sample = TimedSamples(time, [{"value": str(wh)}], f'[{{"value":"{wh}"}}]')
        report = ReportReadings(
            station=self.station, connector=1, transaction_id=None, values=[sample], message=str(wh)
        )
        await record_readings(report, scope=self.scope, tools=self.tools)

    async def session(self, id: SessionId | None) -> ActiveSession | EndedSession:
        assert id is not None
        async with self.memory.transactions(self.scope) as work:
            return await work.sessions.get(id)

    async def proposals(self) -> list[tuple[SessionId, ...]]:
        async with self.memory.transactions(self.scope) as work:
            return [one.proposals for one in await work.doubtful_reports.page(Page())]


@pytest.fixture
async def charging() -> Charging:
    memory, tenant = MemoryStore(), make_tenant()
    scope = scope_of(tenant, "test")
    async with memory.transactions(scope) as work:
        await work.tenants.add(tenant)
    tools = ChargingTools(
        transactions=memory.transactions,
        tokens=MemoryTokens(memory),
        tariffs=MemoryTariffs(memory),
        running=MemoryRunningSessions(memory),
        ids=SeededIds(),
    )
    return Charging(memory, scope, tools, make_station().id)


def _after(hours: int) -> StationTime:
    return told(later(hours=hours).isoformat(), received=later(hours=hours))


async def test_a_stop_without_a_number_sent_again_ends_no_other_session(charging: Charging) -> None:
    stop = report_stop(station=charging.station, meter=Energy.wh(9_000), time=_after(1))
    first = await charging.start()
    ended = await charging.stop(stop)
    # The other connector's start was kept back without a line and is older than the stop.
    other = await charging.start(connector=2, time=told(NOON.isoformat(), received=later(hours=2)))
    again = await charging.stop(stop)
    assert ended == again == first.session
    assert isinstance(await charging.session(other.session), ActiveSession)


async def test_a_stop_sent_again_keeps_its_samples_once(charging: Charging) -> None:
    started, time = await charging.start(), _after(1)
    sample = TimedSamples(time, [{"value": "9000"}], '[{"value":"9000"}]')
    stop = report_stop(
        station=charging.station,
        transaction_id=started.transaction_id,
        meter=Energy.wh(9_000),
        time=time,
        values=[sample, sample],
    )
    for _ in range(3):
        await charging.stop(stop)
    async with charging.memory.transactions(charging.scope) as work:
        assert len(await work.meter_readings.of_session(started.session)) == 2


@pytest.mark.parametrize("meter", [Energy.wh(1_000), None], ids=["start repeated", "none"])
async def test_a_stop_whose_energy_came_from_readings_is_known_again(
    charging: Charging, meter: Energy | None
) -> None:
    started = await charging.start(meter=Energy.wh(1_000))
    await charging.metered(8_000, told(later(minutes=30).isoformat(), received=later(minutes=30)))
    stop = report_stop(station=charging.station, meter=meter, time=_after(1))
    assert [await charging.stop(stop) for _ in range(3)] == [started.session] * 3
    ended = await charging.session(started.session)
    assert isinstance(ended, EndedSession)
    assert ended.delivered == Energy.wh(7_000)
    assert Doubt.STOPS_DISAGREE not in ended.doubts
    assert await charging.proposals() == []


async def test_a_late_stop_without_a_number_finds_the_session_that_waits_for_it(charging: Charging) -> None:
    first = await charging.start(meter=Energy.wh(1_000))
    later_one = await charging.start(
        meter=Energy.wh(9_500), time=_after(2), id_tag=IdTag("OTHER"), message="another"
    )
    stop = report_stop(
        station=charging.station, meter=Energy.wh(9_000), time=_after(1), id_tag=IdTag("04A1B2C3")
    )
    assert await charging.stop(stop) == first.session
    ended = await charging.session(first.session)
    assert isinstance(ended, EndedSession)
    assert (ended.estimated, ended.delivered) == (False, Energy.wh(8_000))
    assert Doubt.STOP_ESTIMATED not in ended.doubts
    assert isinstance(await charging.session(later_one.session), ActiveSession)


async def test_a_stop_that_fits_two_waiting_sessions_proposes_both(charging: Charging) -> None:
    waiting = [await charging.start(time=_after(hours), message=str(hours)) for hours in (0, 1)]
    await charging.start(time=_after(5), message="last", meter=Energy.wh(50_000))
    stop = report_stop(station=charging.station, meter=Energy.wh(40_000), time=_after(2))
    reviewed = await charging.stop(stop)
    assert reviewed not in [one.session for one in waiting]
    ((*proposed,),) = await charging.proposals()
    assert set(proposed) == {one.session for one in waiting}


async def test_a_stop_for_review_that_comes_again_is_kept_as_a_repetition(charging: Charging) -> None:
    stop = report_stop(station=charging.station, transaction_id=4_711, meter=Energy.wh(9), time=_after(1))
    assert await charging.stop(stop) == await charging.stop(stop)
    async with charging.memory.transactions(charging.scope) as work:
        (kept,) = await work.station_reports.latest(charging.station, limit=9)
    assert kept.content == stop.content


async def test_stops_that_disagree_change_the_session_once(charging: Charging) -> None:
    started = await charging.start()
    stops = [
        report_stop(
            station=charging.station,
            transaction_id=started.transaction_id,
            meter=Energy.wh(wh),
            time=_after(1),
        )
        for wh in (9_000, 9_001, 9_001, 9_002)
    ]
    for stop in stops:
        await charging.stop(stop)
    ended = await charging.session(started.session)
    assert Doubt.STOPS_DISAGREE in ended.doubts
    assert ended.version == 2


def test_a_doubt_about_an_estimated_end_goes_with_it() -> None:
    session = make_active(meter_last_at=later(hours=-1))
    estimated = session.end_estimated(told(None), "Superseded")
    assert Doubt.ENDED_BEFORE_IT_STARTED in estimated.doubts
    real = estimated.corrected_by(
        report_stop(meter=session.meter_last, time=told(later(hours=1).isoformat()))
    )
    assert not real.doubts & {Doubt.ENDED_BEFORE_IT_STARTED, Doubt.STOP_ESTIMATED}


async def _set_aside(charging: Charging, answer: StartAnswer) -> None:
    """Ended for silence, and found to be none by somebody."""
    running = await charging.session(answer.session)
    assert isinstance(running, ActiveSession)
    ended = running.end_estimated(_after(1), "Stalled").discard(at=later(hours=1))
    async with charging.memory.transactions(charging.scope) as work:
        await work.sessions.replace(ended)


async def test_what_was_set_aside_stays_so_when_its_stop_comes_after_all(charging: Charging) -> None:
    started = await charging.start()
    await _set_aside(charging, started)
    stop = report_stop(
        station=charging.station,
        transaction_id=started.transaction_id,
        meter=Energy.wh(9_000),
        time=_after(2),
    )
    session = await charging.session(await charging.stop(stop))
    assert isinstance(session, EndedSession)
    assert (session.id, session.meter_stop) == (started.session, Energy.wh(9_000))
    assert (session.discarded, session.open_doubts) == (True, frozenset())


async def test_a_stop_without_a_number_is_not_of_what_was_set_aside(charging: Charging) -> None:
    aside = await charging.start()
    await _set_aside(charging, aside)
    stop = report_stop(station=charging.station, meter=Energy.wh(9_000), time=_after(2))
    assert await charging.stop(stop) != aside.session


async def test_a_start_sent_again_is_answered_as_it_is_on_record(charging: Charging) -> None:
    """The session that spoke against it has ended meanwhile; the record says ConcurrentTx all the same."""
    token = make_token(tenant=charging.scope.tenant, concurrent=False)
    async with charging.memory.transactions(charging.scope) as work:
        await work.tokens.add(token)
    elsewhere = attrs.evolve(charging, station=make_station().id)
    running = await charging.start(id_tag=token.id_tag, time=_after(0))
    started = {"id_tag": token.id_tag, "time": _after(1)}
    refused = await elsewhere.start(**started)
    assert refused.authorization.status is AuthorizationStatus.CONCURRENT
    stop = report_stop(station=charging.station, transaction_id=running.transaction_id, time=_after(2))
    await charging.stop(stop)
    assert await elsewhere.start(**started) == refused
