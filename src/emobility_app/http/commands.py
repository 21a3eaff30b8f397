"""Commands to stations over HTTP: asked for, followed, and resolved to the session."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.granted_orders import own_scope, require_operation, require_own_card
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import counted, page_of, parameters, shown_page
from emobility_app.http.message_tags import MessageTags
from emobility_app.http.operations import followed
from emobility_app.http.orders import INPUT, Asked, AskedStart, AskedStop, asked_of, kind_of, order_view
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, instant_text, told
from emobility_core.access import GrantRight
from emobility_core.charging import start_within, stop_within
from emobility_core.commands import (
    Command,
    CommandKind,
    CommandStatus,
    MalformedOrder,
    RemoteStart,
    ReserveNow,
    command_station,
)
from emobility_core.customers import IdTag, MalformedIdTag, Token
from emobility_core.errors import NotFound
from emobility_core.ids import CommandId, StationId, TokenId, parse_id, shown
from emobility_core.smart_charging import check_order, remember_order

OPERATING = frozenset({GrantRight.OPERATE})
FILTERS: dict[str, Any] = {"station": StationId, "status": CommandStatus, "kind": CommandKind}


async def _ask(call: Call, work: Any) -> Answer:
    body = call.json()
    require_operation(kind_of(body.get("type")), call)
    asked = asked_of(body, call.services.ids)
    command = await _queued(asked, call, work)
    await remember_order(work, command, ids=call.services.ids)
    location = {"Location": f"/v1/operations/{shown('op', command.operation)}"}
    return Answer(content=await _view(command, MessageTags(call)), status=202, headers=location)


async def _queued(asked: Asked, call: Call, work: Any) -> Command:
    services = call.services
    if isinstance(asked, AskedStart):
        return await _start(asked, call, work)
    if isinstance(asked, AskedStop):
        return await stop_within(
            work, asked.session, clock=call.clock, ids=services.ids, grant=call.scope.grant
        )
    if isinstance(asked.order, ReserveNow):
        tag, parent = IdTag(asked.order.id_tag), asked.order.parent
        await require_own_card(tag, asked.station, call, work, parent=parent)
    await check_order(work, asked.order, asked.station)
    return await command_station(
        work, asked.order, station=asked.station, clock=call.clock, ids=services.ids, grant=call.scope.grant
    )


async def _start(asked: AskedStart, call: Call, work: Any) -> Command:
    tag = asked.id_tag
    if tag is None:
        if asked.token is None:
            raise MalformedBody((Flaw("/token", "missing-field", "is required, or id_tag"),))
        tag = (await _token(asked.token, call, work)).id_tag
    try:
        order = RemoteStart(id_tag=tag.text, connector=asked.connector, profile=asked.profile)
        tag.require_storable()
    except (MalformedOrder, MalformedIdTag) as error:
        field = error.field if isinstance(error, MalformedOrder) else "id_tag"
        raise MalformedBody((Flaw(f"/{field}", error.code, told(error)),)) from error
    services = call.services
    await require_own_card(tag, asked.station, call, work)
    await check_order(work, order, asked.station)
    return await start_within(
        work, order, asked.station, scope=call.scope, tools=services.tools, clock=call.clock
    )


async def _token(id: TokenId, call: Call, work: Any) -> Token:
    """Of the acting company: under a grant the work is of the one that gave it."""
    try:
        if call.grant is None:
            known: Token = await work.tokens.get(id)
        else:
            async with call.services.reading(own_scope(call)) as own:
                known = await own.tokens.get(id)
    except NotFound as error:
        raise MalformedBody((Flaw("/token", error.code, told(error)),)) from error
    return known


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        found, count = await work.commands.page(page), await counted(call, page, work.commands)
    tags = MessageTags(call)
    shown_ones = {command.id: await _view(command, tags) for command in found}
    return shown_page(call, page, found, lambda command: shown_ones[command.id], count)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        command = await work.commands.get(CommandId(parse_id("cmd", call.path["id"])))
    return tagged(call, await _view(command, MessageTags(call)), command.version)


async def _view(command: Command, tags: MessageTags) -> dict[str, Any]:
    return {
        "id": shown("cmd", command.id),
        "tenant": shown("ten", command.tenant),
        "type": command.kind.value,
        "station": shown("sta", command.station),
        "order": order_view(await tags.order(command)),
        "status": command.status.value,
        "detail": command.detail,
        "answer": None if command.answer is None else dict(command.answer),
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
        "order": {
            "type": "object",
            "description": "What the type needs, as asked for; secrets are masked.",
        },
        "status": {"type": "string", "enum": [status.value for status in CommandStatus]},
        "detail": optional(TEXT),
        "answer": optional({"type": "object", "description": "What the station answered, in its own words."}),
        "operation": id_schema("op"),
        "result": objects({"session": optional(id_schema("ses"))}),
        "deadline": INSTANT,
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="Command",
)


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def ask(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _ask(call, work), required=True)

    key = {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    return [
        followed(Endpoint(
            method="POST", path="/v1/commands", operation="commands_create", summary="Command a station",
            scope="stations:command", handle=ask, takes=INPUT, gives=COMMAND, status=202, headers=key,
            shared=OPERATING,
        ), _get),
        Endpoint(method="GET", path="/v1/commands", operation="commands_list", summary="List commands",
                 scope="stations:read", handle=_list, gives=list_schema(COMMAND), query=parameters(FILTERS),
                 shared=OPERATING),
        Endpoint(method="GET", path="/v1/commands/{id}", operation="commands_get", summary="Read a command",
                 scope="stations:read", handle=_get, gives=COMMAND, names="cmd",
                 shared=OPERATING),
    ]  # fmt: skip
