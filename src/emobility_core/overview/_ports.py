"""What the overview needs from outside."""

from __future__ import annotations

from typing import Protocol

from emobility_core.overview._views import Overview
from emobility_core.work import Scope


class Overviews(Protocol):
    """Reads the state of the network, in a number of queries that does not grow with it."""

    async def read(self, scope: Scope, *, stations: int, ended: int) -> Overview:
        """Return up to `stations` stations by site and identity, all sessions that run on them, oldest
        first, and the last `ended` sessions, newest end first, within the scope."""
        ...
