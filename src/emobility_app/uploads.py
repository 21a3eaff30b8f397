"""Where stations deliver files: an address for one command, signed, good once and for a day."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
from litestar import Request, Response, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from emobility_core.commands import (
    AlreadyUploaded,
    Attachment,
    Command,
    FileStore,
    FileTooLarge,
    GetDiagnostics,
    GetLog,
    StationAnswer,
    StationLine,
    record_upload,
    safe_name,
)
from emobility_core.errors import NotFound
from emobility_core.ids import AttachmentId, CommandId, Ids, TenantId, uuid7
from emobility_core.instants import Clock, Clocks, Instant
from emobility_core.network import retried
from emobility_core.work import AlreadyTaken, Page, Scope, Transactions

LONGEST = 100 * 1024 * 1024
# A hundred megabytes at 30 kB a second: the slow mobile line of a station, not one who only keeps a place.
WITHIN = timedelta(hours=1)
_GOOD_FOR = timedelta(days=1)
_MARK = 32
# One that hangs and the one that replaces it: a ticket is no way to fill the disk.
_AT_ONCE = 2
# What a form says around its file.
_SLACK = 10_000
_LOOKED_AT = 100


@attrs.frozen
class Refused(Exception):
    """An upload is answered with this status."""

    status: int


class NothingSent(Exception):
    """A request holds no file, or an empty one."""


@attrs.frozen(kw_only=True)
class UploadTickets:
    """Makes and reads the last part of upload addresses; `digest` is the keyed digest of the server."""

    digest: Callable[[bytes], str]
    clock: Clock

    def ticket(self, command: CommandId) -> str:
        until = int((self.clock.now() + _GOOD_FOR).timestamp())
        said = command.bytes + until.to_bytes(5, "big")
        return base64.urlsafe_b64encode(said + self._mark(said)).decode().rstrip("=")

    def command(self, ticket: str) -> CommandId:
        """Read a ticket; raise `Refused` with 404 for one of somebody else's, 410 once it is over."""
        try:
            raw = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        except (binascii.Error, ValueError) as error:
            raise Refused(404) from error
        said, mark = raw[:21], raw[21:]
        if len(raw) != 21 + _MARK or not hmac.compare_digest(mark, self._mark(said)):
            raise Refused(404)
        if int.from_bytes(said[16:], "big") <= self.clock.now().timestamp():
            raise Refused(410)
        return CommandId(UUID(bytes=said[:16]))

    def _mark(self, said: bytes) -> bytes:
        return self.digest(b"upload" + said).encode()[:_MARK]


@attrs.frozen(kw_only=True)
class UploadLine:
    """A station line that gives an order without a location one of the server's own, on its way out: no
    record holds the address."""

    line: StationLine
    tickets: UploadTickets
    public_url: str

    async def send(self, command: Command) -> StationAnswer:
        order = command.order
        if isinstance(order, GetDiagnostics | GetLog) and order.location is None:
            location = f"{self.public_url}/uploads/{self.tickets.ticket(command.id)}"
            command = attrs.evolve(command, order=attrs.evolve(order, location=location))
        return await self.line.send(command)


@attrs.frozen(kw_only=True)
class Uploads:
    """Takes what stations deliver, `longest` bytes at most, each file `within` so long.

    Files live by `clock`, real time; the command that asked for one ends by its tenant's, one of `clocks`.
    """

    tickets: UploadTickets
    files: FileStore
    transactions: Transactions[Any]
    everything: Scope
    path_of: Callable[[TenantId], Awaitable[str]]
    clock: Clock
    clocks: Clocks
    ids: Ids
    longest: int = LONGEST
    within: timedelta = WITHIN
    _under_way: Counter[CommandId] = attrs.field(factory=Counter, init=False, eq=False)

    async def take(self, ticket: str, name: str, request: Request[Any, Any, Any]) -> None:
        """Raise `Refused` for what is not taken; a transfer that breaks off may be tried again."""
        command = await self._awaited(self.tickets.command(ticket))
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > self.longest + _SLACK:
            raise Refused(413)
        if self._under_way[command.id] >= _AT_ONCE:
            raise Refused(429)
        self._under_way[command.id] += 1
        try:
            await self._keep(command, _Body(request, name, self.longest + _SLACK, self.within))
        finally:
            self._under_way[command.id] -= 1
            if not self._under_way[command.id]:
                del self._under_way[command.id]

    async def _keep(self, command: Command, body: _Body) -> None:
        id = AttachmentId(self.ids.uuid7(self.clock.now()))
        try:
            stored = await self.files.put(id, body.pieces(), most=self.longest)
        except FileTooLarge as error:
            raise Refused(413) from error
        except TimeoutError as error:
            raise Refused(408) from error
        except (MultipartError, NothingSent) as error:
            raise Refused(400) from error
        attachment = self._attachment(id, command, body, stored.size, stored.sha256)
        try:
            await self._record(attachment)
        except AlreadyTaken as error:
            await self.files.drop(id)
            raise Refused(409) from error
        except BaseException:
            await self.files.drop(id)
            raise

    async def _record(self, attachment: Attachment) -> None:
        scope = Scope.system(attachment.tenant, await self.path_of(attachment.tenant), "upload")
        clock = self.clocks.of(scope.path)
        # The station may tell of its progress meanwhile.
        await retried(
            lambda: record_upload(
                attachment, scope=scope, transactions=self.transactions, clock=clock, ids=self.ids
            ),
            station=attachment.station,
        )

    async def _awaited(self, id: CommandId) -> Command:
        try:
            async with self.transactions(self.everything) as work:
                command: Command = await work.commands.get(id)
                operation = await work.operations.get(command.operation)
                # Also of a file that was removed since: the address was good for one.
                if "attachment" in (operation.result or {}):
                    raise AlreadyUploaded(id)
        except NotFound as error:
            raise Refused(404) from error
        except AlreadyUploaded as error:
            raise Refused(409) from error
        return command

    def _attachment(
        self, id: AttachmentId, command: Command, body: _Body, size: int, sha256: str
    ) -> Attachment:
        now = self.clock.now()
        return Attachment(
            id=id,
            tenant=command.tenant,
            created_at=now,
            updated_at=now,
            station=command.station,
            command=command.id,
            name=safe_name(body.name, f"{command.kind.value}.bin"),
            media_type=body.media_type[:100],
            size=size,
            sha256=sha256,
        )


