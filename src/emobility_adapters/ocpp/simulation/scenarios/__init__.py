"""What a station of a fleet can be told to do, by name."""

from __future__ import annotations

from collections.abc import Mapping

from emobility_adapters.ocpp.simulation.scenarios.duplicate_stop import duplicate_stop
from emobility_adapters.ocpp.simulation.scenarios.offline_replay import offline_replay
from emobility_adapters.ocpp.simulation.scenarios.part import Part, Scenario
from emobility_adapters.ocpp.simulation.scenarios.reconnect_storm import reconnect_storm
from emobility_adapters.ocpp.simulation.scenarios.session import session

SCENARIOS: Mapping[str, Scenario] = {
    "session": session,
    "offline-replay": offline_replay,
    "duplicate-stop": duplicate_stop,
    "reconnect-storm": reconnect_storm,
}

__all__ = [
    "SCENARIOS",
    "Part",
    "Scenario",
    "duplicate_stop",
    "offline_replay",
    "reconnect_storm",
    "session",
]
