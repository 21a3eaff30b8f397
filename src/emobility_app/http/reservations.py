"""Reservations over HTTP: asked of the station, replaced, cancelled, and followed to their session."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.disguise import disguised_reservation
from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import counted, page_of, parameters, shown_page
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged, version_tag
from emobility_app.problems import PreconditionFailed
from emobility_app.wire import Flaw, MalformedBody, instant_text, read, told
from emobility_core.charging import (
    Reservation,
    ReservationOutcome,
    ReservationOverAlready,
    ReservationStatus,
    ReservationTerms,
    Reserve,
    cancel_within,
    replace_within,
    reserve_within,
)
from emobility_core.commands import MalformedOrder
from emobility_core.customers import IdTag, MalformedIdTag
from emobility_core.errors import EmobilityError, NotFound
from emobility_core.ids import ReservationId, SessionId, StationId, TokenId, parse_id, shown
from emobility_core.instants import Instant

FILTERS: dict[str, Any] = {"station": StationId, "status": ReservationStatus, "session": SessionId}


@attrs.frozen(kw_only=True)
class AskReservation:
    """The body of a reservation: for a token or an id tag, on one connector or, with 0, on any."""

    station: StationId
    connector: int
    token: TokenId | None = None
    id_tag: IdTag | None = None
    expires_at: Instant


@attrs.frozen(kw_only=True)
class ChangeReservation:
    """What is to be different; `status` takes `cancelled` alone."""

    connector: int | None = None
    token: TokenId | None = None
    id_tag: IdTag | None = None
    expires_at: Instant | None = None
    status: ReservationStatus | None = None


async def _create(call: Call, work: Any) -> Answer:
    asked, services = read(call.json(), AskReservation), call.services
    tag = await _tag(asked.token, asked.id_tag, work)
    if tag is None:
        raise MalformedBody((Flaw("/token", "missing-field", "is required, or id_tag"),))
    try:
        made = await reserve_within(
            work,
            asked.station,
            Reserve(connector=asked.connector, id_tag=tag, expires_at=asked.expires_at),
            scope=call.scope,
            tools=services.tools,
            clock=call.clock,
        )
    except _MISFITS as error:
        raise _misfit(error) from error
    location = {"Location": f"/v1/reservations/{shown('rsv', made.id)}"}
    return Answer(content=_view(await disguised_reservation(made, call)), status=202, headers=location)


async def _change(call: Call) -> Answer:
    change, services = read(call.json(), ChangeReservation), call.services
    async with services.transactions(call.scope) as work:
        before: Reservation = await work.reservations.get(_id(call))
        match = call.headers.get("if-match")
        if match is not None and match != "*" and version_tag(before.version) not in match:
            raise PreconditionFailed()
        if change == ChangeReservation():
            after = before
        elif change.status is not None:
            _require_cancelled_alone(change)
            after = await cancel_within(work, before, clock=call.clock, ids=services.ids)
        else:
            after = await _replace(before, change, call, work)
    return tagged(call, _view(await disguised_reservation(after, call)), after.version)


async def _replace(before: Reservation, change: ChangeReservation, call: Call, work: Any) -> Reservation:
    terms = before.terms
    tag = await _tag(change.token, change.id_tag, work)
    try:
        wish = Reserve(
            connector=terms.connector if change.connector is None else change.connector,
            id_tag=tag or terms.id_tag,
            expires_at=change.expires_at or terms.expires_at,
        )
        return await replace_within(
            work, before, wish, scope=call.scope, tools=call.services.tools, clock=call.clock
        )
    except _MISFITS as error:
        raise _misfit(error) from error


def _require_cancelled_alone(change: ChangeReservation) -> None:
    if change != ChangeReservation(status=ReservationStatus.CANCELLED):
        words = "must be cancelled, and stand alone"
        raise MalformedBody((Flaw("/status", "unknown-value", words),))


async def _tag(token: TokenId | None, id_tag: IdTag | None, work: Any) -> IdTag | None:
    if token is None:
        return id_tag
    try:
        found: IdTag = (await work.tokens.get(token)).id_tag
    except NotFound as error:
        raise MalformedBody((Flaw("/token", error.code, told(error)),)) from error
    return found


_MISFITS = (MalformedIdTag, MalformedOrder, ReservationOverAlready)
_FIELDS: dict[type[EmobilityError], str] = {MalformedIdTag: "id_tag", ReservationOverAlready: "expires_at"}


def _misfit(error: EmobilityError) -> MalformedBody:
    field = error.field if isinstance(error, MalformedOrder) else _FIELDS[type(error)]
    return MalformedBody((Flaw(f"/{field}", error.code, told(error)),))


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        port = work.reservations
        found, count = await port.page(page), await counted(call, page, port)
    found = [await disguised_reservation(one, call) for one in found]
    return shown_page(call, page, found, _view, count)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.reservations.get(_id(call))
    return tagged(call, _view(await disguised_reservation(found, call)), found.version)


def _id(call: Call) -> ReservationId:
    return ReservationId(parse_id("rsv", call.path["id"]))


def _view(reservation: Reservation) -> dict[str, Any]:
    replacement, outcome = reservation.replacement, reservation.outcome
    return {
        "id": shown("rsv", reservation.id),
        "tenant": shown("ten", reservation.tenant),
        "station": shown("sta", reservation.station),
        "number": reservation.number,
        **_terms_view(reservation.terms),
        "replacement": None if replacement is None else _terms_view(replacement),
        "status": reservation.status.value,
        "outcome": None if outcome is None else outcome.value,
        "session": None if reservation.session is None else shown("ses", reservation.session),
        "created_at": instant_text(reservation.created_at),
        "updated_at": instant_text(reservation.updated_at),
    }


def _terms_view(terms: ReservationTerms) -> dict[str, Any]:
    return {
        "connector": terms.connector,
        "id_tag": terms.id_tag.text,
        "token": None if terms.token is None else shown("tok", terms.token),
        "parent": None if terms.parent is None else terms.parent.text,
        "expires_at": instant_text(terms.expires_at),
    }


_TERMS = {
    "connector": {"type": "integer", "description": "0 is any of the station's."},
    "id_tag": TEXT,
    "token": optional(id_schema("tok")),
    "parent": optional(TEXT),
    "expires_at": INSTANT,
}
RESERVATION = objects(
    {
        "id": id_schema("rsv"),
        "tenant": id_schema("ten"),
        "station": id_schema("sta"),
        "number": {"type": "integer", "description": "By which the station knows it."},
        **_TERMS,
        "replacement": optional(objects(_TERMS, title="ReservationTerms")),
        "status": {"type": "string", "enum": [status.value for status in ReservationStatus]},
        "outcome": optional({"type": "string", "enum": [outcome.value for outcome in ReservationOutcome]}),
        "session": optional(id_schema("ses")),
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="Reservation",
)
_WISHES = {
    "connector": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "token": id_schema("tok"),
    "id_tag": {"type": "string", "minLength": 1, "maxLength": 20},
    "expires_at": INSTANT,
}
INPUT = {
    "title": "ReservationInput",
    "type": "object",
    "properties": {"station": id_schema("sta"), **_WISHES},
    "required": ["station", "connector", "expires_at"],
    "additionalProperties": False,
}
CHANGE = {
    "title": "ReservationChange",
    "type": "object",
    "properties": {**_WISHES, "status": {"type": "string", "enum": ["cancelled"]}},
    "additionalProperties": False,
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def create(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _create(call, work), required=True)

    key = {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    match = {"If-Match": Parameter("The ETag of the version to change.")}
    return [
        Endpoint(method="POST", path="/v1/reservations", operation="reservations_create",
                 summary="Keep a connector for a token", scope="reservations:write", handle=create,
                 takes=INPUT, gives=RESERVATION, status=202, headers=key),
        Endpoint(method="GET", path="/v1/reservations", operation="reservations_list",
                 summary="List reservations", scope="reservations:read", handle=_list,
                 gives=list_schema(RESERVATION), query=parameters(FILTERS)),
        Endpoint(method="GET", path="/v1/reservations/{id}", operation="reservations_get",
                 summary="Read a reservation", scope="reservations:read", handle=_get, gives=RESERVATION,
                 names="rsv"),
        Endpoint(method="PATCH", path="/v1/reservations/{id}", operation="reservations_change",
                 summary="Replace or cancel a reservation", scope="reservations:write", handle=_change,
                 takes=CHANGE, gives=RESERVATION, names="rsv", headers=match),
    ]  # fmt: skip
