"""Operations over HTTP: work that goes on after its request, to be read, waited for, or watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import attrs
import orjson

from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import instant_text
from emobility_core.access import GrantRight
from emobility_core.ids import OperationId, parse_id, shown
from emobility_core.operations import Operation, OperationStatus

Handle = Callable[[Call], Awaitable[Answer]]
LONGEST_WAIT_S = 30.0
_PLACE = "/v1/operations"
_PREFER = {"Prefer": Parameter("`wait=20` waits up to 20 seconds for the end.")}
# Not every step of an operation is an event.
_LOOK_AGAIN_S = 2.0
FILTERS: dict[str, Any] = {"status": OperationStatus, "kind": str}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.operations, operation_view)


async def _get(call: Call) -> Answer:
    operation = await _ended(OperationId(parse_id("op", call.path["id"])), call)
    return tagged(call, operation_view(operation), operation.version)


def followed(begin: Endpoint, read: Handle | None = None) -> Endpoint:
    """What begins an operation, answered once that has ended where the caller prefers to wait; `read` reads
    anew what it answers with, if that is not the operation itself."""

    async def handle(call: Call) -> Answer:
        answer = await begin.handle(call)
        if not _wished(call):
            return answer
        named = answer.headers["Location"].removeprefix(f"{_PLACE}/")
        operation = await _ended(OperationId(parse_id("op", named)), call)
        if read is None:
            return attrs.evolve(answer, content=operation_view(operation))
        now = await read(attrs.evolve(call, path={"id": answer.content["id"]}))
        return attrs.evolve(answer, content=now.content)

    return attrs.evolve(begin, handle=handle, headers={**begin.headers, **_PREFER})


async def _ended(id: OperationId, call: Call) -> Operation:
    """The operation at its end, or when the caller does not wish to wait any longer."""
    clock, feed = asyncio.get_running_loop().time, call.services.feed
    deadline = clock() + _wished(call)
    while True:
        seen = await feed.last()
        operation = await _read(id, call)
        left = deadline - clock()
        if operation.status is not OperationStatus.RUNNING or left <= 0 or feed.closed:
            return operation
        await _change(call, seen, left)


async def _watch(call: Call) -> Answer:
    first = await _read(OperationId(parse_id("op", call.path["id"])), call)
    return Answer(stream=_states(first, call))


async def _states(operation: Operation, call: Call) -> AsyncIterator[str]:
    clock, feed = asyncio.get_running_loop().time, call.services.feed
    version, due, seen = -1, clock(), 0
    while True:
        if operation.version != version:
            version, due = operation.version, clock() + call.services.beat_s
            yield f"event: operation\ndata: {orjson.dumps(operation_view(operation)).decode()}\n\n"
        elif clock() >= due:
            due = clock() + call.services.beat_s
            yield ": still running\n\n"
        if operation.status is not OperationStatus.RUNNING or feed.closed:
            return
        if not await call.is_still_authorized():
            return
        await _change(call, seen, due - clock())
        seen = await feed.last()
        operation = await _read(operation.id, call)


async def _change(call: Call, seen: int, within_s: float) -> None:
    """Wait until something happened at all since `seen`; whoever waits looks again."""
    await call.services.feed.wait(seen, timeout_s=max(0.0, min(within_s, _LOOK_AGAIN_S)))


async def _read(id: OperationId, call: Call) -> Operation:
    async with call.services.reading(call.scope) as work:
        operation: Operation = await work.operations.get(id)
    return operation


def _wished(call: Call) -> float:
    """RFC 7240: `Prefer: wait=20`."""
    for wish in call.headers.get("prefer", "").split(","):
        name, _, seconds = wish.strip().partition("=")
        if name == "wait" and seconds.isascii() and seconds.isdigit():
            return min(float(seconds[:4]), LONGEST_WAIT_S)
    return 0.0


def operation_view(operation: Operation) -> dict[str, Any]:
    return {
        "id": shown("op", operation.id),
        "tenant": shown("ten", operation.tenant),
        "kind": operation.kind,
        "status": operation.status.value,
        "progress": {"done": operation.progress.done, "total": operation.progress.total},
        "result": None if operation.result is None else dict(operation.result),
        "error": operation.error,
        "created_at": instant_text(operation.created_at),
        "updated_at": instant_text(operation.updated_at),
    }


_COUNT = {"type": "integer"}
OPERATION = objects(
    {
        "id": id_schema("op"),
        "tenant": id_schema("ten"),
        "kind": TEXT,
        "status": {"type": "string", "enum": [status.value for status in OperationStatus]},
        "progress": objects({"done": _COUNT, "total": _COUNT}),
        "result": optional({"type": "object", "additionalProperties": TEXT}),
        "error": optional(TEXT),
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="Operation",
)
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/operations", operation="operations_list", summary="List operations",
             scope="operations:read", handle=_list, gives=list_schema(OPERATION),
             query=parameters(FILTERS)),
    Endpoint(method="GET", path="/v1/operations/{id}", operation="operations_get",
             summary="Read an operation, waiting for its end if the caller prefers to",
             scope="operations:read", handle=_get, gives=OPERATION, names="op",
             headers=_PREFER,
             shared=frozenset({GrantRight.OPERATE})),
    Endpoint(method="GET", path="/v1/operations/{id}/events", operation="operations_watch",
             summary="Watch an operation by server-sent events", scope="operations:read", handle=_watch,
             names="op", gives=OPERATION, media_type="text/event-stream",
             shared=frozenset({GrantRight.OPERATE})),
]  # fmt: skip
