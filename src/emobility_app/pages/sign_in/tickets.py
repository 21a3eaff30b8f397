"""Tickets: what a page remembers of the step before, in the form itself, so that no cookie is needed."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta

import attrs

from emobility_core.ids import MalformedId, UserId, parse_id, shown
from emobility_core.instants import Clock

LASTS = timedelta(minutes=5)


@attrs.frozen
class Tickets:
    """Made with the keyed `digest`, for one step of one request: a ticket of another one does not count."""

    digest: Callable[[bytes], str]
    clock: Clock

    def new(self, step: str, user: UserId, query: str) -> str:
        until = int((self.clock.now() + LASTS).timestamp())
        body = f"{shown('usr', user)}.{until}.{secrets.token_urlsafe(16)}"
        return f"{body}.{self._seal(step, query, body)}"

    def read(self, step: str, query: str, text: str) -> UserId | None:
        """The user, None for a ticket that is not of this step and request, or is over."""
        body, _, seal = text.rpartition(".")
        if not text.isascii() or not hmac.compare_digest(self._seal(step, query, body), seal):
            return None
        name, until, _ = body.split(".")
        try:
            user = UserId(parse_id("usr", name))
        except MalformedId:
            return None
        return user if self.clock.now().timestamp() < int(until) else None

    def _seal(self, step: str, query: str, body: str) -> str:
        return self.digest(f"ticket {step} {body} {query}".encode())
