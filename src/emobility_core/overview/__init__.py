"""The network at a glance: stations, what runs now, and what ended lately with its price."""

from emobility_core.overview._ports import Overviews
from emobility_core.overview._views import (
    ConnectorGlance,
    EndedGlance,
    Overview,
    RunningGlance,
    StationGlance,
)

__all__ = [
    "ConnectorGlance",
    "EndedGlance",
    "Overview",
    "Overviews",
    "RunningGlance",
    "StationGlance",
]
