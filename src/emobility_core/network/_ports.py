"""What the network needs from outside."""

from __future__ import annotations

from typing import Protocol

import attrs

from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network._exchange import Exchange, ExchangeQuery, FrameKind
from emobility_core.network._reports import StationReport
from emobility_core.network._security import SecurityProfile
from emobility_core.network._state import ConnectorState, StationState
from emobility_core.network._station import Station, StationIdentity


class StationStates(Protocol):
    """The living side of stations, one state each; writing is last-writer-wins per station."""

    async def find(self, station: StationId) -> StationState | None: ...

    async def of(self, *stations: StationId) -> list[StationState]:
        """The states of those of these stations that have one, in the order of their ids."""
        ...

    async def put(self, state: StationState) -> None: ...

    async def away_since(self, before: Instant) -> list[StationState]:
        """Stations that are offline, were last seen before that, and of which no alarm tells yet."""
        ...

    async def online(self) -> list[StationState]:
        """All stations that are said to be online."""
        ...


class Connectors(Protocol):
    """Connector states, unique by station and number."""

    async def find(self, station: StationId, number: int) -> ConnectorState | None: ...

    async def of(self, *stations: StationId) -> list[ConnectorState]:
        """All connectors of stations, by station and number."""
        ...

    async def put(self, state: ConnectorState) -> None:
        """Store the connector's state under its id; the first one of a number makes it known."""
        ...


class StationReports(Protocol):
    """An append-only log."""

    async def add(self, report: StationReport) -> None: ...

    async def latest(self, station: StationId, *, limit: int) -> list[StationReport]:
        """Newest first."""
        ...


@attrs.frozen(kw_only=True)
class LineProof:
    """What a line has shown of itself: its profile, the digest of the key it proved, the certificate (DER)
    that it proved to hold."""

    profile: SecurityProfile
    key_digest: str | None = None
    certificate: bytes | None = None


@attrs.frozen(kw_only=True)
class KnownStation:
    """A station that may connect, with its tenant's place in the tree; once it is let in, its proof."""

    station: Station
    path: str
    proof: LineProof = LineProof(profile=SecurityProfile.UNSECURED)


class StationDirectory(Protocol):
    """The stations by the name under which they connect, over all tenants."""

    async def find(self, identity: StationIdentity) -> KnownStation | None:
        """Return the station, or None; raises `Unavailable`, never guesses."""
        ...


class StationFrames(Protocol):
    """The raw frames of one station, append-only. None is stored later than the report that it carries."""

    def append(
        self,
        *,
        inbound: bool,
        frame: str,
        at: Instant,
        kind: FrameKind = FrameKind.STRAY,
        action: str | None = None,
        answers: int | None = None,
    ) -> int:
        """Keep a frame; nobody waits until it is stored.

        `answers` is the number of the exchange that the frame ends; any other one begins an exchange, whose
        number comes back. Numbers rise, also within one microsecond.
        """
        ...

    async def room(self) -> None:
        """Return once so few frames wait to be stored that memory stays bounded."""
        ...


class FrameLog(Protocol):
    """Raw frames of all stations."""

    def of(self, station: Station) -> StationFrames: ...


class Exchanges(Protocol):
    """Reads what `FrameLog` has kept, within a scope."""

    async def page(self, query: ExchangeQuery) -> list[Exchange]:
        """In the order of their numbers."""
        ...

    async def forget(self, before: Instant, *, limit: int) -> int:
        """Drop the oldest frames that were kept before an instant, `limit` at most; return how many."""
        ...
