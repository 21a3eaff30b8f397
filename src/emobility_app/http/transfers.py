"""What imports and exports have in common over HTTP: begun as an operation, listed, read, stopped, and the
file that each leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, Schema, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import instant_text
from emobility_core.commands import UnknownAttachment
from emobility_core.ids import OperationId, parse_id, shown
from emobility_core.instants import Instant
from emobility_core.operations import Operation
from emobility_core.transfers import Removal, Transfer, TransferFileGone

T = TypeVar("T", bound=Transfer)
_SHARED: Mapping[str, Schema] = {
    "tenant": id_schema("ten"),
    "operation": id_schema("op"),
    "kind": TEXT,
    "format": TEXT,
    "actor": TEXT,
    "problem": optional(TEXT),
    "created_at": INSTANT,
    "finished_at": optional(INSTANT),
    "stopped_at": optional(INSTANT | {"description": "When somebody asked for no more of it."}),
    "removed_at": optional(INSTANT | {"description": "When its file was removed before its time."}),
    "removal": optional({"type": "string", "enum": [one.value for one in Removal]}),
}


@attrs.frozen(kw_only=True)
class TransferKind(Generic[T]):
    """The `record` called `name`, whose id begins with `prefix`; it leaves a file called `leaves`, kept until
    what `until` shows. `further` are the schemas of what is its own, `own` shows it; `filters` are those of
    the list."""

    name: str
    prefix: str
    record: type[T]
    leaves: str
    until: str
    further: Mapping[str, Schema]
    own: Callable[[T], Mapping[str, Any]]
    filters: Mapping[str, Any]

    @property
    def at(self) -> str:
        return f"/v1/{self.port}"

    @property
    def port(self) -> str:
        return f"{self.name}s"

    @property
    def schema(self) -> Schema:
        shown_ones = {"id": id_schema(self.prefix), **_SHARED, **self.further, self.until: INSTANT}
        return objects(shown_ones, title=self.record.__name__)

    def view(self, record: T, call: Call) -> dict[str, Any]:
        return {
            "id": shown(self.prefix, record.id),
            "tenant": shown("ten", record.tenant),
            "operation": shown("op", record.operation),
            "kind": record.kind,
            "format": record.format.value,
            "actor": record.actor,
            "problem": record.problem,
            "created_at": instant_text(record.created_at),
            "finished_at": _text(record.finished_at),
            "stopped_at": _text(record.stopped_at),
            "removed_at": _text(record.removed_at),
            "removal": None if record.removal is None else record.removal.value,
            **self.own(record),
            self.until: instant_text(Instant(record.created_at + call.services.transfers.keep)),
        }

    async def begin(self, call: Call, work: Any, begun: list[T], **asked: Any) -> Answer:
        """Keep what is asked for, with the operation that stands for it; `begun` is what there is to do once
        the unit of work has ended."""
        now, ids, services = call.clock.now(), call.services.ids, call.services
        common: dict[str, Any] = {"tenant": call.scope.tenant, "created_at": now, "updated_at": now}
        operation = Operation(id=OperationId(ids.uuid7(now)), kind=self.name, **common)
        record = self.record(
            id=ids.uuid7(now),
            operation=operation.id,
            actor=call.scope.actor,
            worker=services.transfers.worker,
            **asked,
            **common,
        )
        await work.operations.add(operation)
        await getattr(work, self.port).add(record)
        begun.append(record)
        place = {"Location": f"/v1/operations/{shown('op', operation.id)}"}
        return Answer(content=self.view(record, call), status=202, headers=place)

    async def found(self, call: Call) -> T:
        async with call.services.reading(call.scope) as work:
            found: T = await getattr(work, self.port).get(self._id(call))
        return found

    async def download(self, record: T, name: str, media_type: str, call: Call) -> Answer:
        """Answer with its file, as a download whatever is in it; raises `TransferFileGone`."""
        gone = TransferFileGone(shown(self.prefix, record.id))
        if record.removed_at is not None:
            raise gone
        pieces = aiter(call.services.transfers.files.read(record.id))
        try:
            first = await anext(pieces, b"")
        except UnknownAttachment as error:
            raise gone from error
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Answer(stream=_joined(first, pieces), media_type=media_type, headers=headers)

    def endpoints(self) -> list[Endpoint]:
        one, an = f"{self.at}/{{id}}", f"an {self.name}"
        return [
            Endpoint(method="GET", path=self.at, operation=f"{self.port}_list", summary=f"List {self.port}",
                     scope=f"{self.port}:read", handle=self._list, gives=list_schema(self.schema),
                     query=parameters(self.filters)),
            Endpoint(method="GET", path=one, operation=f"{self.port}_get", summary=f"Read {an}",
                     scope=f"{self.port}:read", handle=self.get, gives=self.schema, names=self.prefix),
            Endpoint(method="DELETE", path=one, operation=f"{self.port}_stop",
                     summary=f"Stop {an} at its next step, or remove its {self.leaves}",
                     scope=f"{self.port}:write", handle=self._stop, gives=self.schema, names=self.prefix),
        ]  # fmt: skip

    async def _list(self, call: Call) -> Answer:
        page = page_of(call, self.filters)
        async with call.services.reading(call.scope) as work:
            return await listed(call, page, getattr(work, self.port), lambda record: self.view(record, call))

    async def get(self, call: Call) -> Answer:
        found = await self.found(call)
        return tagged(call, self.view(found, call), found.version)

    async def _stop(self, call: Call) -> Answer:
        """Whoever works on it, be it another process, sees at its next step what is kept with the record."""
        async with call.services.transactions(call.scope) as work:
            before: T = await getattr(work, self.port).get_for_change(self._id(call))
            after = before.stop(at=call.clock.now())
            if after is not before:
                after = await getattr(work, self.port).replace(after)
        call.services.transfers.cancel(after.id)
        if after.removed_at is not None:
            await call.services.transfers.files.drop(after.id)
        return Answer(content=self.view(after, call))

    def _id(self, call: Call) -> UUID:
        return parse_id(self.prefix, call.path["id"])


def _text(at: Instant | None) -> str | None:
    return None if at is None else instant_text(at)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
