"""Files that stations deliver: diagnostics and logs, each the answer to one command."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.commands._command import CommandStatus
from emobility_core.commands._command_queue import CommandWork, settle
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import AttachmentId, CommandId, EventId, Ids, StationId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.work import Event, Record, Records, Scope, Transactions

_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 100


@attrs.frozen
class UnknownAttachment(NotFound):
    """There is no such attachment within the caller's scope, or it was kept long enough.

    Remedy: list the attachments of the station or the command.
    """

    code = "unknown-attachment"
    attachment: UUID


@attrs.frozen
class FileTooLarge(Invalid):
    """A file is larger than the server takes.

    Remedy: ask the station for a shorter period, or start the server with a larger --longest-upload.
    """

    code = "file-too-large"
    most: int


@attrs.frozen
class AlreadyUploaded(Conflict):
    """The file that a command asked for has arrived before.

    Remedy: read the attachment of the command, or send another command.
    """

    code = "already-uploaded"
    command: UUID


@attrs.frozen(kw_only=True)
class StoredFile:
    """What a file store says of a file that it has taken: `size` in bytes and its digest, hexadecimal."""

    size: int
    sha256: str


class FileStore(Protocol):
    """Keeps files of any length, each under an id."""

    async def put(self, id: UUID, chunks: AsyncIterator[bytes], *, most: int) -> StoredFile:
        """Keep all or nothing; raises `FileTooLarge` beyond `most` bytes, and what `chunks` raise."""
        ...

    def read(self, id: UUID) -> AsyncIterator[bytes]:
        """The file piece by piece; raises `UnknownAttachment` before the first one."""
        ...

    async def drop(self, id: UUID) -> None:
        """Keep it no longer; nothing happens if it is not there."""
        ...

    async def made_before(self, before: Instant) -> list[UUID]:
        """The files whose id was made before an instant, oldest first."""
        ...


@attrs.frozen(kw_only=True)
class Attachment(Record):
    """A file that the station of a command has delivered; its content lies in the file store under its id."""

    id: AttachmentId
    station: StationId
    command: CommandId
    name: str
    media_type: str
    size: int
    sha256: str


class Attachments(Records[Attachment], Protocol):
    """Attachments, one at most a command: a second one raises `AlreadyTaken`."""

    async def remove(self, id: AttachmentId) -> None:
        """Forget one; nothing happens if it is not there."""
        ...

    async def kept_before(self, before: Instant, *, limit: int) -> list[Attachment]:
        """The oldest ones, if they were made before an instant."""
        ...


class UploadWork(CommandWork, Protocol):
    @property
    def attachments(self) -> Attachments: ...


def safe_name(text: str, otherwise: str) -> str:
    """A name that is harmless in every file system and header; stations send paths and worse."""
    last = re.split(r"[/\\]", text)[-1]
    name = _STRANGE.sub("_", last)[-_LONGEST_NAME:].strip("._")
    return name or otherwise


async def record_upload(
    attachment: Attachment,
    *,
    scope: Scope,
    transactions: Transactions[UploadWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Record a file that has arrived: the command that asked for it has its effect, its operation names it.

    Also where the command was given up meanwhile: the file is there all the same.
    """
    async with transactions(scope) as work:
        await work.attachments.add(attachment)
        command = await work.commands.get(attachment.command)
        if command.status in (CommandStatus.SENT, CommandStatus.ACCEPTED):
            command = command.become(CommandStatus.EFFECTIVE, at=clock.now(), detail="Uploaded")
            command = await settle(command, work, ids)
        operation = await work.operations.get(command.operation)
        named = {**(operation.result or {}), "attachment": shown("att", attachment.id)}
        await work.operations.replace(attrs.evolve(operation, result=named, updated_at=clock.now()))


async def remove_attachment(
    id: AttachmentId,
    *,
    files: FileStore,
    scope: Scope,
    transactions: Transactions[UploadWork],
    clock: Clock,
    ids: Ids,
) -> Attachment:
    """Remove a file for good, and tell who did; raises `UnknownAttachment`.

    The content goes first: what fails in between is done again, and no content is left that no record names.
    """
    async with transactions(scope) as work:
        await work.attachments.get(id)
    await files.drop(id)
    async with transactions(scope) as work:
        removed = await work.attachments.get(id)
        await work.attachments.remove(id)
        work.outbox.publish(_removed(removed, scope, clock.now(), ids))
    return removed


def _removed(attachment: Attachment, scope: Scope, at: Instant, ids: Ids) -> Event:
    id = shown("att", attachment.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=attachment.tenant,
        type="attachment.removed",
        subject=id,
        at=at,
        data={
            "attachment": id,
            "station": shown("sta", attachment.station),
            "command": shown("cmd", attachment.command),
            "name": attachment.name,
            "by": scope.actor,
        },
    )
