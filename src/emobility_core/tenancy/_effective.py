"""What holds for a tenant: its own settings and those that are handed down to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emobility_core.tenancy._inheritance import Effective, Layer, handed_down
from emobility_core.tenancy._settings import CATALOGUE, WATCH
from emobility_core.tenancy._tenant import Tenant, watch_values
from emobility_core.tenancy._watch import USUAL, WatchRules

DEFAULTS = Layer(source=None, values={name: one.default for name, one in CATALOGUE.items()})


def effective_settings(line: Sequence[Tenant]) -> dict[str, Effective]:
    """All settings at the end of a line that begins with the root, each with its reason."""
    layers = [DEFAULTS, *(tenant.layer for tenant in line)]
    return {name: handed_down(name, layers) for name in CATALOGUE}


def rules_along(line: Sequence[Tenant], site: WatchRules | None = None) -> WatchRules:
    """The rules of watching at a site of the last tenant of a line; without a site, those of the tenant."""
    layers = [DEFAULTS, *(tenant.layer for tenant in line)]
    if site is not None:
        layers.append(Layer(source=None, values=watch_values(site)))
    found: dict[str, Any] = {name: handed_down(f"{WATCH}{name}", layers).value for name in USUAL}
    return WatchRules(**found)
