"""Simulated actions: what drivers and mishaps would do at a test tenant's station that nobody has built."""

from emobility_core.simulations._action import (
    Impossible,
    NoTestClock,
    SimulatedAct,
    SimulatedAction,
    SimulatedPlace,
    SimulatedStations,
    StationIsReal,
)
from emobility_core.simulations._begin import (
    Simulation,
    SimulationWork,
    begin_simulation,
)

__all__ = [
    "Impossible",
    "NoTestClock",
    "SimulatedAct",
    "SimulatedAction",
    "SimulatedPlace",
    "SimulatedStations",
    "Simulation",
    "SimulationWork",
    "StationIsReal",
    "begin_simulation",
]
