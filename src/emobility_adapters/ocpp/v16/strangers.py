"""What a station that nobody has registered is answered: that it must wait."""

from __future__ import annotations

from emobility_adapters.ocpp.caller import Heartbeat
from emobility_adapters.ocpp.frames import Call, Frame, Garbled, error_text, result_text
from emobility_adapters.ocpp.v16 import answers, reports
from emobility_adapters.ocpp.v16.handlers import TRANSACTION_RELATED
from emobility_adapters.ocpp.v16.tolerance import Unreadable, read
from emobility_adapters.ocpp.version import StrangersReply
from emobility_core.instants import Instant
from emobility_core.network import StationIdentity


def reply(frame: Frame, identity: StationIdentity, now: Instant) -> StrangersReply:
    """Answer a boot with Pending and all else with SecurityError, but for what is reported of sessions: a
    CALLERROR would make the station drop it in the end.

    OCPP 1.6, 4.2, forbids all else until then; how it is answered is said by OCPP 2.0.1, B02.FR.09.
    """
    if isinstance(frame, Garbled):
        return _reply_to_garbled(frame)
    if not isinstance(frame, Call):
        return StrangersReply()
    if frame.action in TRANSACTION_RELATED:
        return StrangersReply(withheld=True)
    if frame.action != "BootNotification":
        return StrangersReply(text=error_text(frame.id, "SecurityError", "this station is not accepted yet"))
    try:
        boot = reports.boot_report(read(frame.action, frame.payload))
    except Unreadable as problem:
        return StrangersReply(text=error_text(frame.id, problem.code, problem.description))
    pending = answers.boot_pending(identity, now, Heartbeat())
    return StrangersReply(text=result_text(frame.id, pending), boot=boot)


def _reply_to_garbled(frame: Garbled) -> StrangersReply:
    if frame.action in TRANSACTION_RELATED:
        return StrangersReply(withheld=True)
    if frame.kind not in (None, 2) or frame.id is None:
        return StrangersReply()
    return StrangersReply(text=error_text(frame.id, "FormationViolation", frame.reason))
