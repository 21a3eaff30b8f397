"""What a session came to when it was posted: to be held against what it comes to since."""

from __future__ import annotations

import attrs

from emobility_core.charging import EndedSession, Session
from emobility_core.energy import Energy
from emobility_core.rating import Rating
from emobility_core.tariffs import Amounts


@attrs.frozen(kw_only=True)
class SessionPrice:
    """Amounts and energy of a session, and the `reasons` why it may not be billed."""

    amounts: Amounts
    energy: Energy | None = None
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, rating: Rating, session: Session) -> SessionPrice:
        set_aside = isinstance(session, EndedSession) and session.discarded
        energy = None if set_aside else session.delivered
        return cls(amounts=rating.amounts, energy=energy, reasons=rating.reasons)

    def is_corrected_by(self, now: SessionPrice) -> bool:
        """Whether amounts or energy are others now, or there is a doubt that there was not."""
        same = (self.amounts, self.energy) == (now.amounts, now.energy)
        return not same or not set(now.reasons) <= set(self.reasons)

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to post of it."""
        return self.energy is None and not self.amounts.gross.minor
