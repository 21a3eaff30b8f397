"""What a station that nobody has registered is answered: that it must wait."""

from __future__ import annotations

import attrs

from emobility_adapters.ocpp.frames import Call, Frame, Garbled, error_text, result_text
from emobility_adapters.ocpp.v16 import answers, reports
from emobility_adapters.ocpp.v16.handlers import TRANSACTION_RELATED
from emobility_adapters.ocpp.v16.tolerance import Unreadable, read
from emobility_core.instants import Instant
from emobility_core.network import BootReport, StationIdentity


@attrs.frozen(kw_only=True)
class Reply:
    """The frame to answer with, if any; `boot` is what a boot said, `withheld` a report of a session."""

    text: str | None = None
    boot: BootReport | None = None
    withheld: bool = False


def reply(frame: Frame, identity: StationIdentity, now: Instant) -> Reply:
    """Answer a boot with Pending and all else with SecurityError (OCPP 1.6, 4.2), but for what is reported of
    sessions: a CALLERROR would make the station drop it in the end."""
    if isinstance(frame, Garbled):
        return _reply_to_garbled(frame)
    if not isinstance(frame, Call):
        return Reply()
    if frame.action in TRANSACTION_RELATED:
        return Reply(withheld=True)
    if frame.action != "BootNotification":
        return Reply(text=error_text(frame.id, "SecurityError", "this station is not accepted yet"))
    try:
        boot = reports.boot_report(read(frame.action, frame.payload))
    except Unreadable as problem:
        return Reply(text=error_text(frame.id, problem.code, problem.description))
    return Reply(text=result_text(frame.id, answers.boot_pending(identity, now)), boot=boot)


def _reply_to_garbled(frame: Garbled) -> Reply:
    if frame.action in TRANSACTION_RELATED:
        return Reply(withheld=True)
    if frame.kind not in (None, 2) or frame.id is None:
        return Reply()
    return Reply(text=error_text(frame.id, "FormationViolation", frame.reason))
