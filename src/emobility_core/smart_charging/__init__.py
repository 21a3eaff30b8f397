"""Smart charging: what profiles allow, and a site's power shared among those who charge there."""

from emobility_core.smart_charging._comparison import ScheduleDifference, differences, read_answer
from emobility_core.smart_charging._composite import (
    CompositePeriod,
    CompositeSchedule,
    PlacedProfile,
    Supply,
    composite,
)

__all__ = [
    "CompositePeriod",
    "CompositeSchedule",
    "PlacedProfile",
    "ScheduleDifference",
    "Supply",
    "composite",
    "differences",
    "read_answer",
]
