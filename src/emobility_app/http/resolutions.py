"""Resolving doubts over HTTP, of reports and of sessions, and what was decided so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.message_tags import MessageTags
from emobility_app.http.schemas import DECIMAL, INSTANT, TEXT, id_schema, list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, told, wire
from emobility_core.charging import (
    CardNotAdmitted,
    CorrectionImplausible,
    Resolution,
    ResolutionAction,
    ResolutionDoesNotFit,
    ResolutionNeeds,
    Resolve,
    StillAdmitted,
    StillUnreadable,
    UnknownSession,
    resolve_report,
    resolve_session,
)
from emobility_core.energy import NotAnEnergy
from emobility_core.errors import EmobilityError
from emobility_core.ids import DoubtfulReportId, ResolutionId, SessionId, StationId, parse_id, shown

FILTERS: dict[str, Any] = {"station": StationId, "report": DoubtfulReportId, "session": SessionId}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.resolutions, wire.unstructure)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        made = await work.resolutions.get(ResolutionId(parse_id("rsl", call.path["id"])))
    return tagged(call, wire.unstructure(made), made.version)


async def _of_report(call: Call, work: Any) -> Resolution:
    services, id = call.services, DoubtfulReportId(parse_id("dbt", call.path["id"]))
    report = await work.doubtful_reports.get(id)
    asked, masked = await MessageTags(call).meant(read(call.json(), Resolve), report)
    tools = attrs.evolve(services.tools, granted=StillAdmitted(services.tools.granted, masked))
    return await resolve_report(
        id, asked, work=work, scope=call.scope, tools=services.tools,
        replay=services.replaying(tools), at=call.clock.now(),
    )  # fmt: skip


async def _of_session(call: Call, work: Any) -> Resolution:
    services, id = call.services, SessionId(parse_id("ses", call.path["id"]))
    await work.sessions.get(id)
    asked = read(call.json(), Resolve)
    return await resolve_session(
        id, asked, work=work, scope=call.scope, tools=services.tools, at=call.clock.now()
    )


async def _made(resolve: Callable[[Call, Any], Awaitable[Resolution]], call: Call, work: Any) -> Answer:
    try:
        made = await resolve(call, work)
    except (ResolutionNeeds, CorrectionImplausible) as error:
        raise _flaw(error.field, error) from error
    except ResolutionDoesNotFit as error:
        raise _flaw("action", error) from error
    except (StillUnreadable, CardNotAdmitted) as error:
        raise _flaw("payload", error) from error
    except NotAnEnergy as error:
        raise _flaw("meter_stop_kwh", error) from error
    except UnknownSession as error:
        if error.session == _own(call):
            raise
        raise _flaw("session", error) from error
    answer = tagged(call, wire.unstructure(made), made.version)
    location = {"Location": f"/v1/resolutions/{shown('rsl', made.id)}"}
    return Answer(content=answer.content, status=201, headers={**answer.headers, **location})


def _flaw(field: str, error: EmobilityError) -> MalformedBody:
    return MalformedBody((Flaw(f"/{field}", error.code, told(error)),))


def _own(call: Call) -> Any:
    prefix = call.path["id"].partition("_")[0]
    return parse_id(prefix, call.path["id"])


RESOLUTION = objects(schema_of(Resolution)["properties"], title="Resolution")
_ASKED = {
    "title": "ResolutionInput",
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": [action.value for action in ResolutionAction]},
        "reason": {**TEXT, "minLength": 1},
        "session": id_schema("ses"),
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "meter_start_kwh": DECIMAL,
        "meter_stop_kwh": DECIMAL,
        "id_tag": {"type": "string", "minLength": 1, "maxLength": 20},
        "payload": {"type": "object", "description": "A mended report, whole."},
    },
    "required": ["action", "reason"],
    "additionalProperties": False,
    "examples": [
        {"action": "attach_to_session", "session": "ses_...", "reason": "The same car, seen on site"}
    ],
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def resolving(
        resolve: Callable[[Call, Any], Awaitable[Resolution]],
    ) -> Callable[[Call], Awaitable[Answer]]:
        async def handle(call: Call) -> Answer:
            return await idempotency.run(call, lambda work: _made(resolve, call, work))

        return handle

    key = {"Idempotency-Key": KEY}
    return [
        Endpoint(method="POST", path="/v1/doubts/{id}/resolutions", operation="doubts_resolve",
                 summary="Resolve a report for review", scope="doubts:write", handle=resolving(_of_report),
                 takes=_ASKED, gives=RESOLUTION, status=201, names="dbt", headers=key),
        Endpoint(method="POST", path="/v1/sessions/{id}/resolutions", operation="sessions_resolve",
                 summary="Resolve the doubts about a session", scope="doubts:write",
                 handle=resolving(_of_session), takes=_ASKED, gives=RESOLUTION, status=201, names="ses",
                 headers=key),
        Endpoint(method="GET", path="/v1/resolutions", operation="resolutions_list",
                 summary="List what was decided about doubts", scope="doubts:read", handle=_list,
                 gives=list_schema(RESOLUTION), query=parameters(FILTERS)),
        Endpoint(method="GET", path="/v1/resolutions/{id}", operation="resolutions_get",
                 summary="Read what was decided about a doubt", scope="doubts:read", handle=_get,
                 gives=RESOLUTION, names="rsl"),
    ]  # fmt: skip
