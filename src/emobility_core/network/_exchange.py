"""What was said on a station's line: a request and its answer, one exchange."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import Enum, IntEnum

import attrs

from emobility_core.errors import Invalid
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant, instant

_EPOCH = instant(datetime(1970, 1, 1, tzinfo=UTC))
_ENVELOPE = re.compile(r'^\s*\[\s*[^,]{1,8},\s*(?:"((?:[^"\\]|\\.){0,64})"|(\d{1,20}))')


@attrs.frozen
class EmptyWindow(Invalid):
    """A time window ends before it begins.

    Remedy: give a `from` that is earlier than `until`.
    """

    code = "empty-window"


class FrameKind(IntEnum):
    """What a frame is; numbers as OCPP-J has them, and one for what belongs to no exchange by itself."""

    STRAY = 0
    CALL = 2
    RESULT = 3
    ERROR = 4


class ExchangeOutcome(Enum):
    """How a request was answered; NONE also for what is no request."""

    RESULT = "result"
    ERROR = "error"
    NONE = "none"


@attrs.frozen(kw_only=True)
class Exchange:
    """A request and its answer as they were on the line, secrets masked.

    `number` orders the exchanges of a station: microseconds since 1970 when it began. `inbound` says that
    the station began it. A frame that cannot be read, or that answers nothing, stands alone as `request`.
    `action` is what the request asked for, as far as it could be made out.
    """

    number: int
    tenant: TenantId
    station: StationId
    inbound: bool
    action: str | None
    request: str
    requested_at: Instant
    answer: str | None = None
    answered_at: Instant | None = None
    outcome: ExchangeOutcome = ExchangeOutcome.NONE

    @property
    def message_id(self) -> str | None:
        found = _ENVELOPE.match(self.request)
        return None if found is None else found[1] or found[2]

    @property
    def duration_ms(self) -> int | None:
        """From the receipt or sending of the request to that of its answer."""
        if self.answered_at is None:
            return None
        return round((self.answered_at - self.requested_at).total_seconds() * 1000)


@attrs.frozen(kw_only=True)
class ExchangeQuery:
    """Which exchanges of one station are wanted; what is empty or None does not limit.

    Any of `texts` occurs in the request or the answer, whatever its case. `after` is the number of an
    exchange, behind which to go on in the direction that `backwards` says.
    """

    station: StationId
    actions: tuple[str, ...] = ()
    inbound: bool | None = None
    begin: Instant | None = None
    until: Instant | None = None
    message_id: str | None = None
    outcomes: tuple[ExchangeOutcome, ...] = ()
    texts: tuple[str, ...] = ()
    after: int | None = None
    backwards: bool = False
    limit: int = 100

    def __attrs_post_init__(self) -> None:
        if self.begin is not None and self.until is not None and self.until <= self.begin:
            raise EmptyWindow()

    def admits(self, exchange: Exchange) -> bool:
        """Whether the exchange is one of those wanted, wherever the page begins."""
        said = f"{exchange.request}\n{exchange.answer or ''}".lower()
        return (
            exchange.station == self.station
            and (not self.actions or exchange.action in self.actions)
            and self.inbound in (None, exchange.inbound)
            and (self.begin is None or exchange.requested_at >= self.begin)
            and (self.until is None or exchange.requested_at < self.until)
            and self.message_id in (None, exchange.message_id)
            and (not self.outcomes or exchange.outcome in self.outcomes)
            and (not self.texts or any(text.lower() in said for text in self.texts))
        )


def exchange_number(at: Instant) -> int:
    """The least number of an exchange that begins at `at`."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
