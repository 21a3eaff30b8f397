"""What a version of OCPP brings: the rest of this package works with any of them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

import attrs
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.caller import Caller
from emobility_adapters.ocpp.frames import Call, Failure, Frame, Garbled, Result
from emobility_core.commands import Order, StationAnswer
from emobility_core.instants import Instant
from emobility_core.network import BootReport, StationIdentity

# An action and its payload.
Request = tuple[str, dict[str, Any]]


@attrs.frozen(kw_only=True)
class StrangersReply:
    """The frame to answer an unknown station with, if any; `boot` is what a boot said, `withheld` that a
    report of a session was left unanswered."""

    text: str | None = None
    boot: BootReport | None = None
    withheld: bool = False


class Version(Protocol):
    """One version of the protocol, as the endpoint speaks it over the framing of OCPP-J."""

    @property
    def subprotocol(self) -> Subprotocol:
        """The WebSocket subprotocol that stands for it."""
        ...

    @property
    def status_request(self) -> Request:
        """What asks a station for the status of all its connectors."""
        ...

    def answer(self, call: Call, caller: Caller) -> Awaitable[str]:
        """Handle a station's request and return the frame to answer with.

        Raises `Unavailable` where a report cannot be stored: unanswered, it comes again.
        """
        ...

    async def answer_garbled(self, frame: Garbled, text: str, caller: Caller) -> str | None:
        """Keep a report in a frame that cannot be read, and return the frame to answer with; None leaves
        it to a plain CALLERROR."""
        ...

    def reply_to_stranger(self, frame: Frame, identity: StationIdentity, at: Instant) -> StrangersReply:
        """What a station that nobody has registered is answered."""
        ...

    def request_of(self, order: Order) -> Request | None:
        """What asks a station to carry out an order; None where this version has no such request."""
        ...

    def outcome_of(self, action: str, answer: Result | Failure) -> StationAnswer:
        """What a station's answer to a request says."""
        ...
