"""What states, connectors, reports and commands promise."""

from __future__ import annotations

import attrs

from emobility_core.commands import CommandStatus
from emobility_core.network import ReportKind
from emobility_core.testing.builders import (
    later,
    make_command,
    make_connector,
    make_report,
    make_station,
    make_station_state,
)
from emobility_core.testing.contracts.seeded import Seeded


class StationStatesContract:
    """One state a station."""

    async def test_the_last_state_counts(self, store: Seeded) -> None:
        state = make_station_state(tenant=store.a.id)
        bare = make_station_state(
            tenant=store.a.id, online=False, online_since=None, last_seen_at=None, booted_at=None, boot=None
        )
        async with store.unit() as work:
            await work.station_states.put(state)
            await work.station_states.put(bare)
        gone = attrs.evolve(state, online=False, online_since=None, boots=4)
        async with store.unit() as work:
            assert await work.station_states.find(state.station) == state
            await work.station_states.put(gone)
        async with store.unit() as work:
            assert await work.station_states.find(state.station) == gone
            assert await work.station_states.find(bare.station) == bare

    async def test_a_silent_station_has_no_state(self, store: Seeded) -> None:
        async with store.unit() as work:
            assert await work.station_states.find(make_station().id) is None
            assert await work.station_states.of(make_station().id) == []
            assert await work.station_states.of() == []

    async def test_states_of_several_stations_come_by_station(self, store: Seeded) -> None:
        first, second = (make_station_state(tenant=store.a.id) for _ in range(2))
        for state in (second, first, make_station_state(tenant=store.a.id)):
            async with store.unit() as work:
                await work.station_states.put(state)
        async with store.unit() as work:
            asked = (second.station, first.station, make_station().id, first.station)
            expected = sorted((first, second), key=lambda one: one.station)
            assert await work.station_states.of(*asked) == expected
        async with store.reader(store.c) as work:
            assert await work.station_states.of(first.station, second.station) == []

    async def test_stations_that_are_said_to_be_online_are_listed(self, store: Seeded) -> None:
        online = make_station_state(tenant=store.a.id)
        async with store.unit() as work:
            await work.station_states.put(online)
            await work.station_states.put(make_station_state(tenant=store.a.id, online=False))
        async with store.reader() as work:
            assert await work.station_states.online() == [online]
        async with store.reader(store.c) as work:
            assert await work.station_states.online() == []

    async def test_stations_that_stay_away_are_listed_until_an_alarm_was_raised(self, store: Seeded) -> None:
        away = make_station_state(tenant=store.a.id, online=False, clock_offset_ms=-900)
        told = make_station_state(tenant=store.a.id, online=False, unreachable=True)
        online = make_station_state(tenant=store.a.id)
        for state in (away, told, online):
            async with store.unit() as work:
                await work.station_states.put(state)
        async with store.reader() as work:
            assert await work.station_states.away_since(later(minutes=2)) == [away]
            assert await work.station_states.away_since(later(minutes=1)) == []
        async with store.reader(store.c) as work:
            assert await work.station_states.away_since(later(minutes=2)) == []


class ConnectorsContract:
    """Connector states by station and number."""

    async def test_the_last_status_of_each_connector_counts(self, store: Seeded) -> None:
        first = make_connector(tenant=store.a.id)
        second = make_connector(tenant=store.a.id, station=first.station, number=2, info="x", reported=None)
        whole = make_connector(tenant=store.a.id, station=first.station, number=0)
        for connector in (second, first, whole, make_connector(tenant=store.a.id)):
            async with store.unit() as work:
                await work.connectors.put(connector)
        faulted = attrs.evolve(first, status="Faulted", error_code="GroundFailure", received_at=later(days=1))
        async with store.unit() as work:
            await work.connectors.put(faulted)
        async with store.unit() as work:
            assert await work.connectors.find(first.station, 1) == faulted
            assert await work.connectors.of(first.station) == [whole, faulted, second]

    async def test_connectors_of_several_stations_come_by_station_and_number(self, store: Seeded) -> None:
        first, second = (make_connector(tenant=store.a.id, number=2) for _ in range(2))
        other = make_connector(tenant=store.a.id, station=second.station, number=1)
        for connector in (second, first, other, make_connector(tenant=store.a.id)):
            async with store.unit() as work:
                await work.connectors.put(connector)
        async with store.unit() as work:
            expected = sorted((first, second, other), key=lambda one: (one.station, one.number))
            assert await work.connectors.of(second.station, first.station, second.station) == expected
            assert await work.connectors.of() == []
        async with store.reader(store.c) as work:
            assert await work.connectors.of(first.station, second.station) == []

    async def test_an_unheard_of_connector_has_no_state(self, store: Seeded) -> None:
        async with store.unit() as work:
            assert await work.connectors.find(make_station().id, 1) is None
            assert await work.connectors.of(make_station().id) == []


