"""Instants as they come over the wire."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(text: str) -> datetime:
    """An instant of OCPP; one without a zone is UTC. Raises ValueError for what is none."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
