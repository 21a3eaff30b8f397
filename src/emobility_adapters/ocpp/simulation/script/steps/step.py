"""A step of a script: one thing that a station does, or that is expected of it or of the central system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from emobility_adapters.ocpp.simulation.script.actor import Actor


@attrs.frozen(kw_only=True)
class Step(ABC):
    """`do` is what it is called in a scenario file; its docstring is its documentation."""

    do: ClassVar[str]

    @property
    def lasts_s(self) -> float:
        """How much station time it takes at most, as far as that can be told."""
        return 0.0

    @abstractmethod
    async def play(self, actor: Actor) -> str:
        """Do it and return a few words on what came of it; raise `Unmet` or a `SimulationFailure`."""


def contains(whole: Any, part: Any) -> bool:
    """Whether everything in `part` is in `whole`, at any depth; lists item by item."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            name in whole and contains(whole[name], value) for name, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) >= len(part) and all(map(contains, whole, part))
    return bool(whole == part)
