"""What was consumed, when and how."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import attrs

from emobility_core.energy import Energy
from emobility_core.errors import Invalid
from emobility_core.instants import Instant
from emobility_core.network import PowerClass


@attrs.frozen
class PhasesDoNotFit(Invalid):
    """The phases of a use do not follow each other from start to end, or their energy is not that of the use.

    Remedy: give phases without gaps and overlaps, reservations before the start, and energy that adds up.
    """

    code = "phases-do-not-fit"
    field: str


NOTHING_DRAWN = Energy(0)


class PhaseKind(Enum):
    """What goes on in a phase: energy flows, the vehicle is connected without, or nobody is there yet."""

    CHARGING = "charging"
    IDLE = "idle"
    RESERVATION = "reservation"


@attrs.frozen(kw_only=True)
class Phase:
    """A stretch of a use in which power and current, where they are known, stay the same."""

    since: Instant
    until: Instant
    kind: PhaseKind = PhaseKind.CHARGING
    energy: Energy = NOTHING_DRAWN
    power_w: Decimal | None = None
    current_a: Decimal | None = None


@attrs.frozen(kw_only=True)
class Usage:
    """What was consumed: energy, and the time from start to stop, at a site in `zone` (IANA).

    Without phases it is one phase in which all of the energy flowed evenly. Phases of a reservation lie
    before the start; the others reach from start to stop.
    """

    energy: Energy
    started_at: Instant
    ended_at: Instant
    zone: str = "UTC"
    phases: tuple[Phase, ...] = ()
    power_class: PowerClass | None = None
    connector_type: str | None = None
    reservation_expired: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.phases:
            return
        if sum(phase.energy.mwh for phase in self.phases) != self.energy.mwh:
            raise PhasesDoNotFit("energy")
        reserved = [phase for phase in self.phases if phase.kind is PhaseKind.RESERVATION]
        used = self.phases[len(reserved) :]
        if tuple(reserved) != self.phases[: len(reserved)] or any(
            one.until < one.since for one in self.phases
        ):
            raise PhasesDoNotFit("phases")
        marks = [self.started_at, *(mark for one in used for mark in (one.since, one.until)), self.ended_at]
        if used and marks[::2] != marks[1::2]:
            raise PhasesDoNotFit("phases")
        if reserved and reserved[-1].until > self.started_at:
            raise PhasesDoNotFit("phases")

    @property
    def only_reserved(self) -> bool:
        """Whether nobody came: there is nothing but a reservation."""
        return bool(self.phases) and self.phases[-1].kind is PhaseKind.RESERVATION
