"""Whatever a station reports, in whatever order and however often, against a plain model of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from emobility_adapters.memory import MemoryRunningSessions, MemoryStore, MemoryTariffs, MemoryTokens
from emobility_core.charging import (
    ActiveSession,
    AuthorizationStatus,
    ChargingTools,
    Doubt,
    EndedSession,
    ReportStart,
    ReportStop,
    record_readings,
    record_start,
    record_stop,
)
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    make_station,
    make_tenant,
    make_token,
    report_readings,
    report_start,
    report_stop,
    told,
)
from emobility_core.testing.clock import FrozenClock, SeededIds

GOOD, BLOCKED, UNKNOWN = IdTag("GOOD"), IdTag("BLOCKED"), IdTag("UNKNOWN")
tags = st.sampled_from([GOOD, BLOCKED, UNKNOWN])
connectors = st.integers(1, 2)
registers = st.integers(0, 50_000)


@attrs.define
class Modelled:
    """A session as anyone would keep it on paper; registers in Wh."""

    start: ReportStart | None
    number: int
    begun: Instant
    first: int | None
    highest: int | None
    state: str = "active"
    last: int | None = None
    stop: ReportStop | None = None
    disagreed: bool = False

    @property
    def connector(self) -> int:
        return 0 if self.start is None else self.start.connector

    def estimate(self) -> None:
        self.state, self.last = "estimated", self.highest

    def end(self, stop: ReportStop) -> None:
        if self.state == "stopped":
            assert self.stop is not None
            known = (self.stop.time.reported, self.stop.meter)
            self.disagreed |= (stop.time.reported, stop.meter) != known
            return
        self.state, self.stop, self.last = "stopped", stop, self.final(stop)

    def final(self, stop: ReportStop) -> int | None:
        reported = None if stop.meter is None else stop.meter.mwh // 1000
        if reported is None:
            return self.highest
        repeats_the_start = self.first is not None and reported == self.first
        if repeats_the_start and self.highest is not None and self.highest > reported:
            return self.highest
        return reported

    @property
    def delivered(self) -> int | None:
        if self.first is None or self.last is None or self.last < self.first:
            return None
        return self.last - self.first


def _wh(value: int | None) -> Energy | None:
    return None if value is None else Energy.wh(value)


class SessionMachine(RuleBasedStateMachine):
    starts = Bundle("starts")
    stops = Bundle("stops")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.memory = MemoryStore()
        self.clock = FrozenClock()
        self.tenant = make_tenant()
        self.scope = scope_of(self.tenant, "machine")
        self.station = make_station(tenant=self.tenant.id)
        self.tools = ChargingTools(
            transactions=self.memory.transactions,
            tokens=MemoryTokens(self.memory),
            tariffs=MemoryTariffs(self.memory),
            running=MemoryRunningSessions(self.memory),
            ids=SeededIds(1_000_000),
        )
        self.model: dict[Any, Modelled] = {}
        self.readings = 0
        self.message = 0

    def teardown(self) -> None:
        self.runner.close()

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def tokens_are_known(self) -> None:
        async def store() -> None:
            async with self.memory.transactions(self.scope) as work:
                await work.tenants.add(self.tenant)
                await work.stations.add(self.station)
                await work.tokens.add(make_token(tenant=self.tenant.id, id_tag=GOOD))
                await work.tokens.add(make_token(tenant=self.tenant.id, id_tag=BLOCKED, blocked=True))

        self.run(store())

    @rule(minutes=st.integers(1, 600))
    def time_goes_by(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule(
        target=starts,
        connector=connectors,
        tag=tags,
        meter=st.none() | registers,
        minutes_ago=st.sampled_from([0, 0, 0, 5, 300]),
        has_clock=st.sampled_from([True, True, False]),
    )
    def a_session_starts(
        self, connector: int, tag: IdTag, meter: int | None, minutes_ago: int, has_clock: bool
    ) -> ReportStart:
        self.message += 1
        # Each message a second apart, so that no two are the same by accident.
        now = self.clock.advance(timedelta(seconds=1))
        at = Instant(now - timedelta(minutes=minutes_ago))
        report = report_start(
            station=self.station.id,
            connector=connector,
            id_tag=tag,
            meter=_wh(meter),
            time=told(at.isoformat() if has_clock else "1970-01-01T00:00:40Z", received=now),
            message=f"{self.message}/digest",
        )
        self.record_start(report)
        return report

    @rule(start=starts)
    def the_start_is_sent_again(self, start: ReportStart) -> None:
        time = told(start.time.reported, received=self.clock.now())
        self.record_start(attrs.evolve(start, time=time))

    def record_start(self, report: ReportStart) -> None:
        answer = self.run(record_start(report, scope=self.scope, tools=self.tools))
        expected = {
            GOOD: AuthorizationStatus.ACCEPTED,
            BLOCKED: AuthorizationStatus.BLOCKED,
            UNKNOWN: AuthorizationStatus.INVALID,
        }
        assert answer.authorization.status is expected[report.id_tag]
        known = self.known(report)
        if known is not None:
            assert self.model[answer.session] is known
            assert answer.transaction_id == known.number
            return
        assert answer.session not in self.model, "a new start was taken for another"
        meter = None if report.meter is None else report.meter.mwh // 1000
        begun = Modelled(report, answer.transaction_id, report.time.at, meter, meter)
        for running in self.active():
            if running.connector == report.connector:
                (begun if begun.begun < running.begun else running).estimate()
        self.model[answer.session] = begun

    def known(self, report: ReportStart) -> Modelled | None:
        """The session of a start that is told again; without a clock only one that still runs."""
        for one in self.model.values():
            same = one.start is not None and one.start.message == report.message
            if same and (report.time.trusted or one.state == "active"):
                return one
        return None

    def active(self) -> list[Modelled]:
        return [one for one in self.model.values() if one.state == "active"]

    @rule(
        connector=connectors,
        values=st.lists(registers, min_size=1, max_size=3),
        sent=st.sampled_from([1, 1, 2]),
        data=st.data(),
    )
    def the_meter_reports(self, connector: int, values: list[int], sent: int, data: st.DataObject) -> None:
        numbers = [one.number for one in self.model.values()]
        number = data.draw(st.sampled_from([None, 7, *numbers]))
        report = report_readings(
            values,
            at=self.clock.now(),
            station=self.station.id,
            connector=connector,
            transaction_id=number,
        )
        for _ in range(sent):
            self.run(record_readings(report, scope=self.scope, tools=self.tools))
        # A number of a session past, of nobody, or none: what runs on the connector is meant.
        named = [one for one in self.active() if one.number == number]
        past = [one for one in self.model.values() if one.start is not None and one.number == number]
        linked = bool(named or past or [one for one in self.active() if one.connector == connector])
        self.readings += len(values) * (1 if linked else sent)
        for session in named or [one for one in self.active() if one.connector == connector]:
            for value in values:
                if session.state == "active" and (session.highest is None or value >= session.highest):
                    session.highest = value

    @rule(target=stops, data=st.data(), meter=st.none() | registers, tag=st.none() | tags)
    def a_session_stops(self, data: st.DataObject, meter: int | None, tag: IdTag | None) -> Any:
        begun = [one for one in self.model.values() if one.start is not None]
        if not begun:
            return multiple()
        session = data.draw(st.sampled_from(begun))
        stop = self.stop(session.number, meter, tag)
        self.record_stop(stop)
        session.end(stop)
        return stop

    @rule(target=stops, meter=st.none() | registers, tag=st.none() | tags)
    def a_stop_names_no_transaction(self, meter: int | None, tag: IdTag | None) -> Any:
        stop = self.stop(None, meter, tag)
        # What runs is meant; where none of that fits, one of the newest ten that wait for their stop.
        waiting = [one for one in self.model.values() if one.state == "estimated"][-10:]
        fitting = self.fitting(self.active(), stop) or self.fitting(waiting, stop)
        session = self.record_stop(stop)
        if len(fitting) == 1:
            assert self.model[session] is fitting[0]
            fitting[0].end(stop)
        else:
            self.is_for_review(session, stop)
        return stop

    @staticmethod
    def fitting(sessions: list[Modelled], stop: ReportStop) -> list[Modelled]:
        meter = None if stop.meter is None else stop.meter.mwh // 1000
        return [
            one
            for one in sessions
            if (stop.id_tag is None or one.start is None or stop.id_tag == one.start.id_tag)
            and one.begun <= stop.time.at
            and (one.first is None or meter is None or one.first <= meter)
        ]

    @rule(target=stops, meter=st.none() | registers, tag=st.none() | tags)
    def a_stop_names_a_transaction_that_never_was(self, meter: int | None, tag: IdTag | None) -> ReportStop:
        stop = self.stop(7, meter, tag)
        self.is_for_review(self.record_stop(stop), stop)
        return stop

    @rule(stop=stops)
    def the_stop_is_sent_again(self, stop: ReportStop) -> None:
        before = self.stored()
        time = told(stop.time.reported, received=self.clock.now())
        session = self.record_stop(attrs.evolve(stop, time=time))
        self.model[session].end(stop)
        after = self.stored()
        assert before.keys() == after.keys()
        assert {id: one.delivered for id, one in before.items()} == {
            id: one.delivered for id, one in after.items()
        }

    def stop(self, number: int | None, meter: int | None, tag: IdTag | None) -> ReportStop:
        now = self.clock.advance(timedelta(seconds=1))
        return report_stop(
            station=self.station.id,
            transaction_id=number,
            meter=_wh(meter),
            id_tag=tag,
            time=told(now.isoformat(), received=now),
        )

    def record_stop(self, stop: ReportStop) -> Any:
        return self.run(record_stop(stop, scope=self.scope, tools=self.tools)).session

    def is_for_review(self, session: Any, stop: ReportStop) -> None:
        assert session not in self.model
        last = None if stop.meter is None else stop.meter.mwh // 1000
        self.model[session] = Modelled(
            None, 0, stop.time.at, None, None, state="stopped", last=last, stop=stop
        )

    def stored(self) -> dict[Any, ActiveSession | EndedSession]:
        return dict(self.memory.tables["sessions"])

    @invariant()
    def each_start_and_each_stray_stop_is_one_session(self) -> None:
        assert self.stored().keys() == self.model.keys()

    @invariant()
    def sessions_stand_where_the_model_has_them(self) -> None:
        for id, session in self.stored().items():
            expected = self.model[id]
            if expected.state == "active":
                assert isinstance(session, ActiveSession)
                assert session.meter_last == _wh(expected.highest)
                continue
            assert isinstance(session, EndedSession)
            assert session.estimated == (expected.state == "estimated")
            assert session.meter_stop == _wh(expected.last)
            assert session.delivered == _wh(expected.delivered)
            assert (Doubt.STOP_ESTIMATED in session.doubts) == session.estimated
            assert (Doubt.STOPS_DISAGREE in session.doubts) == expected.disagreed
            assert (Doubt.START_MISSING in session.doubts) == (expected.start is None)

    @invariant()
    def a_connector_has_one_running_session_at_most(self) -> None:
        running = [one.connector for one in self.active()]
        assert len(running) == len(set(running))

    @invariant()
    def every_reading_is_kept_once(self) -> None:
        kept = self.memory.tables["meter readings"].values()
        assert sum(len(readings) for readings in kept) == self.readings

    @invariant()
    def each_session_is_announced_once(self) -> None:
        async def types() -> list[str]:
            feed = await self.memory.feed.after(0, scope=self.scope, limit=10_000)
            return [entry.event.type for entry in feed]

        heard = self.run(types())
        assert heard.count("session.started") == sum(one.start is not None for one in self.model.values())
        assert heard.count("session.ended") == sum(one.state != "active" for one in self.model.values())


TestSessionMachine = SessionMachine.TestCase
TestSessionMachine.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
