"""Smart charging: what profiles allow, and a site's power shared among those who charge there."""

from emobility_core.smart_charging._allocation import (
    LEAST_CURRENT,
    Deciamperes,
    Demand,
    PhaseCurrents,
    Strategy,
    allocate,
)
from emobility_core.smart_charging._comparison import ScheduleDifference, differences, read_answer
from emobility_core.smart_charging._composite import (
    CompositePeriod,
    CompositeSchedule,
    PlacedProfile,
    Supply,
    composite,
)
from emobility_core.smart_charging._controller import Situation, plan_orders
from emobility_core.smart_charging._standing import (
    Grant,
    LimitStep,
    LoadOrder,
    OrderKind,
    Outcome,
    PointPlan,
    PointStanding,
)

__all__ = [
    "LEAST_CURRENT",
    "CompositePeriod",
    "CompositeSchedule",
    "Deciamperes",
    "Demand",
    "Grant",
    "LimitStep",
    "LoadOrder",
    "OrderKind",
    "Outcome",
    "PhaseCurrents",
    "PlacedProfile",
    "PointPlan",
    "PointStanding",
    "ScheduleDifference",
    "Situation",
    "Strategy",
    "Supply",
    "allocate",
    "composite",
    "differences",
    "plan_orders",
    "read_answer",
]
