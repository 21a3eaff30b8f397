"""What a fleet of simulated stations is to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from emobility_adapters.ocpp.simulation.kinds import AC_22, ConnectorKind


@attrs.frozen
class FleetPlan:
    """Parameters of a run; each scenario takes what concerns it.

    `rate` is stations begun per second (None: all at once). `identities` is a format string with the
    station's number `n` from 1. `key` serves all stations that `keys` does not name. `id_tags` are
    taken in turn. Each station plays `sessions` sessions of `session_s` station seconds with
    `meter_values` samples, `speed` times faster than real time. `copies` is how often a repeated
    start or stop is sent; `days_back` how far the offline sessions lie in the past.
    """

    stations: int = 1
    rate: float | None = None
    identities: str = "SIM-{n:04}"
    id_tags: tuple[str, ...] = ("SIMTAG-0001",)
    key: str | None = None
    keys: Mapping[str, str] = attrs.field(factory=dict)
    connectors: tuple[ConnectorKind, ...] = (AC_22,)
    sessions: int = 1
    session_s: float = 1800.0
    meter_values: int = 10
    speed: float = 600.0
    copies: int = 3
    days_back: float = 2.0
    seed: int = 1
    answer_within_s: float = 60.0
    open_within_s: float = 60.0

    def identity(self, number: int) -> str:
        """Of the station with `number`, from 1."""
        return self.identities.format(n=number)

    def key_of(self, identity: str) -> str | None:
        return self.keys.get(identity, self.key)

    def id_tag(self, number: int, session: int = 0) -> str:
        """The tag of a station's session, each from 0."""
        return self.id_tags[(number + session) % len(self.id_tags)]

    def start(self, now: datetime) -> datetime:
        """Where the station's clock begins, so that the planned sessions end by now."""
        return now - timedelta(seconds=(self.sessions + 1) * (self.session_s + 60))
