"""Tickets: what a page remembers of the step before, in the form itself, so that no cookie is needed."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs

from emobility_core.ids import MalformedId, UserId, parse_id, shown
from emobility_core.instants import Clock, Instant

LASTS = timedelta(minutes=5)
_EPOCH = Instant(datetime(1970, 1, 1, tzinfo=UTC))
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen
class Ticket:
    """Of a user who proved who they are `at` an instant."""

    user: UserId
    at: Instant


@attrs.frozen
class Tickets:
    """Made with the keyed `digest`, for one step of one request (`sealed`): a ticket of another one does not
    count."""

    digest: Callable[[bytes], str]
    clock: Clock

    def new(self, step: str, ticket: Ticket, sealed: str) -> str:
        at = (ticket.at - _EPOCH) // _MICROSECOND
        body = f"{shown('usr', ticket.user)}.{at}.{secrets.token_urlsafe(16)}"
        return f"{body}.{self._seal(step, sealed, body)}"

    def read(self, step: str, sealed: str, text: str) -> Ticket | None:
        """None for a ticket that is not of this step and request, or is over."""
        body, _, seal = text.rpartition(".")
        if not text.isascii() or not hmac.compare_digest(self._seal(step, sealed, body), seal):
            return None
        name, microseconds, _ = body.split(".")
        at = Instant(_EPOCH + int(microseconds) * _MICROSECOND)
        try:
            user = UserId(parse_id("usr", name))
        except MalformedId:
            return None
        return Ticket(user, at) if self.clock.now() < at + LASTS else None

    def _seal(self, step: str, sealed: str, body: str) -> str:
        return self.digest(f"ticket {step} {body} {sealed}".encode())
