"""What a station did, as anybody would keep it on paper: charges, and the messages that tell of them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import attrs


class Clock(Enum):
    """What a station's clock shows; without one it counts from 1970 at each boot."""

    RIGHT = "right"
    AHEAD = "two hours ahead"
    UNSET = "unset"


class Fate(Enum):
    """What becomes of a message that is sent."""

    ANSWERED = "answered"
    SENT_TWICE = "sent twice"
    HUNG_UP = "the line is closed before the answer is read"
    CUT = "the line breaks, and nobody knows where the message is"
    HALF_OPEN = "the line seems dead, and the station opens another"


@attrs.define(eq=False, kw_only=True)
class Charge:
    """A charge as it was: registers in Wh, times in the station's own words.

    `started` and `ended` say that we have certainly been told, `number` is what the station knows of our
    number, `heard` what it was once told. Of a `vague` charge the station has told too little to be sure.
    """

    connector: int
    tag: str
    clock: Clock
    told: str
    first: int
    started: bool = False
    number: int | None = None
    heard: int | None = None
    ended: bool = False
    vague: bool = False
    by_guess: bool = False
    copies: int = 0
    reported: list[int] = attrs.field(factory=list)
    repeated: bool = False
    last: int | None = None
    stopped: str = ""
    stop_clock: Clock = Clock.RIGHT

    @property
    def has_sound_times(self) -> bool:
        return self.clock is Clock.RIGHT and self.stop_clock is Clock.RIGHT


@attrs.define(eq=False, kw_only=True)
class Message:
    """A transaction message that waits for its answer. `sent`: it may have been taken already."""

    id: str
    action: str
    payload: dict[str, Any]
    charge: Charge
    register: int = 0
    sent: bool = False
    reached: bool = False

    @property
    def names_nobody(self) -> bool:
        """A stop of which the station does not know the number."""
        return self.action == "StopTransaction" and self.charge.number is None

    def frame(self) -> list[Any]:
        payload = dict(self.payload)
        if self.action != "StartTransaction":
            payload["transactionId"] = -1 if self.charge.number is None else self.charge.number
        return [2, self.id, self.action, payload]


@attrs.define(kw_only=True)
class Paper:
    """All charges, what still waits to be told, and where the order or the clock allows a doubt."""

    charges: list[Charge] = attrs.field(factory=list)
    waiting: list[Message] = attrs.field(factory=list)
    running: dict[int, Charge] = attrs.field(factory=dict)
    meters: dict[int, int] = attrs.field(factory=lambda: {1: 5_000, 2: 70_000})
    odd: set[int] = attrs.field(factory=set)
    disordered: set[int] = attrs.field(factory=set)
    strays: list[Charge] = attrs.field(factory=list)

    def deliverable(self) -> list[Message]:
        """A station sends nothing of a charge before it has done with its start."""
        starting = {id(one.charge) for one in self.waiting if one.action == "StartTransaction"}
        return [
            one for one in self.waiting if one.action == "StartTransaction" or id(one.charge) not in starting
        ]

    def in_doubt(self) -> bool:
        return any(message.sent for message in self.waiting)

    def takes(self, message: Message) -> None:
        """We have been told: what follows on paper."""
        charge = message.charge
        if message.reached:
            return
        message.reached = True
        if message.action == "StartTransaction":
            charge.started = True
        elif message.action == "MeterValues":
            charge.reported.append(message.register)
        elif charge.number is not None:
            charge.ended = True
        else:
            self._guess(charge)

    def _guess(self, charge: Charge) -> None:
        """A stop without a number is that of the one open charge that it can be meant for."""
        others = [
            one
            for one in self.charges
            if one is not charge and not one.ended and one.tag == charge.tag and self._may_be_known(one)
        ]
        in_order = charge.connector not in self.odd | self.disordered
        alone = not others or (in_order and all(one.connector == charge.connector for one in others))
        follows = charge.clock is Clock.RIGHT or charge.stop_clock is not Clock.RIGHT
        self.odd.add(charge.connector)
        if charge.started and alone and follows:
            charge.ended, charge.by_guess = True, True
            return
        for one in (charge, *others):
            one.vague = True
            self.odd.add(one.connector)
        self.strays.append(charge)

    def _may_be_known(self, charge: Charge) -> bool:
        start = [one for one in self.waiting if one.charge is charge and one.action == "StartTransaction"]
        return charge.started or any(one.sent for one in start)


def text_of(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
