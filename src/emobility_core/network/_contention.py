"""Of two who change the same record at once the second one looks again, a few times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from emobility_core.errors import EmobilityError, Unavailable
from emobility_core.ids import StationId
from emobility_core.work import StaleWrite

T = TypeVar("T")

# A number drawn twice, a race with an API call: each is over at the next try, so few suffice.
TRIES = 5


@attrs.frozen
class Contended(Unavailable):
    """What is kept of a station changed at each try of something that had to change it.

    Remedy: try again; a station that was not answered does so by itself.
    """

    code = "contended"
    station: StationId


async def retried(
    step: Callable[[], Awaitable[T]],
    *,
    station: StationId,
    against: tuple[type[EmobilityError], ...] = (StaleWrite,),
) -> T:
    """Do a step that opens its own unit of work, again while it fails `against` what another one has stored
    meanwhile; raise `Contended` after the last try."""
    for _ in range(TRIES):
        try:
            return await step()
        except against:
            continue
    raise Contended(station)
