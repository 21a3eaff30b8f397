"""The roles that every tenant has."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from emobility_core.identity import SCOPES


@attrs.frozen(kw_only=True)
class BuiltInRole:
    """A role of ours: `key` names it in assignments."""

    key: str
    name: str
    description: str
    permissions: frozenset[str]


def _read(*resources: str) -> frozenset[str]:
    return frozenset(f"{resource}:read" for resource in resources)


def _write(*resources: str) -> frozenset[str]:
    """To write something is of use to those alone who can read it."""
    return _read(*resources) | frozenset(f"{resource}:write" for resource in resources)


def _without(resources: Iterable[str]) -> frozenset[str]:
    return frozenset(scope for scope in SCOPES if scope.partition(":")[0] not in resources)


_NETWORK = ("sites", "stations", "station-groups")
_PEOPLE = ("customers", "user-groups", "contracts", "tokens")
# Who decides about rights, tenants and prices decides about the company, and so does who erases persons.
_COMPANY = (
    "tenants", "roles", "grants", "users", "api-clients", "trusted-issuers", "access-tokens", "tariffs",
    "personal-data",
)  # fmt: skip

BUILT_IN_ROLES: dict[str, BuiltInRole] = {
    role.key: role
    for role in (
        BuiltInRole(
            key="owner",
            name="Owner",
            description="May do everything, and hand out every right.",
            permissions=SCOPES,
        ),
        BuiltInRole(
            key="operator",
            name="Operator",
            description="Runs the stations: everything but rights, clients, tenants and prices.",
            permissions=_without([*_COMPANY, "account-rules"]) | _read("tenants", "tariffs"),
        ),
        BuiltInRole(
            key="service-desk",
            name="Service desk",
            description="Helps drivers: cards and contracts, commands to stations, reservations, doubts.",
            permissions=_write(*_PEOPLE, "reservations", "doubts")
            | _read(*_NETWORK, "tenants", "tariffs", "sessions", "operations", "events", "station-messages")
            | {"stations:command"},
        ),
        BuiltInRole(
            key="billing",
            name="Billing",
            description="Prices and bills: tariffs, contracts, the doubts that hold a bill.",
            permissions=_write(
                "customers", "user-groups", "contracts", "tariffs", "doubts", "postings", "account-rules"
            )
            | _read(*_NETWORK, "tenants", "tokens", "sessions", "operations", "events")
            | {"tariffs:publish", "postings:close"},
        ),
        BuiltInRole(
            key="fleet-manager",
            name="Fleet manager",
            description="Looks after a company's drivers: their cards, and what they charge.",
            permissions=_write("customers", "tokens", "reservations")
            | _read(*_NETWORK, "user-groups", "contracts", "tariffs", "sessions", "operations"),
        ),
        BuiltInRole(
            key="viewer",
            name="Viewer",
            description="Looks at the network and what is charged there, not at persons.",
            permissions=_read(
                *_NETWORK, "tenants", "tariffs", "sessions", "reservations", "doubts", "load", "operations"
            ),
        ),
        BuiltInRole(
            key="driver",
            name="Driver",
            description="Finds a station and its price.",
            permissions=_read("sites", "stations", "tariffs"),
        ),
    )
}
