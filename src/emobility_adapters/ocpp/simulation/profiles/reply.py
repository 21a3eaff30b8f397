"""An answer to a call of the central system, and what follows once it was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.times import read_time

Then: TypeAlias = Callable[[], None]
Reply: TypeAlias = tuple[Payload, Then | None]
Answers: TypeAlias = Mapping[str, Callable[[Payload], Reply]]


class Malformed(Exception):
    """A request that cannot be obeyed as it stands; `code` goes into the CALLERROR."""

    def __init__(self, words: str, code: str = "FormationViolation") -> None:
        super().__init__(words)
        self.code = code


def status(word: str, then: Then | None = None) -> Reply:
    """The answer of most requests: a status alone."""
    return {"status": word}, then


def time_in(payload: Payload, name: str) -> datetime | None:
    """The instant in a field, None where it is left out."""
    text = payload.get(name)
    try:
        return None if text is None else read_time(text)
    except ValueError as error:
        raise Malformed(f"{name} is no date and time") from error
