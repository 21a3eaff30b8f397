"""Event -> use case: the only place that knows the events of two concepts. One file per flow.

A reaction is a named subscriber. It marks each event as done in the very unit of work of its effect,
so that an event delivered twice takes effect once.
"""

from emobility_core.reactions._check_configurations import (
    check_configurations,
)
from emobility_core.reactions._follow_certificates import (
    follow_certificates,
)
from emobility_core.reactions._mark_local_lists import (
    mark_local_lists,
)
from emobility_core.reactions._owe_cache_clearings import (
    owe_cache_clearings,
)
from emobility_core.reactions._ports import (
    AlreadyReacted,
    AwaitedStations,
    ReactedEvents,
    Reaction,
    ReservedStations,
    Together,
)
from emobility_core.reactions._rate_sessions import (
    rate_sessions,
)
from emobility_core.reactions._send_commands import (
    send_commands,
)
from emobility_core.reactions._settle_commands import (
    settle_commands,
)
from emobility_core.reactions._settle_local_lists import (
    settle_local_lists,
)
from emobility_core.reactions._settle_profiles import (
    settle_profiles,
)
from emobility_core.reactions._settle_reservations import (
    settle_reservations,
)
from emobility_core.reactions._steer_load import (
    SteeredStations,
    steer_load,
    steer_patiently,
)
from emobility_core.reactions._use_reservations import (
    use_reservations,
)

__all__ = [
    "AlreadyReacted",
    "AwaitedStations",
    "ReactedEvents",
    "Reaction",
    "ReservedStations",
    "SteeredStations",
    "Together",
    "check_configurations",
    "follow_certificates",
    "mark_local_lists",
    "owe_cache_clearings",
    "rate_sessions",
    "send_commands",
    "settle_commands",
    "settle_local_lists",
    "settle_profiles",
    "settle_reservations",
    "steer_load",
    "steer_patiently",
    "use_reservations",
]
