"""Commands to stations: asked for, sent, answered, and their effect awaited."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import CommandId, OperationId, SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Record

# A driver has this long to plug in after a station accepted a remote start; the station's own
# ConnectionTimeOut is usually one or two minutes.
EFFECT_WITHIN = timedelta(minutes=5)


@attrs.frozen
class UnknownCommand(NotFound):
    """There is no such command within the caller's scope.

    Remedy: use the id that `POST /v1/commands` answered with.
    """

    code = "unknown-command"
    command: UUID


@attrs.frozen
class CommandNeeds(Invalid):
    """A command lacks something that its type needs.

    Remedy: give the named field.
    """

    code = "command-needs"
    field: str


@attrs.frozen
class WrongCommandStatus(Conflict):
    """A command cannot take this step from the status it is in.

    Remedy: read the command again; it may be over already.
    """

    code = "wrong-command-status"
    command: UUID
    status: str


class CommandKind(Enum):
    """What a station is asked to do."""

    REMOTE_START = "remote_start"
    REMOTE_STOP = "remote_stop"


class CommandStatus(Enum):
    """The named outcomes of a command; from EFFECTIVE on nothing changes any more."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    EFFECTIVE = "effective"
    REJECTED = "rejected"
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
    CommandStatus.ACCEPTED: frozenset({CommandStatus.EFFECTIVE, CommandStatus.TIMEOUT}),
}


@attrs.frozen(kw_only=True)
class Command(Record):
    """A command to one station. `id_tag` and `connector` belong to a remote start, `session` to its
    outcome or, for a remote stop, to its target."""

    id: CommandId
    kind: CommandKind
    station: StationId
    operation: OperationId
    connector: int | None = None
    id_tag: str | None = None
    session: SessionId | None = None
    transaction_id: int | None = None
    status: CommandStatus = CommandStatus.QUEUED
    detail: str | None = None
    deadline: Instant

    def __attrs_post_init__(self) -> None:
        if self.kind is CommandKind.REMOTE_START and not self.id_tag:
            raise CommandNeeds("token")
        if self.kind is CommandKind.REMOTE_STOP and self.session is None:
            raise CommandNeeds("session")

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
        return attrs.evolve(
            self, status=status, detail=detail, session=session or self.session, updated_at=at
        )
