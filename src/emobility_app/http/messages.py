"""The raw log of a station over HTTP: its messages, each request with its answer, as a page or as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

import attrs
import orjson

from emobility_app.http.cursors import cursor_of, parse_cursor
from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.listing import CURSOR, MOST, PARAMETERS, USUAL, continued, instant, value_of
from emobility_app.http.message_tags import MessageTags
from emobility_app.http.schemas import INSTANT, Schema, id_schema, list_schema, objects, optional
from emobility_app.http.tag_places import TAG
from emobility_app.problems import MalformedRequest
from emobility_app.wire import instant_text
from emobility_core.ids import StationId, parse_id, shown
from emobility_core.network import Exchange, ExchangeOutcome, ExchangeQuery
from emobility_core.spreadsheets import defused

# A file is read so many exchanges at a time, whatever its length.
_AT_ONCE = 500
_DIRECTIONS = {"from_station": True, "to_station": False}
_FRAME: Schema = {"type": "string"}
_OUTCOME: Schema = {"type": "string", "enum": [outcome.value for outcome in ExchangeOutcome]}

MESSAGE = objects(
    {
        "tenant": id_schema("ten"),
        "station": id_schema("sta"),
        "direction": {"type": "string", "enum": list(_DIRECTIONS)},
        "action": optional({"type": "string"}),
        "message_id": optional({"type": "string"}),
        "outcome": _OUTCOME,
        "requested_at": INSTANT,
        "answered_at": optional(INSTANT),
        "duration_ms": optional({"type": "integer"}),
        "request": _FRAME,
        "answer": optional(_FRAME),
    },
    title="StationMessage",
)
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
QUERY = {
    "limit": PARAMETERS["limit"],
    "cursor": CURSOR,
    "sort": PARAMETERS["sort"],
    "action": Parameter("Only requests for this action; repeated, for any of them.", _TEXTS),
    "direction": Parameter("Only what this side began.", {"type": "string", "enum": list(_DIRECTIONS)}),
    "outcome": Parameter(
        "Only what was answered so; repeated, in any of these ways.",
        {"type": "array", "items": _OUTCOME},
    ),
    "message_id": Parameter("Only requests with this message id."),
    "from": Parameter("Only what began at this instant or later.", INSTANT),
    "until": Parameter("Only what began before this instant.", INSTANT),
    "text": Parameter(
        "Only what holds this text in its request or answer, as they are shown, in whatever case. A page of "
        f"what is found may be short, even empty, and go on: it comes of {MOST} messages at most."
    ),
    "format": Parameter(
        "`json` is a page; `ndjson` and `csv` are a file of all that is found, whatever the limit.",
        {"type": "string", "enum": ["json", "ndjson", "csv"]},
    ),
}


async def _messages(call: Call) -> Answer:
    query, format = _query(call), call.one("format") or "json"
    if format not in _FILES and format != "json":
        raise MalformedRequest("format must be json, ndjson or csv")
    async with call.services.reading(call.scope) as work:
        await work.stations.get(query.station)
    if format == "json":
        return await _page(call, query)
    media_type, head, line = _FILES[format]
    named = {"Content-Disposition": f'attachment; filename="messages.{format}"'}
    return Answer(stream=_lines(call, query, head, line), media_type=media_type, headers=named)


def _query(call: Call) -> ExchangeQuery:
    cursor, direction, sort = call.one("cursor"), call.one("direction"), call.one("sort")
    text = call.one("text")
    if direction is not None and direction not in _DIRECTIONS:
        raise MalformedRequest("direction must be from_station or to_station")
    if sort not in (None, "id", "-id"):
        raise MalformedRequest("sort must be id or -id")
    outcomes = [value_of(text, ExchangeOutcome, "outcome") for text in call.query.get("outcome", ())]
    return ExchangeQuery(
        station=StationId(parse_id("sta", call.path["id"])),
        actions=tuple(call.query.get("action", ())),
        inbound=None if direction is None else _DIRECTIONS[direction],
        begin=instant(call, "from"),
        until=instant(call, "until"),
        message_id=call.one("message_id"),
        outcomes=tuple(outcomes),
        # What names a card is not shown as it is stored: whether it is found is seen once it is masked.
        texts=() if text is None else (text, TAG),
        # A cursor's sixteen bytes hold the number of an exchange.
        after=None if cursor is None else parse_cursor(cursor, call).int,
        backwards=sort == "-id",
        limit=call.number("limit", USUAL, least=1, most=MOST),
    )


async def _page(call: Call, query: ExchangeQuery) -> Answer:
    """A page of what the caller may see. How far a search comes is not told by what it finds: that would tell
    what is masked."""
    most = MOST if query.texts else query.limit
    async with call.services.reading(call.scope) as work:
        found = await work.exchanges.page(attrs.evolve(query, limit=most + 1))
    seen = await _seen(found[:most], call)
    shown_ones = seen[: query.limit]
    last = None
    if len(seen) > query.limit:
        last = shown_ones[-1]
    elif len(found) > most:
        last = found[most - 1]
    cursor = None if last is None else cursor_of(UUID(int=last.number), call)
    return continued(call, [message_view(one) for one in shown_ones], cursor)


async def _seen(found: Sequence[Exchange], call: Call) -> list[Exchange]:
    """The exchanges as the caller may see them, without those that are found by what it may not see alone."""
    tags, text = MessageTags(call), (call.one("text") or "").casefold()
    seen = await tags.seen(found)
    return [one for one in seen if text in f"{one.request}\n{one.answer or ''}".casefold()]


def message_view(exchange: Exchange) -> dict[str, Any]:
    answered = exchange.answered_at
    return {
        "tenant": shown("ten", exchange.tenant),
        "station": shown("sta", exchange.station),
        "direction": "from_station" if exchange.inbound else "to_station",
        "action": exchange.action,
        "message_id": exchange.message_id,
        "outcome": exchange.outcome.value,
        "requested_at": instant_text(exchange.requested_at),
        "answered_at": None if answered is None else instant_text(answered),
        "duration_ms": exchange.duration_ms,
        "request": exchange.request,
        "answer": exchange.answer,
    }


async def _lines(
    call: Call, query: ExchangeQuery, head: str, line: Callable[[dict[str, Any]], str]
) -> AsyncIterator[str]:
    """A page at a time, each in a unit of its own: no file holds up what is written meanwhile."""
    yield head
    query = attrs.evolve(query, limit=_AT_ONCE)
    while True:
        async with call.services.reading(call.scope) as work:
            found = await work.exchanges.page(query)
        yield "".join(line(message_view(one)) for one in await _seen(found, call))
        if len(found) < query.limit:
            return
        query = attrs.evolve(query, after=found[-1].number)


def _ndjson(view: dict[str, Any]) -> str:
    return orjson.dumps(view).decode() + "\n"


def csv_line(view: dict[str, Any]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_cell(value) for value in view.values()])
    return written.getvalue()


def _cell(value: Any) -> Any:
    """Spreadsheets take some texts for formulas, and a station sends what it likes."""
    return defused(value) if isinstance(value, str) else value


_FILES: dict[str, tuple[str, str, Callable[[dict[str, Any]], str]]] = {
    "ndjson": ("application/x-ndjson", "", _ndjson),
    "csv": ("text/csv", ",".join(MESSAGE["properties"]) + "\r\n", csv_line),
}
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/stations/{id}/messages", operation="stations_messages",
             summary="What was said on a station's line", scope="station-messages:read", handle=_messages,
             gives=list_schema(MESSAGE, counted=False), query=QUERY, names="sta",
             files=tuple(media_type for media_type, _, _ in _FILES.values())),
]  # fmt: skip
