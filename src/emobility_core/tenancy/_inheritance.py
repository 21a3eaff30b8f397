"""How anything is handed down the tree: the nearest tenant counts, unless one above it has locked its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from emobility_core.ids import TenantId


@attrs.frozen(kw_only=True)
class Layer:
    """What one place of the line sets; `source` is None for what no tenant sets (the defaults, a site)."""

    source: TenantId | None
    values: Mapping[str, object]
    locked: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Link:
    """One value that was considered, and by whom it is set; `locked` keeps those below from another one."""

    source: TenantId | None
    value: object
    locked: bool = False


@attrs.frozen
class Effective:
    """What holds at the end of a line, and why: `chain` are all values that are set, the default first."""

    chain: tuple[Link, ...]

    @property
    def counted(self) -> Link:
        """The link whose value holds: the first that is locked, else the last."""
        return next((link for link in self.chain if link.locked), self.chain[-1])

    @property
    def value(self) -> object:
        return self.counted.value

    @property
    def source(self) -> TenantId | None:
        """The tenant that the value comes from, None for the default."""
        return self.counted.source

    @property
    def locked_by(self) -> TenantId | None:
        """The highest tenant that has locked it, None if none has."""
        return self.counted.source if self.counted.locked else None


def handed_down(name: str, layers: Sequence[Layer]) -> Effective:
    """Follow a name from the top of a line to its end; the first layer (the defaults) must have it."""
    return Effective(
        tuple(
            Link(source=layer.source, value=layer.values[name], locked=name in layer.locked)
            for layer in layers
            if name in layer.values
        )
    )
