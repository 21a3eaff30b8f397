"""The worklist of reports that found no session, over HTTP."""

from __future__ import annotations

from typing import Any

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import wire
from emobility_core.charging import DoubtfulReport, DoubtfulReportKind
from emobility_core.ids import DoubtfulReportId, StationId, parse_id

FILTERS: dict[str, Any] = {"station": StationId, "kind": DoubtfulReportKind}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return listed(call, page, await work.doubtful_reports.page(page), wire.unstructure)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        report = await work.doubtful_reports.get(DoubtfulReportId(parse_id("dbt", call.path["id"])))
    return tagged(call, wire.unstructure(report), report.version)


_DOUBT = objects(schema_of(DoubtfulReport)["properties"], title="DoubtfulReport")
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/doubts", operation="doubts_list", summary="List reports for review",
             scope="doubts:read", handle=_list, gives=list_schema(_DOUBT),
             query=parameters(FILTERS)),
    Endpoint(method="GET", path="/v1/doubts/{id}", operation="doubts_get", summary="Read a report for review",
             scope="doubts:read", handle=_get, gives=_DOUBT, names="dbt"),
]  # fmt: skip
