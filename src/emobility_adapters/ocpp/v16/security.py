"""What stations send under the security whitepaper: their security events, and requests to be certified."""

from __future__ import annotations

from emobility_adapters.ocpp.caller import Caller, Services
from emobility_adapters.ocpp.frames import Call
from emobility_adapters.ocpp.v16.tolerance import Fields
from emobility_core.certification import request_certificate
from emobility_core.network import ReportSecurityEvent, judge_time, record_security_event

Answer = dict[str, object]


async def security_event(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    report = ReportSecurityEvent(
        station=caller.station,
        type=fields.required_text("type"),
        info=fields.text("techInfo"),
        time=judge_time(fields.text("timestamp"), caller.clock.now()),
    )
    await record_security_event(
        report, scope=caller.scope, transactions=services.seldom, ids=services.tools.ids
    )
    return {}


async def sign_certificate(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    # A text as it came: lines are part of it.
    request = fields.payload.get("csr")
    if not isinstance(request, str):
        raise fields.lacks("csr")
    accepted = await request_certificate(
        request,
        station=caller.station,
        scope=caller.scope,
        transactions=services.seldom,
        certifier=services.certifier,
        clock=caller.clock,
        ids=services.tools.ids,
    )
    return {"status": "Accepted" if accepted else "Rejected"}


HANDLERS = {
    "SecurityEventNotification": security_event,
    "SignCertificate": sign_certificate,
}
