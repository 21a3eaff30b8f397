"""Why a verdict is as it is: stable codes with their facts."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Reason:
    """One reason; `code` is stable, `facts` are the values behind it."""

    code: str
    facts: Mapping[str, str] = attrs.field(factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.code} ({told})" if told else self.code
