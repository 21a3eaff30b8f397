"""The worklist of reports that found no session: each with proposals, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import counted, page_of, parameters, shown_page
from emobility_app.http.message_tags import MessageTags
from emobility_app.http.schemas import TEXT, id_schema, list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import wire
from emobility_core.charging import (
    ACTIONS,
    Clue,
    DoubtfulReport,
    DoubtfulReportKind,
    DoubtState,
    EndedSession,
    ResolutionAction,
    Session,
    propose,
)
from emobility_core.ids import DoubtfulReportId, SessionId, StationId, parse_id, shown
from emobility_core.work import Page

FILTERS: dict[str, Any] = {"station": StationId, "kind": DoubtfulReportKind, "state": DoubtState}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        port = work.doubtful_reports
        found, count = await port.page(page), await counted(call, page, port)
        sessions = await _sessions_of(found, work)
    tags = MessageTags(call)
    found = [await tags.doubtful(one) for one in found]
    return shown_page(call, page, found, lambda report: _view(report, sessions), count)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        report = await work.doubtful_reports.get(DoubtfulReportId(parse_id("dbt", call.path["id"])))
        sessions = await _sessions_of([report], work)
    report = await MessageTags(call).doubtful(report)
    return tagged(call, _view(report, sessions), report.version)


async def _sessions_of(reports: Sequence[DoubtfulReport], work: Any) -> dict[SessionId, Session]:
    """The sessions that open reports name, by one query."""
    open_ones = [one for one in reports if one.state is DoubtState.OPEN]
    ids = {id for one in open_ones for id in (*one.proposals, *([one.session] if one.session else ()))}
    if not ids:
        return {}
    page = Page(limit=len(ids), filters={"id": sorted(ids)}, descendants=True)
    return {one.id: one for one in await work.sessions.page(page)}


def _view(report: DoubtfulReport, sessions: dict[SessionId, Session]) -> dict[str, Any]:
    """Proposals are made when somebody looks: meanwhile a session may have got its stop."""
    stray = None if report.session is None else sessions.get(report.session)
    candidates = [sessions[id] for id in report.proposals if id in sessions]
    proposals = propose(stray, candidates) if isinstance(stray, EndedSession) else []
    view: dict[str, Any] = wire.unstructure(report)
    return view | {
        "proposals": [
            {"session": shown("ses", one.session), "why": [clue.value for clue in one.why]}
            for one in proposals
        ],
        "actions": [one.value for one in ACTIONS[report.kind]] if report.state is DoubtState.OPEN else [],
    }


_WHY = {"type": "string", "enum": [clue.value for clue in Clue]}
_PROPOSAL = objects({"session": id_schema("ses"), "why": {"type": "array", "items": _WHY}}, title="Proposal")
_ACTION = {**TEXT, "enum": [action.value for action in ResolutionAction]}
_DOUBT = objects(
    {
        **schema_of(DoubtfulReport)["properties"],
        "proposals": {"type": "array", "items": _PROPOSAL},
        "actions": {"type": "array", "items": _ACTION},
    },
    title="DoubtfulReport",
)
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/doubts", operation="doubts_list", summary="List reports for review",
             scope="doubts:read", handle=_list, gives=list_schema(_DOUBT),
             query=parameters(FILTERS)),
    Endpoint(method="GET", path="/v1/doubts/{id}", operation="doubts_get", summary="Read a report for review",
             scope="doubts:read", handle=_get, gives=_DOUBT, names="dbt"),
]  # fmt: skip
