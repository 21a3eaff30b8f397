"""What each request of a station does: read it, hand it to its use case, answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from emobility_adapters.ocpp.caller import Caller, Services
from emobility_adapters.ocpp.frames import Call, error_text, result_text
from emobility_adapters.ocpp.v16 import answers, kept, reports, security
from emobility_adapters.ocpp.v16.tolerance import Fields, Unreadable, read
from emobility_adapters.ocpp.v16.words import time_text
from emobility_core.charging import keep_unreadable, present_tag, record_readings, record_start, record_stop
from emobility_core.errors import Unavailable
from emobility_core.instants import Instant
from emobility_core.network import record_boot, record_sign_of_life, record_status

_log = logging.getLogger("emobility.ocpp")

# How old `last_seen_at` may be while a station talks.
_SEEN_EVERY = timedelta(minutes=1)

Answer = dict[str, object]


Handler = Callable[[Fields, Call, Caller, Services], Awaitable[Answer]]


async def authorize(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    tag = caller.dialect.tag(fields.required_text("idTag"))
    grant = await present_tag(
        tag,
        station=caller.station,
        scope=caller.scope,
        tools=services.tools,
        at=caller.clock.now(),
    )
    return {"idTagInfo": answers.id_tag_info(grant)}


async def boot_notification(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    async with caller.turn:
        state = await record_boot(
            reports.boot(fields, caller.station),
            scope=caller.scope,
            transactions=services.transactions,
            clock=caller.clock,
            ids=services.tools.ids,
        )
    caller.boots = state.boots
    caller.dialect.clock.reset()
    caller.dialect.profile = services.profiles.of(state.boot)
    return answers.boot_accepted(caller.known.station.identity, caller.clock.now(), services.heartbeat)


async def heartbeat(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    return {"currentTime": time_text(caller.clock.now())}


async def status_notification(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    report = reports.status(fields, caller.station, caller.clock.now(), caller.dialect)
    caller.dialect.clock.note(report.time)
    await record_status(
        report,
        scope=caller.scope,
        transactions=services.transactions,
        ids=services.tools.ids,
    )
    return {}


async def start_transaction(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    report = reports.start(fields, caller.station, call.id, caller.boots, caller.clock.now(), caller.dialect)
    answer = await record_start(report, scope=caller.scope, tools=services.tools)
    delay_s = caller.dialect.profile.start_answer_delay_s
    if delay_s:
        # The next messages of this station wait, those of others do not.
        await asyncio.sleep(delay_s)
    return {
        "transactionId": answer.transaction_id,
        "idTagInfo": answers.id_tag_info(answer.authorization),
    }


async def stop_transaction(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    report = reports.stop(fields, caller.station, caller.clock.now(), caller.dialect)
    answer = await record_stop(report, scope=caller.scope, tools=services.tools)
    if answer.authorization is None:
        return {}
    return {"idTagInfo": answers.id_tag_info(answer.authorization)}


async def meter_values(fields: Fields, call: Call, caller: Caller, services: Services) -> Answer:
    report = reports.readings(fields, caller.station, call.id, caller.clock.now(), caller.dialect)
    if report.values:
        caller.dialect.clock.note(report.values[-1].time)
    await record_readings(report, scope=caller.scope, tools=services.tools)
    return {}


HANDLERS: dict[str, Handler] = {
    **kept.HANDLERS,
    **security.HANDLERS,
    "Authorize": authorize,
    "BootNotification": boot_notification,
    "Heartbeat": heartbeat,
    "MeterValues": meter_values,
    "StartTransaction": start_transaction,
    "StatusNotification": status_notification,
    "StopTransaction": stop_transaction,
}

# Where the number that a station was answered with stands in the report that was kept.
ANSWERED = "answered"
# A CALLERROR makes a station resend these, then drop them: they are always stored and answered.
TRANSACTION_RELATED = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})


async def answer(call: Call, caller: Caller, services: Services) -> str:
    """Handle a request and return the frame to answer with.

    Raises `Unavailable` where a transaction-related report cannot be stored: unanswered, it comes again.
    """
    now = caller.clock.now()
    if now - caller.seen_at >= _SEEN_EVERY:
        await _note_life(caller, services, now)
    handler = HANDLERS.get(call.action)
    if handler is None:
        return error_text(call.id, "NotImplemented", f"{call.action} is not known here")
    try:
        return result_text(call.id, await handler(read(call.action, call.payload), call, caller, services))
    except Unreadable as problem:
        code, reason = problem.code, problem.description
    except Unavailable:
        if call.action in TRANSACTION_RELATED:
            raise
        code, reason = "InternalError", "please try again later"
    except Exception:
        # A bug of ours costs neither the line nor the report, which would come again for ever.
        _log.exception("%s of %s failed", call.action, caller.known.station.identity.text)
        code, reason = "InternalError", "could not be handled"
    if call.action not in TRANSACTION_RELATED:
        return error_text(call.id, code, reason)
    content = {"action": call.action, "payload": call.payload, "problem": reason}
    return result_text(call.id, await keep_aside(call.action, content, caller, services))


async def _note_life(caller: Caller, services: Services, now: Instant) -> None:
    """Any message is a sign of life (OCPP 1.6, 4.6); missing one costs nothing."""
    caller.seen_at = now
    try:
        async with caller.turn:
            with caller.traffic.taken() as said:
                await record_sign_of_life(
                    caller.station,
                    scope=caller.scope,
                    transactions=services.transactions,
                    at=now,
                    ids=services.tools.ids,
                    clock_offset=caller.dialect.clock.measure(),
                    said=said,
                )
    except Exception as error:
        _log.warning("no sign of life of %s: %r", caller.known.station.identity.text, error)


async def keep_aside(action: str, content: dict[str, Any], caller: Caller, services: Services) -> Answer:
    """Keep a transaction-related report that cannot be read, and make the answer its sender needs."""
    answer: Answer = {}
    if action == "StartTransaction":
        # What follows will name this number: whoever mends the start gives its session the same one.
        number = services.tools.ids.transaction_number()
        content = {**content, ANSWERED: number}
        answer = {"transactionId": number, "idTagInfo": {"status": "Invalid"}}
    await keep_unreadable(
        caller.station, content, scope=caller.scope, tools=services.tools, at=caller.clock.now()
    )
    return answer
