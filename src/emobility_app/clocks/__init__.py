"""What test clocks make of a server: whose work is done in whose time, and how time passes."""

from emobility_app.clocks.keeper import Settled, Timekeeper
from emobility_app.clocks.simulator import Simulator
from emobility_app.clocks.timed import Timed, TimedWork
from emobility_app.clocks.times import InRealTime, Times, load_clocks

__all__ = ["InRealTime", "Settled", "Simulator", "Timed", "TimedWork", "Timekeeper", "Times", "load_clocks"]
