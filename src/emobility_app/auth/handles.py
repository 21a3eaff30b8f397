"""Texts that stand for a record and prove that this server made them: codes, refresh tokens, links."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from uuid import UUID

import attrs

from emobility_core.ids import MalformedId, parse_id, shown

_RANDOM_BYTES = 32
_LONGEST = 300


@attrs.frozen
class Handles:
    """Makes them with the keyed `digest`, under which alone they are stored.

    Each names its record, so that an old one is known for what it was when somebody shows it again.
    """

    digest: Callable[[bytes], str]

    def new(self, kind: str, prefix: str, id: UUID) -> str:
        """Make one of a kind for a record, whose ids have this prefix."""
        body = f"{shown(prefix, id)}.{secrets.token_urlsafe(_RANDOM_BYTES)}"
        return f"{body}.{self._seal(kind, body)}"

    def read(self, kind: str, prefix: str, text: str) -> UUID | None:
        """The record's id, None for what this server has not made for this kind."""
        body, _, seal = text.rpartition(".")
        if len(text) > _LONGEST or not text.isascii():
            return None
        if not hmac.compare_digest(self._seal(kind, body), seal):
            return None
        try:
            return parse_id(prefix, body.partition(".")[0])
        except MalformedId:
            return None

    def stored(self, text: str) -> str:
        """What is kept of one."""
        return self.digest(f"stored {text}".encode())

    def _seal(self, kind: str, body: str) -> str:
        return self.digest(f"{kind} {body}".encode())[:32]
