"""Commands to stations: asked for, sent, answered, and their effect awaited."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.commands._order import CommandKind
from emobility_core.commands._orders import Order, without_order_secrets
from emobility_core.commands._secrecy import without_secrets
from emobility_core.errors import Conflict, NotFound
from emobility_core.ids import CommandId, GrantId, OperationId, SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Record


@attrs.frozen
class UnknownCommand(NotFound):
    """There is no such command within the caller's scope.

    Remedy: use the id that `POST /v1/commands` answered with.
    """

    code = "unknown-command"
    command: UUID


@attrs.frozen
class WrongCommandStatus(Conflict):
    """A command cannot take this step from the status it is in.

    Remedy: read the command again; it may be over already.
    """

    code = "wrong-command-status"
    command: UUID
    status: str


class CommandStatus(Enum):
    """The named outcomes of a command; from EFFECTIVE on nothing changes any more.

    ACCEPTED says that the station will, EFFECTIVE that it has; FAILED that it could not after all.
    """

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    EFFECTIVE = "effective"
    REJECTED = "rejected"
    FAILED = "failed"
    TIMEOUT = "timeout"
    OFFLINE = "offline"
    BUSY = "busy"
    NOT_SUPPORTED = "not_supported"

    @property
    def is_final(self) -> bool:
        return self not in _OPEN


_OPEN = frozenset({CommandStatus.QUEUED, CommandStatus.SENT, CommandStatus.ACCEPTED})
_NEXT: dict[CommandStatus, frozenset[CommandStatus]] = {
    CommandStatus.QUEUED: frozenset(
        {CommandStatus.SENT, CommandStatus.OFFLINE, CommandStatus.BUSY, CommandStatus.TIMEOUT}
    ),
    # A station may start before its answer arrives: the effect then overtakes the acceptance.
    CommandStatus.SENT: frozenset(CommandStatus) - {CommandStatus.QUEUED, CommandStatus.SENT},
    CommandStatus.ACCEPTED: frozenset({CommandStatus.EFFECTIVE, CommandStatus.FAILED, CommandStatus.TIMEOUT}),
}


@attrs.frozen
class StationAnswer:
    """What came of sending a command: `words` are the station's own where they say more than the status,
    `content` is its whole answer."""

    status: CommandStatus
    words: str | None = None
    content: Mapping[str, object] | None = None


@attrs.frozen(kw_only=True)
class Command(Record):
    """A command to one station.

    `kind` is that of its order. `session` is the outcome of a remote start, or what a remote stop ends;
    `answer` what the station said, `detail` its words or how far the effect has come. `deadline` is when
    it is given up: until it is sent, and anew once the station has accepted. `grant` is the one under which
    somebody of another company asked for it.
    """

    id: CommandId
    station: StationId
    order: Order
    kind: CommandKind = attrs.field()
    operation: OperationId
    grant: GrantId | None = None
    session: SessionId | None = None
    status: CommandStatus = CommandStatus.QUEUED
    detail: str | None = None
    answer: Mapping[str, object] | None = None
    deadline: Instant

    @kind.default
    def _kind_of_its_order(self) -> CommandKind:
        return self.order.kind

    @property
    def is_refused(self) -> bool:
        """Whether the station has said plainly that it has not done it. An error, or an answer without a
        known status, may follow on what it has done."""
        plainly = self.status is CommandStatus.REJECTED and self.detail is None
        return plainly or self.status is CommandStatus.NOT_SUPPORTED

    def become(
        self,
        status: CommandStatus,
        *,
        at: Instant,
        detail: str | None = None,
        session: SessionId | None = None,
    ) -> Command:
        """Take the next step; raise `WrongCommandStatus` where there is none to it from here."""
        if status not in _NEXT.get(self.status, frozenset()):
            raise WrongCommandStatus(self.id, self.status.value)
        # An order is sent once: nobody needs its secrets any more.
        order = self.order if status is CommandStatus.SENT else without_order_secrets(self.order)
        return attrs.evolve(
            self, status=status, order=order, detail=detail, session=session or self.session, updated_at=at
        )

    def answered(self, answer: StationAnswer, *, at: Instant) -> Command:
        """Take the station's answer; an accepted command has from now on until its effect is due."""
        further = self.become(answer.status, at=at, detail=answer.words)
        due = self.deadline
        if answer.status is CommandStatus.ACCEPTED:
            due = Instant(at + self.order.effect_within)
        content = None if answer.content is None else without_secrets(answer.content)
        return attrs.evolve(further, answer=content, deadline=due)

    def came_to(self, detail: str, *, at: Instant) -> Command:
        """Note how far the effect has come."""
        return attrs.evolve(self, detail=detail, updated_at=at)
