"""The proof by simulation: whatever is lost, late or gone, the sum of what is drawn stays below the limit.

Stations draw all that they may, their clocks are off by up to the tolerance, messages and answers are lost
or come late, the backend stops for any time and starts again with what it had stored, limits change with
and without notice. Checked at every second: on each phase the sum is at most the limit that was known to
hold for that second at some time within a grant's time and the tolerance before it.
"""

from datetime import timedelta
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emobility_core.smart_charging import LimitStep, Outcome, Strategy
from emobility_core.testing.builders import later
from tests.core.smart_charging.site import (
    ALL,
    TOLERANCE,
    SimulatedSite,
    SimulatedStation,
    always,
    limit_at,
    make_plan,
)

PHASES = st.sampled_from([ALL, ALL, frozenset({0}), frozenset({1}), frozenset({0, 2})])
FAIL_SAFES = 240  # four stations of 60 at most: no limit is ever set below their sum
NUMBERS = st.integers(0, 3)


class LoadMachine(RuleBasedStateMachine):
    site: SimulatedSite

    @initialize(
        phases=st.lists(PHASES, min_size=4, max_size=4),
        fail_safes=st.lists(st.sampled_from([60, 60, 60, 0]), min_size=4, max_size=4),
        drifts=st.lists(st.sampled_from([-30, 30, 0, 17]), min_size=4, max_size=4),
        limit=st.sampled_from([FAIL_SAFES, 300, 640]),
        strategy=st.sampled_from(Strategy),
    )
    def commission(
        self,
        phases: list[frozenset[int]],
        fail_safes: list[int],
        drifts: list[int],
        limit: int,
        strategy: Strategy,
    ) -> None:
        stations = [
            SimulatedStation(make_plan(safe, phases=wired), timedelta(seconds=drift))
            for wired, safe, drift in zip(phases, fail_safes, drifts, strict=True)
        ]
        self.site = SimulatedSite(stations, (always(limit),), strategy=strategy)
        for number in range(2):
            self.begin_session(number)
        self.site.calm_down(4)

    @rule(number=NUMBERS, priority=st.integers(0, 1))
    def begin_session(self, number: int, priority: int = 0) -> None:
        self.site.sessions[f"s{number}"] = (self.site.stations[number].plan.point, priority)

    @rule(number=NUMBERS)
    def end_session(self, number: int) -> None:
        self.site.sessions.pop(f"s{number}", None)

    @rule()
    def decide(self) -> None:
        self.site.step()

    @rule()
    def all_is_well_for_a_while(self) -> None:
        for station in self.site.stations:
            station.online = True
        self.site.calm_down(2)

    @rule(number=NUMBERS)
    def a_message_arrives(self, number: int) -> None:
        station = self.site.stations[number]
        if station.inbox:
            self.site.answers.append((station, station.obey()))

    @precondition(lambda self: self.site.answers)
    @rule(chance=st.integers(0, 3))
    def an_answer_arrives(self, chance: int) -> None:
        station, order = self.site.answers.pop(chance % len(self.site.answers))
        if self.site.standings[station.plan.point].awaited == order:
            self.site.settle(station.plan.point, Outcome.OBEYED)

    @rule(number=NUMBERS, arrives=st.booleans())
    def the_backend_gives_up_waiting(self, number: int, arrives: bool) -> None:
        """The message is lost for good, or comes later all the same, but before any other."""
        station = self.site.stations[number]
        awaited = self.site.standings[station.plan.point].awaited
        if awaited is not None:
            if not arrives and awaited in station.inbox:
                station.inbox.remove(awaited)
            self.site.settle(station.plan.point, Outcome.UNSURE)

    @rule(number=NUMBERS)
    def a_station_refuses(self, number: int) -> None:
        station = self.site.stations[number]
        awaited = self.site.standings[station.plan.point].awaited
        if awaited is not None and list(station.inbox) == [awaited]:
            station.inbox.clear()
            self.site.settle(station.plan.point, Outcome.REFUSED)

    @rule(number=NUMBERS)
    def the_line_breaks_or_heals(self, number: int) -> None:
        self.site.stations[number].online = not self.site.stations[number].online

    @rule(number=NUMBERS)
    def a_station_restarts_with_its_profiles(self, number: int) -> None:
        plan = self.site.stations[number].plan
        self.site.standings[plan.point] = self.site.standings[plan.point].restarted(plan)

    @rule(limit=st.integers(FAIL_SAFES, 700))
    def the_limit_changes_at_once(self, limit: int) -> None:
        self.site.change_limits(always(limit))

    @rule(limit=st.integers(FAIL_SAFES, 700), minutes=st.integers(1, 12), lasts=st.integers(1, 12))
    def the_limit_is_to_change_for_a_while(self, limit: int, minutes: int, lasts: int) -> None:
        now = limit_at(self.site.limits, self.site.now, 0)
        since = later(self.site.now, minutes=minutes)
        until = later(since, minutes=lasts)
        self.site.change_limits(
            always(now),
            LimitStep(since=since, limits=(limit, limit, limit)),
            LimitStep(since=until, limits=(now, now, now)),
        )

    @rule(seconds=st.integers(1, 400), deciding=st.booleans())
    def time_passes(self, seconds: int, deciding: bool) -> None:
        """With a backend that decides each ten seconds, or with none."""
        for second in range(seconds):
            self.site.pass_time(1)
            if deciding and second % 10 == 0:
                self.site.step()
                self.site.exchange()
            self.holds()

    @rule(chance=st.randoms(use_true_random=False), minutes=st.integers(1, 10), bad=st.integers(1, 5))
    def a_line_loses_and_delays(self, chance: Random, minutes: int, bad: int) -> None:
        """Sessions come and go meanwhile; of ten messages and answers `bad` meet with something."""
        for second in range(60 * minutes):
            self.site.pass_time(1)
            number = chance.randrange(4)
            if second % 5 == 0:
                self.site.step()
            if second % 45 == 0:
                (self.begin_session if chance.random() < 0.6 else self.end_session)(number)
            if chance.randrange(10) >= bad:
                self.a_message_arrives(number)
            if self.site.answers and chance.randrange(10) >= bad:
                self.an_answer_arrives(chance.randrange(4))
            if chance.randrange(60) < bad:
                self.the_backend_gives_up_waiting(number, arrives=chance.random() < 0.5)
            self.holds()

    def holds(self) -> None:
        site = self.site
        for phase in range(3):
            assert site.drawn(phase) <= site.permitted(phase)
        for station in site.stations:
            known = site.standings[station.plan.point]
            assert station.draws(site.now) <= known.highest(site.now, TOLERANCE)

    @invariant()
    def the_sum_stays_below_the_limit(self) -> None:
        if hasattr(self, "site"):
            self.holds()


LoadMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_whatever_happens_the_sum_stays_below_the_limit = LoadMachine.TestCase