class StationReportsContract:
    """An append-only log of reports."""

    async def test_reports_come_back_equal_newest_first(self, store: Seeded) -> None:
        first = make_report(tenant=store.a.id, content={"nested": {"list": [1, "ü", None, True]}})
        second = make_report(tenant=store.a.id, station=first.station, kind=ReportKind.BOOT, connector=None)
        async with store.unit() as work:
            await work.station_reports.add(first)
        async with store.unit() as work:
            await work.station_reports.add(second)
            await work.station_reports.add(make_report(tenant=store.a.id))
        async with store.reader() as work:
            assert await work.station_reports.latest(first.station, limit=9) == [second, first]
            assert await work.station_reports.latest(first.station, limit=1) == [second]

    async def test_reports_of_foreign_stations_are_not_seen(self, store: Seeded) -> None:
        report = make_report(tenant=store.a.id)
        async with store.unit() as work:
            await work.station_reports.add(report)
        async with store.reader(store.c) as work:
            assert await work.station_reports.latest(report.station, limit=9) == []


class CommandsContract:
    """Commands that are under way. What they share with all records is promised there."""

    async def test_commands_that_await_their_effect_are_listed_oldest_first(self, store: Seeded) -> None:
        station = make_station().id
        by_status = {
            status: make_command(tenant=store.a.id, station=station, status=status)
            for status in CommandStatus
        }
        async with store.unit() as work:
            for command in reversed(by_status.values()):
                await work.commands.add(command)
            await work.commands.add(make_command(tenant=store.a.id, status=CommandStatus.SENT))
        async with store.unit() as work:
            waiting = await work.commands.waiting(station)
        assert waiting == [by_status[CommandStatus.SENT], by_status[CommandStatus.ACCEPTED]]

    async def test_open_commands_past_their_deadline_are_overdue(self, store: Seeded) -> None:
        by_status = {status: make_command(tenant=store.a.id, status=status) for status in CommandStatus}
        deadline = later(minutes=5)
        async with store.unit() as work:
            for command in by_status.values():
                await work.commands.add(command)
            late = make_command(tenant=store.a.id, deadline=later(minutes=1))
            for command in (make_command(tenant=store.a.id, deadline=later(minutes=9)), late):
                await work.commands.add(command)
        async with store.unit() as work:
            assert await work.commands.overdue(late.deadline, limit=9) == []
            assert await work.commands.overdue(deadline, limit=9) == [late]
            first, *overdue = await work.commands.overdue(later(deadline, seconds=1), limit=9)
            assert await work.commands.overdue(later(deadline, seconds=1), limit=2) == [late, overdue[0]]
        assert first == late
        assert {one.status for one in overdue} == {
            CommandStatus.QUEUED,
            CommandStatus.SENT,
            CommandStatus.ACCEPTED,
        }

    async def test_foreign_commands_are_neither_waiting_nor_overdue(self, store: Seeded) -> None:
        command = make_command(tenant=store.c.id, status=CommandStatus.SENT)
        async with store.unit(store.c) as work:
            await work.commands.add(command)
        async with store.unit() as work:
            assert await work.commands.waiting(command.station) == []
            assert await work.commands.overdue(later(days=1), limit=9) == []
