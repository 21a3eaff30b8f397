"""Rating: what an ended session costs, line by line, and why it may not be billed yet."""

from emobility_core.rating._ports import RatedSessions, RatingWork
from emobility_core.rating._rated import HeldSession, RatedSession, Rating, rate_session
from emobility_core.rating._use_cases import rate_ended

__all__ = [
    "HeldSession",
    "RatedSession",
    "RatedSessions",
    "Rating",
    "RatingWork",
    "rate_ended",
    "rate_session",
]
