"""Charging sessions over HTTP: what was charged, what it costs, line by line, and the readings behind it."""

from __future__ import annotations

from enum import Enum
from typing import Any
from uuid import UUID

import attrs
import orjson

from emobility_app.bill_lines import line_view
from emobility_app.http.cursors import cursor_of, parse_cursor
from emobility_app.http.disguise import disguised
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import (
    CURSOR,
    USUAL,
    continued,
    counted,
    limit,
    page_of,
    parameters,
    shown_page,
)
from emobility_app.http.schemas import list_schema
from emobility_app.http.session_schemas import READING, SESSION
from emobility_app.http.tags import tagged
from emobility_app.wire import decimal_text, energy_text, money_view, wire
from emobility_core.access import GrantRight
from emobility_core.charging import ActiveSession, EndedSession, MeterReading, Session
from emobility_core.ids import CustomerId, SessionId, StationId, TokenId, parse_id, shown
from emobility_core.rating import HeldSession, Place, Rating, place_of
from emobility_core.tariffs import UnknownTariffVersion, Usage, rate
from emobility_core.work import Page

_MOST_READINGS = 1_000


class SessionStatus(Enum):
    """Whether a session runs."""

    ACTIVE = "active"
    ENDED = "ended"


FILTERS = {
    "station": StationId,
    "token": TokenId,
    "customer": CustomerId,
    "status": SessionStatus,
    "in_doubt": bool,
}
READINGS_PARAMETERS = {"limit": limit(USUAL, _MOST_READINGS), "cursor": CURSOR}


async def _list(call: Call) -> Answer:
    call.require_unshared("token", "customer")
    async with call.services.reading(call.scope) as work:
        page = await asked_page(page_of(call, FILTERS), work)
        found, count = await work.sessions.page(page), await counted(call, page, work.sessions)
        ratings = await _ratings(found, call, work)
    found = [await disguised(session, call) for session in found]
    return shown_page(call, page, found, lambda one: session_view(one, ratings.get(one.id)), count)


async def asked_page(page: Page, work: Any) -> Page:
    """A page as sessions are kept. A token or customer out of the caller's sight finds none that a grant let
    in: whose these are is not shown."""
    filters = {("state" if name == "status" else name): values for name, values in page.filters.items()}
    for name, port in (("token", work.tokens), ("customer", work.customers)):
        ids = list(set(page.filters.get(name, ())))
        if ids and len(await port.page(Page.of("id", ids))) < len(ids):
            filters["grant"] = [None]
    return attrs.evolve(page, filters=filters)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        session = await work.sessions.get(_id(call))
        rating = (await _ratings([session], call, work)).get(session.id)
        view = session_view(await disguised(session, call), rating)
        if isinstance(session, ActiveSession) and _shows_cost(call):
            view["cost"] = await _so_far(session, call, work)
    return tagged(call, view, session.version)


async def _ratings(found: list[Session], call: Call, work: Any) -> dict[SessionId, Rating]:
    if not _shows_cost(call):
        return {}
    ratings: dict[SessionId, Rating] = await work.rated_sessions.of([session.id for session in found])
    return ratings


def _shows_cost(call: Call) -> bool:
    """What a session costs is for those who bill it."""
    return call.grant is None or GrantRight.BILL in call.grant.rights


async def _readings(call: Call) -> Answer:
    most, cursor = call.number("limit", USUAL, least=1, most=_MOST_READINGS), call.one("cursor")
    after = 0 if cursor is None else parse_cursor(cursor, call).int
    async with call.services.reading(call.scope) as work:
        session = await work.sessions.get(_id(call))
        found = await work.meter_readings.of_session(session.id, after=after, limit=most + 1)
    more = cursor_of(UUID(int=after + most), call) if len(found) > most else None
    return continued(call, [reading_view(one) for one in found[:most]], more)


def _id(call: Call) -> SessionId:
    return SessionId(parse_id("ses", call.path["id"]))


async def _so_far(session: ActiveSession, call: Call, work: Any) -> dict[str, Any] | None:
    """The provisional cost of a session that runs, by the tariff of its start."""
    if session.tariff is None or session.delivered is None:
        return None
    try:
        version = await work.tariff_versions.get(session.tariff)
    except UnknownTariffVersion:
        return None  # published by a tenant that this one does not see
    place = Place() if version.prices.is_simple else await place_of(session.station, work=work)
    usage = Usage(
        energy=session.delivered,
        started_at=session.started_at,
        ended_at=call.clock.now(),
        zone=place.zone,
        power_class=place.power_class,
    )
    return {
        "status": "running",
        "total": money_view(rate(usage, version.prices).amounts.gross),
        "billable": False,
        "reasons": ["session-runs"],
    }


