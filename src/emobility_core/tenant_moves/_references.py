"""Which records name others, by the names of their ports: what a move must not tear apart."""

from __future__ import annotations

from uuid import UUID

import attrs

from emobility_core.ids import TenantId


@attrs.frozen
class Reference:
    """Records of `kind` name one of `names` in their `field`; `many` in a list."""

    kind: str
    field: str
    names: str
    many: bool = False


# What a record names must belong to its own tenant or one above it.
REFERENCES = (
    Reference("stations", "site", "sites"),
    Reference("stations", "station_groups", "station_groups", many=True),
    Reference("customers", "user_groups", "user_groups", many=True),
    Reference("contracts", "customer", "customers"),
    Reference("contracts", "user_group", "user_groups"),
    Reference("tokens", "customer", "customers"),
    Reference("tokens", "contract", "contracts"),
    Reference("tariff_assignments", "tariff", "tariffs"),
    Reference("tariff_assignments", "station", "stations"),
    Reference("tariff_assignments", "station_group", "station_groups"),
    Reference("tariff_assignments", "site", "sites"),
    Reference("tariff_assignments", "token", "tokens"),
    Reference("tariff_assignments", "contract", "contracts"),
    Reference("tariff_assignments", "customer", "customers"),
    Reference("tariff_assignments", "user_group", "user_groups"),
    Reference("account_rules", "station_groups", "station_groups", many=True),
    Reference("account_rules", "user_groups", "user_groups", many=True),
    Reference("load_budgets", "site", "sites"),
    Reference("load_points", "budget", "load_budgets"),
    Reference("load_points", "station", "stations"),
    Reference("load_limits", "budget", "load_budgets"),
    Reference("load_priorities", "session", "sessions"),
)
# Stations whose certificate an authority above has signed: it is trusted in its own part of the tree alone.
SIGNED = Reference("station_certificates", "authority", "certificate_authorities")


@attrs.frozen(kw_only=True)
class LeftReference:
    """A record that would go and what it names, which would stay behind; of a role of an API client one of
    them goes."""

    kind: str
    id: UUID
    tenant: TenantId
    field: str
    names: str
    named: UUID
