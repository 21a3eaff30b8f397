"""A composite schedule asked of a station, with ours beside it."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.commands import Command, CommandStatus
from emobility_core.errors import NotFound
from emobility_core.ids import CommandId, ScheduleComparisonId, StationId
from emobility_core.smart_charging._comparison import ScheduleDifference, differences, read_answer
from emobility_core.smart_charging._composite import CompositeSchedule
from emobility_core.work import Record


@attrs.frozen
class UnknownScheduleComparison(NotFound):
    """There is no such composite schedule within the caller's scope.

    Remedy: use the id that `POST /v1/composite-schedules` answered with.
    """

    code = "unknown-composite-schedule"
    composite_schedule: UUID


class ComparisonState(Enum):
    """Whether the station has told its schedule."""

    ASKED = "asked"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"


@attrs.frozen(kw_only=True)
class ScheduleComparison(Record):
    """`ours` is computed from the profiles that the station may have, `stations` is what it answered."""

    id: ScheduleComparisonId
    station: StationId
    connector: int
    ours: CompositeSchedule
    stations: CompositeSchedule | None = None
    differences: tuple[ScheduleDifference, ...] = ()
    state: ComparisonState = ComparisonState.ASKED
    command: CommandId
    detail: str | None = None

    def after(self, command: Command) -> ScheduleComparison:
        """With what the station has answered."""
        told = None
        if command.status in (CommandStatus.EFFECTIVE, CommandStatus.ACCEPTED) and command.answer is not None:
            told = read_answer(command.answer, at=self.ours.starts_at, unit=self.ours.unit)
        same_unit = told is not None and told.unit is self.ours.unit
        return attrs.evolve(
            self,
            stations=told,
            differences=differences(self.ours, told) if told is not None and same_unit else (),
            state=ComparisonState.UNANSWERED if told is None else ComparisonState.ANSWERED,
            detail=command.detail,
            updated_at=command.updated_at,
        )
