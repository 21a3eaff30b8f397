"""What the hot path remembers of stations, so that a message costs no query."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import attrs

from emobility_core.charging import ActiveSession, EndedSession, Session
from emobility_core.ids import SessionId, StationId, parse_id
from emobility_core.network import ConnectorState, StationState
from emobility_core.work import Event, Scope

# Running sessions and the last ended ones, for what stations repeat; older ones are looked up.
REMEMBERED_OF_A_STATION = 16
# Sessions that were touched lately, for the reactions to their events.
REMEMBERED_SESSIONS = 10_000

# Events of units that may be none of this hot path and change what it remembers.
_CHANGED_BESIDE = frozenset({"doubt.resolved", "session.stalled", "station.unreachable"})

# What a station's memory holds.
Kept: TypeAlias = Session | StationState | ConnectorState


@attrs.define
class StationMemory:
    """One station. `complete` says that it has no sessions but these, `last_start` is the last start
    identity of all that it has or had, in their own order."""

    state: StationState | None
    connectors: dict[int, ConnectorState]
    sessions: dict[SessionId, Session]
    complete: bool
    last_start: str = ""

    def within(self, scope: Scope) -> StationMemory:
        """The same for whom it belongs to; nothing for anybody else."""
        records = (self.state, *self.connectors.values(), *self.sessions.values())
        if all(record is None or record.tenant == scope.tenant for record in records):
            return self
        return StationMemory(None, {}, {}, complete=True)

    def keep(self, record: Kept) -> None:
        if isinstance(record, ActiveSession | EndedSession):
            self._keep_session(record)
        elif isinstance(record, StationState):
            self.state = record
        else:
            self.connectors[record.number] = record

    def may_have_started(self, identity: str) -> bool:
        """Whether a session that is not in memory may have this start identity."""
        return not self.complete and identity <= self.last_start

    def _keep_session(self, session: Session) -> None:
        self.last_start = max(self.last_start, session.start_identity)
        if isinstance(session, EndedSession):
            self.sessions.pop(session.id, None)  # those that ended lately stand last
        self.sessions[session.id] = session
        if len(self.sessions) > REMEMBERED_OF_A_STATION:
            self._forget_oldest_ended()

    def _forget_oldest_ended(self) -> None:
        for id, session in self.sessions.items():
            if not isinstance(session, ActiveSession):
                del self.sessions[id]
                self.complete = False
                return


class Live:
    """All stations that this process serves. Only what is durable is kept here."""

    def __init__(self) -> None:
        self._stations: dict[StationId, StationMemory] = {}
        self._lately: OrderedDict[SessionId, Session] = OrderedDict()
        # Of each station those of them; a station remembers fewer, or is not in memory at all.
        self._lately_of: dict[StationId, set[SessionId]] = {}
        self._missed: dict[StationId, int] = {}

    def station(self, station: StationId) -> StationMemory | None:
        return self._stations.get(station)

    async def load(self, station: StationId, read: Callable[[], Awaitable[StationMemory]]) -> StationMemory:
        """Read what is not in memory yet; once more if a change became durable meanwhile."""
        known = None
        while known is None:
            missed = self._missed.get(station, 0)
            read_then = await read()
            if missed == self._missed.get(station, 0):
                return self._stations.setdefault(station, read_then)
            known = self._stations.get(station)
        return known

    def forget(self, stations: Iterable[StationId]) -> None:
        """Drop what may be stale after a conflict; it is read again when needed."""
        for station in stations:
            self._stations.pop(station, None)
            self._miss(station)
            for id in self._lately_of.pop(station, ()):
                del self._lately[id]

    def heed(self, event: Event) -> None:
        """Drop a station whose sessions somebody changed beside the hot path."""
        if event.type in _CHANGED_BESIDE:
            self.forget([StationId(parse_id("sta", str(event.data["station"])))])

    def session(self, id: SessionId) -> Session | None:
        return self._lately.get(id)

    def keep(self, record: Kept) -> None:
        """Take note of what has just become durable."""
        memory = self._stations.get(record.station)
        if isinstance(record, ActiveSession | EndedSession):
            self._keep_lately(record)
        if memory is not None:
            memory.keep(record)
        else:
            self._miss(record.station)

    def _keep_lately(self, session: Session) -> None:
        self._lately[session.id] = session
        self._lately_of.setdefault(session.station, set()).add(session.id)
        if isinstance(session, EndedSession):
            self._lately.move_to_end(session.id)
        if len(self._lately) > REMEMBERED_SESSIONS:
            id, oldest = self._lately.popitem(last=False)
            self._lately_of[oldest.station].discard(id)
            if not self._lately_of[oldest.station]:
                del self._lately_of[oldest.station]

    def _miss(self, station: StationId) -> None:
        """A change of a station that is not in memory: what is being read of it may be older."""
        self._missed[station] = self._missed.get(station, 0) + 1
