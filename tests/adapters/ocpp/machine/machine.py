"""The machine: everything that a station does to a line, a queue and a clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ..messages import status
from .backend import BLOCKED, UNKNOWN, WELCOME, Backend, Fault
from .ledger import compare
from .paper import Charge, Clock, Fate, Message, Paper, text_of
from .station import PlayedStation

# How often a station does what.
DEEDS = {
    "send_into": 2,
    "tell_everything": 1,
    "give_up": 1,
    "lose_the_line": 2,
    "tell_a_status": 1,
    "reboot": 1,
    "restart_the_server": 1,
    "charge": 10,
    "send": 16,
}
WATTS = [0, 1_400, 11_000]
TAGS = [WELCOME, WELCOME, BLOCKED, UNKNOWN]
FATES = [Fate.ANSWERED, Fate.ANSWERED, Fate.ANSWERED, *Fate]
CLOCKS = [*[Clock.RIGHT] * 4, *Clock]

# Hypothesis prefers few values to many, and stations do not: each deed has a chance of its own, which
# decides evenly. What is left of a failure is the shortest list of them.
chances = st.builds(Random, st.integers(0, 2**32))


class StationMachine(RuleBasedStateMachine):
    """One station of its own in a backend that others have used before."""

    runner: asyncio.Runner
    backend: Backend
    tally: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        runner, backend = self.runner, self.backend
        self.paper = Paper()
        self.record = runner.run(backend.new_station())
        self.station = PlayedStation(backend, self.record.identity.text, self.paper)
        self.clock = Clock.RIGHT
        self.booted = backend.clock.now()
        self.numbers = 0
        self.ids_repeat = True
        self.changed = False

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize(ids_repeat=st.booleans(), boots=st.booleans())
    def it_is_put_up(self, ids_repeat: bool, boots: bool) -> None:
        self.ids_repeat = ids_repeat
        if boots:
            self.run(self.station.boot())

    # One rule, since Hypothesis leaves rules out at random, and a station that never charges proves nothing.
    @rule(day=st.lists(chances, min_size=10, max_size=25))
    def a_day_passes(self, day: list[Random]) -> None:
        for chance in day:
            (name,) = chance.choices(list(DEEDS), list(DEEDS.values()))
            self.tally[name] += 1
            getattr(self, name)(chance)

    @invariant()
    def the_ledger_is_what_stands_on_paper(self) -> None:
        if self.changed and not self.paper.in_doubt():
            self.compare()

    def teardown(self) -> None:
        try:
            self.tell_everything()
            self.compare()
        finally:
            self.run(self.station.leave())
        self.tally["stations"] += 1
        self.tally["charges told of"] += sum(charge.started for charge in self.paper.charges)

    def compare(self) -> None:
        self.changed = False
        sessions = self.run(self.backend.sessions(self.record.id))
        self.run(compare(self.paper, sessions, self.backend))

    def charge(self, chance: Random) -> None:
        """A charge begins, or the running one is read or ends, after some minutes at some power."""
        connector, minutes, watts = chance.choice([1, 2]), chance.randint(1, 200), chance.choice(WATTS)
        self.backend.clock.advance(timedelta(minutes=minutes))
        for running in self.paper.running:
            self.paper.meters[running] += minutes * watts // 60
        if connector not in self.paper.running:
            self.begin(connector, chance.choice(TAGS))
        elif chance.random() < 0.6:
            self.read_meter(connector, kilo=chance.random() < 0.5)
        else:
            self.end(connector, "Local")

    def send(self, chance: Random) -> None:
        message, fate = self.next(jumps=chance.random() < 0.2), chance.choice(FATES)
        if message is not None:
            if message.sent:
                self.again(message, fresh_id=chance.random() < 0.5)
            # Whom a stop without a number is meant for is said by what has been told until then.
            sure = fate in (Fate.ANSWERED, Fate.SENT_TWICE) or not message.names_nobody
            self.run(self.station.send(message, fate if sure else Fate.ANSWERED))
            self.changed = True

    def send_into(self, chance: Random) -> None:
        fault = chance.choice([Fault.REFUSES, Fault.FAILS_AFTERWARDS])
        message = self.next(jumps=False)
        if message is not None and not message.names_nobody:
            if message.sent:
                self.again(message, fresh_id=False)
            self.run(self.station.send_into(fault, message))

    def tell_everything(self, _: object = None) -> None:
        while (message := self.next(jumps=False)) is not None:
            if message.sent:
                self.again(message, fresh_id=False)
            self.run(self.station.send(message, Fate.ANSWERED))
        self.changed = True

    def give_up(self, _: object) -> None:
        """After its attempts a station drops a start; the charge goes on without a number."""
        for message in self.paper.waiting:
            if message.action == "StartTransaction" and message.reached:
                self.paper.waiting.remove(message)
                self.paper.odd.add(message.charge.connector)
                self.run(self.station.settled(message.charge, self.record.id))
                self.changed = True
                return

    def lose_the_line(self, chance: Random) -> None:
        self.run(self.station.hang_up())
        if chance.random() < 0.5:
            self.boot()

    def tell_a_status(self, chance: Random) -> None:
        told = status(chance.choice(["Available", "Charging"]), connectorId=chance.choice([0, 1, 2]))
        self.run(self.station.say("StatusNotification", told))

    def reboot(self, chance: Random) -> None:
        charges = chance.choice(["go on", "forget their numbers", "are stopped", "are forgotten"])
        self.run(self.station.leave())
        for connector, charge in list(self.paper.running.items()):
            told = not any(one.charge is charge for one in self.paper.waiting)
            if charges == "are stopped":
                self.end(connector, "PowerLoss")
            elif charges == "are forgotten":
                del self.paper.running[connector]
            elif charges == "forget their numbers" and told:
                charge.number = None
                self.paper.odd.add(connector)
        self.clock, self.booted = chance.choice(CLOCKS), self.backend.clock.now()
        if self.ids_repeat:
            self.numbers = 0
        self.boot()

    def restart_the_server(self, _: object) -> None:
        self.run(self.station.leave())
        self.run(self.backend.restart())

    def begin(self, connector: int, tag: str) -> None:
        told, first = self.tell(), self.paper.meters[connector]
        charge = Charge(connector=connector, tag=tag, clock=self.clock, told=told, first=first)
        self.paper.charges.append(charge)
        self.paper.running[connector] = charge
        payload = {"connectorId": connector, "idTag": tag, "meterStart": first, "timestamp": told}
        self.keep("StartTransaction", payload, charge)

    def read_meter(self, connector: int, *, kilo: bool) -> None:
        register = self.paper.meters[connector]
        value = f"{register / 1000:.3f}" if kilo else str(register)
        sample = {"value": value, "unit": "kWh" if kilo else "Wh"}
        payload = {
            "connectorId": connector,
            "meterValue": [{"timestamp": self.tell(), "sampledValue": [sample]}],
        }
        self.keep("MeterValues", payload, self.paper.running[connector], register)

    def end(self, connector: int, reason: str) -> None:
        charge = self.paper.running.pop(connector)
        charge.stopped, charge.last = self.tell(), self.paper.meters[connector]
        charge.stop_clock = self.clock
        payload = {"meterStop": charge.last, "timestamp": charge.stopped, "idTag": charge.tag}
        self.keep("StopTransaction", {**payload, "reason": reason}, charge)

    def keep(self, action: str, payload: dict[str, Any], charge: Charge, register: int = 0) -> None:
        if self.clock is not Clock.RIGHT:
            self.paper.odd.add(charge.connector)
        self.paper.waiting.append(
            Message(id=self.next_id(), action=action, payload=payload, charge=charge, register=register)
        )

    def next(self, *, jumps: bool) -> Message | None:
        """The message that waits longest, or one that this station sends before the others."""
        deliverable = self.paper.deliverable()
        if not deliverable:
            return None
        message = deliverable[-1 if jumps else 0]
        connector = message.charge.connector
        earlier = self.paper.waiting[: self.paper.waiting.index(message)]
        if any(one.charge.connector == connector for one in earlier):
            self.paper.disordered.add(connector)
            message.charge.repeated = True
        return message

    def again(self, message: Message, fresh_id: bool) -> None:
        charge = message.charge
        charge.repeated |= fresh_id
        if fresh_id:
            message.id = self.next_id()
            if message.action == "StartTransaction" and charge.clock is Clock.UNSET:
                charge.copies += 1

    def boot(self) -> None:
        """What a station without a clock says again after this is, for all we know, another thing."""
        for message in self.paper.waiting:
            if message.action == "StartTransaction" and message.sent and message.charge.clock is Clock.UNSET:
                message.charge.copies += 1
        self.run(self.station.boot())
        self.changed = True

    def next_id(self) -> str:
        self.numbers += 1
        return str(self.numbers) if self.ids_repeat else f"{self.record.identity.text}-{self.numbers}"

    def tell(self) -> str:
        """The time that the station's clock shows, a second after all that it has told."""
        now = self.backend.clock.advance(timedelta(seconds=1))
        match self.clock:
            case Clock.RIGHT:
                return text_of(now)
            case Clock.AHEAD:
                return text_of(now + timedelta(hours=2))
            case Clock.UNSET:
                return text_of(datetime(1970, 1, 1, tzinfo=UTC) + (now - self.booted))


def playing(on_runner: asyncio.Runner, in_backend: Backend) -> type[StationMachine]:
    """The machine in this backend, each example with a station of its own."""

    class Playing(StationMachine):
        runner = on_runner
        backend = in_backend

    Playing.tally = Counter()
    return Playing
