"""Values for which a silent session would run on are kept also where another begins on its connector."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from emobility_adapters.memory import MemoryRunningSessions, MemoryStore, MemoryTariffs, MemoryTokens
from emobility_core.charging import (
    ChargingTools,
    ChargingWork,
    ConnectorHasSession,
    ReportReadings,
    TimedSamples,
    record_readings,
    record_start,
)
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_station, make_tenant, report_start, told
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import Scope


async def test_a_connector_taken_meanwhile_is_looked_at_once_more() -> None:
    memory, tenant = MemoryStore(), make_tenant()
    async with memory.transactions(scope_of(tenant, "test")) as work:
        await work.tenants.add(tenant)
    scope, station = scope_of(tenant, "test"), make_station().id
    refusals: list[int] = []

    @asynccontextmanager
    async def taken_once(scope: Scope) -> AsyncIterator[ChargingWork]:
        """Refuse the first unit on leaving it, as storage does that learns of the other session there."""
        async with memory.transactions(scope) as work:
            yield work
            if refusals:
                raise ConnectorHasSession(station, refusals.pop())

    tools = ChargingTools(
        transactions=taken_once,
        tokens=MemoryTokens(memory),
        tariffs=MemoryTariffs(memory),
        running=MemoryRunningSessions(memory),
        ids=SeededIds(),
    )
    session = (await record_start(report_start(station=station), scope=scope, tools=tools)).session
    refusals.append(1)
    sample = TimedSamples(told(NOON.isoformat()), [{"value": "400"}], '[{"value":"400"}]')
    report = ReportReadings(station=station, connector=1, transaction_id=None, values=[sample], message="m")
    await record_readings(report, scope=scope, tools=tools)
    assert refusals == []
    async with memory.transactions(scope) as work:
        assert len(await work.meter_readings.of_session(session)) == 1
