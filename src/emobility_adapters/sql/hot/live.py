"""What the hot path remembers of stations, so that a message costs no query."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import attrs

from emobility_core.charging import ActiveSession, Session
from emobility_core.ids import SessionId, StationId
from emobility_core.network import ConnectorState, StationState

# Running sessions and the last ended ones, for what stations repeat; older ones are looked up.
REMEMBERED_OF_A_STATION = 16
# Sessions that were touched lately, for the reactions to their events.
REMEMBERED_SESSIONS = 10_000


@attrs.define
class StationMemory:
    """One station. `complete` says that it has no sessions but these."""

    state: StationState | None
    connectors: dict[int, ConnectorState]
    sessions: dict[SessionId, Session]
    complete: bool

    def keep(self, session: Session) -> None:
        if not isinstance(session, ActiveSession):
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

    def station(self, station: StationId) -> StationMemory | None:
        return self._stations.get(station)

    def remember(self, station: StationId, memory: StationMemory) -> StationMemory:
        return self._stations.setdefault(station, memory)

    def forget(self, stations: Iterable[StationId]) -> None:
        """Drop what may be stale after a conflict; it is read again when needed."""
        for station in stations:
            memory = self._stations.pop(station, None)
            for id in memory.sessions if memory is not None else ():
                self._lately.pop(id, None)

    def session(self, id: SessionId) -> Session | None:
        return self._lately.get(id)

    def keep_session(self, session: Session) -> None:
        self._lately[session.id] = session
        if not isinstance(session, ActiveSession):
            self._lately.move_to_end(session.id)
        if len(self._lately) > REMEMBERED_SESSIONS:
            self._lately.popitem(last=False)
        memory = self._stations.get(session.station)
        if memory is not None:
            memory.keep(session)

    def keep_state(self, state: StationState) -> None:
        memory = self._stations.get(state.station)
        if memory is not None:
            memory.state = state

    def keep_connector(self, state: ConnectorState) -> None:
        memory = self._stations.get(state.station)
        if memory is not None:
            memory.connectors[state.number] = state
