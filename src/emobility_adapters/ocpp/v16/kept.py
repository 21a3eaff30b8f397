"""What stations report and what is kept of it as it came: progress of transfers, vendors' own data."""

from __future__ import annotations

from emobility_adapters.ocpp.caller import Caller, Services
from emobility_adapters.ocpp.frames import Call
from emobility_adapters.ocpp.v16.tolerance import Fields
from emobility_core.network import RecordReport, ReportKind, judge_time, record_report

Answer = dict[str, object]


async def firmware_status(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    return await _progress(ReportKind.FIRMWARE, fields, caller, services)


async def diagnostics_status(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    return await _progress(ReportKind.DIAGNOSTICS, fields, caller, services)


async def log_status(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    return await _progress(ReportKind.LOG, fields, caller, services)


async def data_transfer(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    fields.required_text("vendorId")
    await _keep(ReportKind.DATA_TRANSFER, fields, caller, services)
    # OCPP 1.6, 4.3: we know no vendor's messages; the content is kept all the same.
    return {"status": "UnknownVendorId"}


async def _progress(kind: ReportKind, fields: Fields, caller: Caller, services: Services) -> Answer:
    progress, request = fields.required_text("status"), fields.integer("requestId")
    await _keep(kind, fields, caller, services, progress=progress, request=request)
    return {}


async def _keep(
    kind: ReportKind,
    fields: Fields,
    caller: Caller,
    services: Services,
    *,
    progress: str | None = None,
    request: int | None = None,
) -> None:
    report = RecordReport(
        station=caller.station,
        kind=kind,
        content=fields.payload,
        time=judge_time(None, caller.clock.now()),
        progress=progress,
        request=request,
    )
    await record_report(
        report, scope=caller.scope, transactions=services.transactions, ids=services.tools.ids
    )


HANDLERS = {
    "DataTransfer": data_transfer,
    "DiagnosticsStatusNotification": diagnostics_status,
    "FirmwareStatusNotification": firmware_status,
    "LogStatusNotification": log_status,
    "SignedFirmwareStatusNotification": firmware_status,
}
