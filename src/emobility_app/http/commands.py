"""Commands to stations over HTTP: asked for, followed, and resolved to the session."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, instant_text, read
from emobility_core.charging import ConnectorOutOfRange, RequestStart, start_within, stop_within
from emobility_core.customers import IdTag, MalformedIdTag
from emobility_core.errors import NotFound
from emobility_core.ids import CommandId, SessionId, StationId, TokenId, parse_id, shown
from emobility_core.network import Command, CommandKind, CommandStatus

FILTERS: dict[str, Any] = {"station": StationId, "status": CommandStatus}


@attrs.frozen(kw_only=True)
class AskCommand:
    """The body of a command. A remote start names a token or an id tag, a remote stop a session."""

    type: CommandKind
    station: StationId | None = None
    token: TokenId | None = None
    id_tag: IdTag | None = None
    connector: int | None = None
    session: SessionId | None = None


async def _ask(call: Call, work: Any) -> Answer:
    asked = read(call.json(), AskCommand)
    command = await (_start if asked.type is CommandKind.REMOTE_START else _stop)(asked, call, work)
    location = {"Location": f"/v1/operations/{shown('op', command.operation)}"}
    return Answer(content=command_view(command), status=202, headers=location)


async def _start(asked: AskCommand, call: Call, work: Any) -> Command:
    if asked.station is None:
        raise _lacks("station")
    tag = asked.id_tag
    if tag is None:
        if asked.token is None:
            raise _lacks("token")
        tag = (await _named(work.tokens, asked.token, "token")).id_tag
    try:
        request = RequestStart(station=asked.station, id_tag=tag, connector=asked.connector)
    except (MalformedIdTag, ConnectorOutOfRange) as error:
        field = "id_tag" if isinstance(error, MalformedIdTag) else "connector"
        raise MalformedBody((Flaw(f"/{field}", error.code, str(error)),)) from error
    services = call.services
    return await start_within(work, request, scope=call.scope, tools=services.tools, clock=services.clock)


async def _stop(asked: AskCommand, call: Call, work: Any) -> Command:
    if asked.session is None:
        raise _lacks("session")
    return await stop_within(work, asked.session, clock=call.services.clock, ids=call.services.ids)


async def _named(port: Any, id: Any, field: str) -> Any:
    try:
        return await port.get(id)
    except NotFound as error:
        raise MalformedBody((Flaw(f"/{field}", error.code, str(error)),)) from error


def _lacks(field: str) -> MalformedBody:
    return MalformedBody((Flaw(f"/{field}", "missing-field", "is required for this type"),))


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return listed(call, page, await work.commands.page(page), command_view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        command = await work.commands.get(CommandId(parse_id("cmd", call.path["id"])))
    return tagged(call, command_view(command), command.version)


def command_view(command: Command) -> dict[str, Any]:
    return {
        "id": shown("cmd", command.id),
        "tenant": shown("ten", command.tenant),
        "type": command.kind.value,
        "station": shown("sta", command.station),
        "connector": command.connector,
        "id_tag": command.id_tag,
        "status": command.status.value,
        "detail": command.detail,
        "operation": shown("op", command.operation),
        "result": {"session": None if command.session is None else shown("ses", command.session)},
        "deadline": instant_text(command.deadline),
        "created_at": instant_text(command.created_at),
        "updated_at": instant_text(command.updated_at),
    }


COMMAND = objects(
    {
        "id": id_schema("cmd"),
        "tenant": id_schema("ten"),
        "type": {"type": "string", "enum": [kind.value for kind in CommandKind]},
        "station": id_schema("sta"),
        "connector": optional({"type": "integer"}),
        "id_tag": optional(TEXT),
        "status": {"type": "string", "enum": [status.value for status in CommandStatus]},
        "detail": optional(TEXT),
        "operation": id_schema("op"),
        "result": objects({"session": optional(id_schema("ses"))}),
        "deadline": INSTANT,
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="Command",
)
ASKED = {
    "title": "CommandInput",
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": [kind.value for kind in CommandKind]},
        "station": id_schema("sta"),
        "token": id_schema("tok"),
        "id_tag": {"type": "string", "minLength": 1, "maxLength": 20},
        "connector": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "session": id_schema("ses"),
    },
    "required": ["type"],
    "additionalProperties": False,
    "examples": [{"type": "remote_start", "station": "sta_...", "id_tag": "04A1B2C3", "connector": 1}],
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def ask(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _ask(call, work), required=True)

    key = {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    return [
        Endpoint(method="POST", path="/v1/commands", operation="commands_create", summary="Command a station",
                 scope="stations:command", handle=ask, takes=ASKED, gives=COMMAND, status=202, headers=key),
        Endpoint(method="GET", path="/v1/commands", operation="commands_list", summary="List commands",
                 scope="stations:read", handle=_list, gives=list_schema(COMMAND), query=parameters(FILTERS)),
        Endpoint(method="GET", path="/v1/commands/{id}", operation="commands_get", summary="Read a command",
                 scope="stations:read", handle=_get, gives=COMMAND, names="cmd"),
    ]  # fmt: skip
