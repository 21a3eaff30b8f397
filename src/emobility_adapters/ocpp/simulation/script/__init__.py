"""Scenarios for simulated stations, as a small TOML file has them.

`read_script` reads a file or raises `ScriptFaulty`; a `Player` plays it against a central system.
"""

from emobility_adapters.ocpp.simulation.script.fields import Fault
from emobility_adapters.ocpp.simulation.script.player import Happening, OnHappening, Outcome, Player
from emobility_adapters.ocpp.simulation.script.reading import ScriptFaulty, parse_script, read_script
from emobility_adapters.ocpp.simulation.script.script import PlacedStep, Script, StationPart
from emobility_adapters.ocpp.simulation.script.steps import STEPS, Step

__all__ = [
    "STEPS",
    "Fault",
    "Happening",
    "OnHappening",
    "Outcome",
    "PlacedStep",
    "Player",
    "Script",
    "ScriptFaulty",
    "StationPart",
    "Step",
    "parse_script",
    "read_script",
]
