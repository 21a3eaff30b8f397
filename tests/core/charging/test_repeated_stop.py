"""A repeated stop means the session that it ended, whatever runs by then."""

from emobility_adapters.memory import MemoryStore, MemoryTariffs, MemoryTokens
from emobility_core.charging import (
    ActiveSession,
    ChargingTools,
    Doubt,
    TimedSamples,
    record_start,
    record_stop,
)
from emobility_core.energy import Energy
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    later,
    make_active,
    make_station,
    make_tenant,
    report_start,
    report_stop,
    told,
)
from emobility_core.testing.clock import NOON, SeededIds


async def test_a_stop_without_a_number_sent_again_ends_no_other_session() -> None:
    memory, tenant = MemoryStore(), make_tenant()
    scope = scope_of(tenant, "test")
    tools = ChargingTools(
        transactions=memory.transactions,
        tokens=MemoryTokens(memory),
        tariffs=MemoryTariffs(memory),
        ids=SeededIds(),
    )
    async with memory.transactions(scope) as work:
        await work.tenants.add(tenant)
    station = make_station().id
    stop = report_stop(
        station=station,
        meter=Energy.wh(9_000),
        time=told(later(hours=1).isoformat(), received=later(hours=1)),
    )
    first = await record_start(report_start(station=station), scope=scope, tools=tools)
    ended = await record_stop(stop, scope=scope, tools=tools)
    # The other connector's start was kept back without a line and is older than the stop.
    other = await record_start(
        report_start(station=station, connector=2, time=told(NOON.isoformat(), received=later(hours=2))),
        scope=scope,
        tools=tools,
    )
    again = await record_stop(stop, scope=scope, tools=tools)
    assert ended.session == again.session == first.session
    async with memory.transactions(scope) as work:
        assert isinstance(await work.sessions.get(other.session), ActiveSession)


async def test_a_stop_sent_again_keeps_its_samples_once() -> None:
    memory, tenant = MemoryStore(), make_tenant()
    scope = scope_of(tenant, "test")
    tools = ChargingTools(
        transactions=memory.transactions,
        tokens=MemoryTokens(memory),
        tariffs=MemoryTariffs(memory),
        ids=SeededIds(),
    )
    async with memory.transactions(scope) as work:
        await work.tenants.add(tenant)
    station = make_station().id
    started = await record_start(report_start(station=station), scope=scope, tools=tools)
    time = told(later(hours=1).isoformat(), received=later(hours=1))
    sample = TimedSamples(time, [{"value": "9000"}], '[{"value":"9000"}]')
    stop = report_stop(
        station=station,
        transaction_id=started.transaction_id,
        meter=Energy.wh(9_000),
        time=time,
        values=[sample, sample],
    )
    for _ in range(3):
        await record_stop(stop, scope=scope, tools=tools)
    async with memory.transactions(scope) as work:
        assert len(await work.meter_readings.of_session(started.session)) == 2


def test_a_doubt_about_an_estimated_end_goes_with_it() -> None:
    session = make_active(meter_last_at=later(hours=-1))
    estimated = session.end_estimated(told(None), "Superseded")
    assert Doubt.ENDED_BEFORE_IT_STARTED in estimated.doubts
    real = estimated.corrected_by(
        report_stop(meter=session.meter_last, time=told(later(hours=1).isoformat()))
    )
    assert not real.doubts & {Doubt.ENDED_BEFORE_IT_STARTED, Doubt.STOP_ESTIMATED}
