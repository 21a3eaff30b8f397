"""How a server treats the stations' traffic: what it is told when it starts, beside where it listens."""

from __future__ import annotations

from datetime import timedelta

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class ImpossiblePace(Invalid):
    """A setting of how stations or clients are treated lies outside what works.

    Remedy: give a whole number, or a time such as 5m, that is larger than zero; a heartbeat is at least 10s.
    """

    code = "impossible-pace"
    setting: str


@attrs.frozen(kw_only=True)
class Operating:
    """`heartbeat` is how often a station beats, each one up to `heartbeat_spread` later. A station says
    `station_rate` messages a second in the long run. `handshakes` are under way at once. At a restart
    `drain_rate` lines close a second, and all within `drain_within`.
    """

    heartbeat: timedelta = timedelta(minutes=5)
    heartbeat_spread: timedelta = timedelta(minutes=1)
    station_rate: int = 30
    handshakes: int = 64
    drain_rate: int = 100
    drain_within: timedelta = timedelta(minutes=1)

    def __attrs_post_init__(self) -> None:
        for name in ("station_rate", "handshakes", "drain_rate"):
            if getattr(self, name) < 1:
                raise ImpossiblePace(name)
        if self.heartbeat < timedelta(seconds=10):
            raise ImpossiblePace("heartbeat")
        for name in ("heartbeat_spread", "drain_within"):
            if getattr(self, name) < timedelta(0):
                raise ImpossiblePace(name)