def session_view(session: Session, rating: Rating | None) -> dict[str, Any]:
    ended = session if isinstance(session, EndedSession) else None
    return {
        "id": shown("ses", session.id),
        "tenant": shown("ten", session.tenant),
        "status": "active" if ended is None else "ended",
        "station": shown("sta", session.station),
        "connector": session.connector,
        "transaction_id": session.transaction_id,
        "id_tag": session.id_tag.text,
        "authorization": session.authorization.value,
        "token": None if session.token is None else shown("tok", session.token),
        "customer": None if session.customer is None else shown("cus", session.customer),
        "contract": None if session.contract is None else shown("ctr", session.contract),
        "grant": None if session.grant is None else shown("gra", session.grant),
        "tariff_version": None if session.tariff is None else shown("tav", session.tariff),
        "started_at": wire.unstructure(session.started_at),
        "started_reported": session.started_reported,
        "started_received_at": wire.unstructure(session.started_received),
        "started_corrected_at": wire.unstructure(session.started_corrected),
        "ended_at": None if ended is None else wire.unstructure(ended.ended_at),
        "ended_reported": None if ended is None else ended.ended_reported,
        "ended_received_at": None if ended is None else wire.unstructure(ended.ended_received),
        "ended_corrected_at": None if ended is None else wire.unstructure(ended.ended_corrected),
        "meter_start_kwh": energy_text(session.meter_start),
        "meter_last_kwh": energy_text(session.meter_last),
        "meter_last_at": wire.unstructure(session.meter_last_at),
        "meter_stop_kwh": None if ended is None else energy_text(ended.meter_stop),
        "energy_kwh": energy_text(session.delivered),
        "stop_reason": None if ended is None else ended.stop_reason,
        "estimated": ended is not None and ended.estimated,
        "doubts": sorted(doubt.value for doubt in session.open_doubts),
        "doubts_resolved": sorted(doubt.value for doubt in session.accepted),
        "discarded": ended is not None and ended.discarded,
        "updated_at": wire.unstructure(
            session.updated_at if rating is None else max(session.updated_at, rating.rated_at)
        ),
        "version": session.version,
        "cost": None if rating is None else cost_view(rating),
    }


def cost_view(rating: Rating) -> dict[str, Any]:
    """`amount` of a line is exact, as `net`, `tax` and `gross` are; `rounded` is its share of the total to
    the cent, in the tariff's basis. Where several VAT rates count none stands for the whole."""
    lines = [
        {**line_view(line, part), "rounded": money_view(rounded)}
        for line, rounded, part in zip(rating.lines, rating.line_amounts, rating.taxed, strict=True)
    ]
    amounts, rates = rating.amounts, rating.amounts_by_rate
    return {
        "status": "held" if isinstance(rating, HeldSession) else "rated",
        "total": money_view(amounts.gross),
        "net": money_view(amounts.net),
        "vat": money_view(amounts.vat),
        "vat_percent": decimal_text(*rates) if len(rates) == 1 else None,
        "vat_rates": [
            {
                "vat_percent": decimal_text(percent),
                "net": money_view(of.net),
                "vat": money_view(of.vat),
                "total": money_view(of.gross),
            }
            for percent, of in rates.items()
        ],
        "prices_include_vat": rating.include_vat,
        "lines": lines,
        "lines_total": decimal_text(rating.total),
        "billable": rating.billable,
        "reasons": list(rating.reasons),
        "rated_at": wire.unstructure(rating.rated_at),
    }


def reading_view(reading: MeterReading) -> dict[str, Any]:
    return {
        "at": wire.unstructure(reading.at),
        "received_at": wire.unstructure(reading.received_at),
        "reported": reading.reported,
        "connector": reading.connector,
        "energy_kwh": energy_text(reading.energy),
        "power_w": reading.power_w,
        "qualities": sorted(quality.value for quality in reading.qualities),
        "samples": orjson.loads(reading.samples),
    }


_SHARED = frozenset({GrantRight.SEE, GrantRight.BILL})
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/sessions", operation="sessions_list", summary="List sessions",
             scope="sessions:read", handle=_list, gives=list_schema(SESSION), query=parameters(FILTERS),
             shared=_SHARED),
    Endpoint(method="GET", path="/v1/sessions/{id}", operation="sessions_get", summary="Read a session",
             scope="sessions:read", handle=_get, gives=SESSION, names="ses", shared=_SHARED),
    Endpoint(method="GET", path="/v1/sessions/{id}/readings", operation="sessions_readings",
             summary="List the meter readings of a session", scope="sessions:read", handle=_readings,
             gives=list_schema(READING, counted=False), names="ses",
             query=READINGS_PARAMETERS, shared=_SHARED),
]  # fmt: skip
