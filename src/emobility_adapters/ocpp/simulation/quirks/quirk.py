"""A quirk: one named way in which a station deviates from OCPP 1.6, and what it needs to remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

import attrs
from websockets.http11 import Request as Opening

from emobility_adapters.ocpp.simulation.frames import Payload, Request

Call: TypeAlias = tuple[str, Payload]


@attrs.define(eq=False)
class Memory:
    """What a station's quirks know of it.

    `starts` has the true register at the start of each connector's transaction, `counts` whatever a
    quirk counts, `held` the answers kept back; `fresh` says that the connection has just begun.
    """

    identity: str
    now: Callable[[], datetime]
    begun: datetime
    starts: dict[int, int] = attrs.field(factory=dict)
    counts: Counter[str] = attrs.field(factory=Counter)
    held: list[bytes] = attrs.field(factory=list)
    fresh: bool = True

    @property
    def last_start_wh(self) -> int:
        """The register at the latest start."""
        return next(reversed(self.starts.values()), 0)

    def count(self, what: str) -> int:
        """How often this was asked, now included."""
        self.counts[what] += 1
        return self.counts[what]


Change: TypeAlias = Callable[[Memory, str, Payload], Payload | None]
Beside: TypeAlias = Callable[[Memory, str, Payload], Iterable[Call]]


@attrs.frozen(kw_only=True)
class Quirk:
    """`summary` ends the sentence "a station that ...". Each hook is None where nothing deviates.

    `change` alters the payload of a call (None: it is never sent, and passes for answered); `before`
    and `after` are further calls about one; `message_id` gives another id; `copies` is how often a
    frame is sent without waiting; `rewrite` alters a call's frame, `answer` an answer's (None: it is
    not sent); `restarts` says whether the station restarts instead of answering; `opening` alters the
    handshake. The flags: `raw_key` shows the key as bytes, not as
    text; without `pings` no ping is sent; without `boots` a reconnect goes without a
    BootNotification; `leaves_lines_open` never closes a connection; `redials_after_s` is how long it
    stays away.
    """

    name: str
    summary: str
    change: Change | None = None
    before: Beside | None = None
    after: Beside | None = None
    message_id: Callable[[Memory, str, str], str] | None = None
    copies: Callable[[str], int] | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    answer: Callable[[Memory, Request, bytes], bytes | None] | None = None
    restarts: Callable[[Request], bool] | None = None
    opening: Callable[[Memory, Opening], None] | None = None
    raw_key: bool = False
    pings: bool = True
    boots: bool = True
    leaves_lines_open: bool = False
    redials_after_s: tuple[float, float] | None = None
