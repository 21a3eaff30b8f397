"""Rating: what an ended session costs, line by line, and why it may not be billed yet."""

from emobility_core.rating._phases import asks_for_phases, phases_of
from emobility_core.rating._place import USUAL_ZONE, Place, place_of
from emobility_core.rating._ports import RatedSessions, RatingWork
from emobility_core.rating._rated import HeldSession, RatedSession, Rating, rate_session
from emobility_core.rating._use_cases import rate_ended

__all__ = [
    "USUAL_ZONE",
    "HeldSession",
    "Place",
    "RatedSession",
    "RatedSessions",
    "Rating",
    "RatingWork",
    "asks_for_phases",
    "phases_of",
    "place_of",
    "rate_ended",
    "rate_session",
]
