"""Test clocks over HTTP: the time of a test tenant, set, advanced, and given back to real time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.operations import OPERATION, followed, operation_view
from emobility_app.http.schemas import INSTANT, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, instant_text, read
from emobility_core.clocks import TestClock, begin_advance, set_clock, stop_clock
from emobility_core.ids import TenantId, TestClockId, parse_id, shown
from emobility_core.instants import Instant, later_by

_MOST_SECONDS = 366 * 86_400


@attrs.frozen(kw_only=True)
class Setting:
    """Whose clock it is, and where it is to stand; where real time is, if nothing is said."""

    tenant: TenantId | None = None
    now: Instant | None = None


@attrs.frozen(kw_only=True)
class Advance:
    """To an instant, or by so many seconds."""

    to: Instant | None = None
    seconds: int | None = None


async def _set(call: Call, work: Any) -> Answer:
    services, wanted = call.services, read(call.json(), Setting)
    clock = await set_clock(
        wanted.tenant or call.scope.tenant, wanted.now, work=work, real=services.clock.now(), ids=services.ids
    )
    answer = tagged(call, _view(clock), clock.version)
    location = {"Location": f"/v1/test-clocks/{shown('tck', clock.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


async def _advance(call: Call, work: Any) -> Answer:
    services = call.services
    before = await work.test_clocks.get(_id(call))
    target = _target(read(call.json(), Advance), before)
    _, operation = await begin_advance(
        before.id, target, work=work, real=services.clock.now(), ids=services.ids
    )
    location = {"Location": f"/v1/operations/{shown('op', operation.id)}"}
    return Answer(content=operation_view(operation), status=202, headers=location)


def _target(wanted: Advance, clock: TestClock) -> Instant:
    if (wanted.to is None) == (wanted.seconds is None):
        raise MalformedBody((Flaw("/to", "one-of", "say either to or seconds"),))
    if wanted.to is not None:
        return wanted.to
    seconds = wanted.seconds or 0
    if not 0 < seconds <= _MOST_SECONDS:
        raise MalformedBody((Flaw("/seconds", "out-of-range", f"must lie between 1 and {_MOST_SECONDS}"),))
    return later_by(timedelta(seconds=seconds), clock.now)


async def _list(call: Call) -> Answer:
    page = page_of(call, {})
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.test_clocks, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        clock = await work.test_clocks.get(_id(call))
    return tagged(call, _view(clock), clock.version)


async def _remove(call: Call) -> Answer:
    services = call.services
    async with services.transactions(call.scope) as work:
        gone = await stop_clock(_id(call), work=work, real=services.clock.now(), ids=services.ids)
    return Answer(content=_view(gone))


def _id(call: Call) -> TestClockId:
    return TestClockId(parse_id("tck", call.path["id"]))


def _view(clock: TestClock) -> dict[str, Any]:
    return {
        "id": shown("tck", clock.id),
        "tenant": shown("ten", clock.tenant),
        "now": instant_text(clock.now),
        "target": None if clock.target is None else instant_text(clock.target),
        "operation": None if clock.operation is None else shown("op", clock.operation),
        "created_at": instant_text(clock.created_at),
        "updated_at": instant_text(clock.updated_at),
    }


_CLOCK = objects(
    {
        "id": id_schema("tck"),
        "tenant": id_schema("ten"),
        "now": {**INSTANT, "description": "What time it is for the tenant and all below it."},
        "target": optional({**INSTANT, "description": "Where the clock is on its way to."}),
        "operation": optional({**id_schema("op"), "description": "By which it is on its way."}),
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="TestClock",
)
_SETTING = {
    "title": "TestClockInput",
    "type": "object",
    "properties": {
        "tenant": optional({**id_schema("ten"), "description": "The caller's own if left out."}),
        "now": optional({**INSTANT, "description": "From real time, the default, to ten years ahead."}),
    },
    "additionalProperties": False,
    "examples": [{}],
}
_ADVANCE = {
    "title": "TestClockAdvance",
    "type": "object",
    "properties": {
        "to": optional({**INSTANT, "description": "After the clock's instant, by at most 366 days."}),
        "seconds": optional({"type": "integer", "minimum": 1, "maximum": _MOST_SECONDS}),
    },
    "additionalProperties": False,
    "examples": [{"seconds": 86_400}],
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def set_out(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _set(call, work))

    async def advance(call: Call) -> Answer:
        answer = await idempotency.run(call, lambda work: _advance(call, work))
        call.services.set_out()
        return answer

    at, one = "/v1/test-clocks", "/v1/test-clocks/{id}"
    key = {"Idempotency-Key": KEY}
    return [
        Endpoint(method="GET", path=at, operation="test_clocks_list", summary="List test clocks",
                 scope="test-clocks:read", handle=_list, gives=list_schema(_CLOCK), query=parameters({})),
        Endpoint(method="POST", path=at, operation="test_clocks_create",
                 summary="Let a test tenant and all below it live by a clock of their own",
                 scope="test-clocks:write", handle=set_out, takes=_SETTING, gives=_CLOCK, status=201,
                 headers=key, timeless=True),
        Endpoint(method="GET", path=one, operation="test_clocks_get", summary="Read a test clock",
                 scope="test-clocks:read", handle=_get, gives=_CLOCK, names="tck"),
        Endpoint(method="DELETE", path=one, operation="test_clocks_remove",
                 summary="Return a test tenant to real time", scope="test-clocks:write", handle=_remove,
                 gives=_CLOCK, names="tck", timeless=True),
        followed(Endpoint(
            method="POST", path=f"{one}/advance", operation="test_clocks_advance",
            summary="Let time pass, with everything that it makes due", scope="test-clocks:write",
            handle=advance, takes=_ADVANCE, gives=OPERATION, status=202, names="tck", headers=key,
            timeless=True,
        )),
    ]  # fmt: skip