class _Body:
    """The file in a request, be it the whole body or the first file of a form; read as it comes."""

    def __init__(self, request: Request[Any, Any, Any], name: str, most: int, within: timedelta) -> None:
        self._request = request
        self._most = most
        self._deadline = asyncio.get_running_loop().time() + within.total_seconds()
        self.name = name
        self.media_type = request.headers.get("content-type", "application/octet-stream")

    async def _sent(self) -> AsyncIterator[bytes]:
        """All that is sent, be it the file or not; raises `FileTooLarge`, and `TimeoutError` once it has
        taken too long as a whole: one that sends a byte now and then would keep its place for ever."""
        size, sent = 0, aiter(self._request.stream())
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    chunk = await anext(sent)
            except StopAsyncIteration:
                return
            size += len(chunk)
            if size > self._most:
                raise FileTooLarge(self._most)
            yield chunk

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file as it comes; raises `NothingSent` at its end where there was none of it."""
        empty = True
        async for piece in self._file():
            empty = empty and not piece
            yield piece
        if empty:
            raise NothingSent

    async def _file(self) -> AsyncIterator[bytes]:
        kind, _, boundary = self.media_type.partition("boundary=")
        if not kind.lower().startswith("multipart/") or not boundary:
            async for chunk in self._sent():
                yield chunk
            return
        self.media_type, mine, seen = "application/octet-stream", False, False
        parser = PushMultipartParser(boundary.partition(";")[0].strip().strip('"'))
        async for chunk in self._sent():
            for part in parser.parse(chunk) if chunk else ():
                if isinstance(part, MultipartSegment):
                    mine = not seen and part.filename is not None
                    if mine:
                        seen, self.name = True, part.filename or self.name
                        self.media_type = part.content_type or self.media_type
                elif part is not None and mine:
                    yield bytes(part)
        parser.close()


def upload_routes(uploads: Uploads) -> list[Any]:
    methods = [HttpMethod.PUT, HttpMethod.POST]

    async def taken(ticket: str, name: str, request: Request[Any, Any, Any]) -> Response[None]:
        try:
            await uploads.take(ticket, name, request)
        except Refused as refusal:
            # Whatever of the file is still to come is not to be waited for.
            return Response(None, status_code=refusal.status, headers={"Connection": "close"})
        return Response(None, status_code=201)

    @route("/uploads/{ticket:str}", http_method=methods, name="upload", request_max_body_size=None)
    async def upload(ticket: FromPath[str], request: Request[Any, Any, Any]) -> Response[None]:
        return await taken(ticket, "", request)

    @route("/uploads/{ticket:str}/{name:str}", http_method=methods, name="upload_named",
           request_max_body_size=None)  # fmt: skip
    async def upload_named(
        ticket: FromPath[str], name: FromPath[str], request: Request[Any, Any, Any]
    ) -> Response[None]:
        """Some stations add the name of their file to the address."""
        return await taken(ticket, name, request)

    return [upload, upload_named]


async def forget_uploads(
    transactions: Transactions[Any], everything: Scope, files: FileStore, before: Instant
) -> None:
    """Drop the files that were delivered before an instant, oldest first, a hundred at a time."""
    async with transactions(everything) as work:
        old = await work.attachments.kept_before(before, limit=100)
    for attachment in old:
        await files.drop(attachment.id)
        async with transactions(everything) as work:
            await work.attachments.remove(attachment.id)


@attrs.define
class Orphans:
    """Drops the files that no attachment names: a server that dies between the two leaves one behind.

    An upload takes hours at the most; what is older than a day waits for no record any more. Each file is
    looked at once.
    """

    transactions: Transactions[Any]
    everything: Scope
    files: FileStore
    clock: Clock
    _seen: UUID = attrs.field(default=UUID(int=0), init=False)

    async def forget(self) -> None:
        before = Instant(self.clock.now() - _GOOD_FOR)
        old = [id for id in await self.files.made_before(before) if id >= self._seen]
        for first in range(0, len(old), _LOOKED_AT):
            await self._forget(old[first : first + _LOOKED_AT])
        self._seen = uuid7(before, 0)

    async def _forget(self, ids: Sequence[UUID]) -> None:
        async with self.transactions(self.everything) as work:
            named = {one.id for one in await work.attachments.page(Page.of("id", ids))}
        for id in ids:
            if id not in named:
                await self.files.drop(id)
