"""OCPP 1.6 as a version that the endpoint can speak."""

from __future__ import annotations

from collections.abc import Awaitable

import attrs
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.caller import Caller, Services
from emobility_adapters.ocpp.frames import Call, Failure, Frame, Garbled, Result, result_text
from emobility_adapters.ocpp.v16 import handlers, orders, outcomes, strangers
from emobility_adapters.ocpp.version import Request, StrangersReply
from emobility_core.commands import Order, StationAnswer
from emobility_core.instants import Instant
from emobility_core.network import StationIdentity


@attrs.frozen
class V16:
    """Implements `Version`: edition 2 with the errata, and the security whitepaper."""

    services: Services

    @property
    def subprotocol(self) -> Subprotocol:
        return Subprotocol("ocpp1.6")

    @property
    def status_request(self) -> Request:
        return "TriggerMessage", {"requestedMessage": "StatusNotification"}

    def answer(self, call: Call, caller: Caller) -> Awaitable[str]:
        return handlers.answer(call, caller, self.services)

    async def answer_garbled(self, frame: Garbled, text: str, caller: Caller) -> str | None:
        if frame.id is None or frame.action not in handlers.TRANSACTION_RELATED:
            return None
        content = {"action": frame.action, "frame": text, "problem": frame.reason}
        kept = await handlers.keep_aside(frame.action, content, caller, self.services)
        return result_text(frame.id, kept)

    def reply_to_stranger(self, frame: Frame, identity: StationIdentity, at: Instant) -> StrangersReply:
        return strangers.reply(frame, identity, at)

    def request_of(self, order: Order) -> Request:
        return orders.request_of(order)

    def outcome_of(self, action: str, answer: Result | Failure) -> StationAnswer:
        return outcomes.outcome_of(action, answer)
