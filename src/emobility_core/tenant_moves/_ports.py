"""What a move looks at: the tree, what its tenants have, and what they hand down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from emobility_core.access import Grants, Role, RoleAssignment
from emobility_core.identity import ApiClient
from emobility_core.ids import TenantId
from emobility_core.network import Station
from emobility_core.tenancy import Tenants
from emobility_core.tenant_moves._references import LeftReference, Reference
from emobility_core.work import Outbox, Records


class TreeContents(Protocol):
    """What lies in parts of the tree, within the scope."""

    async def below(self, path: str) -> Mapping[str, int]:
        """Count the records of `COUNTED` kinds of the tenant with this path and all below it."""
        ...

    async def of(self, tenants: Sequence[TenantId]) -> Mapping[str, int]:
        """Count those of these tenants alone."""
        ...

    async def naming(
        self, reference: Reference, tenants: Sequence[TenantId], *, below: str
    ) -> list[LeftReference]:
        """The records below a path that name one of these tenants', in the order of their ids."""
        ...


class MoveWork(Protocol):
    @property
    def tenants(self) -> Tenants: ...
    @property
    def tree(self) -> TreeContents: ...
    @property
    def tariff_assignments(self) -> Records[Any]: ...
    @property
    def configuration_templates(self) -> Records[Any]: ...
    @property
    def certificate_authorities(self) -> Records[Any]: ...
    @property
    def webhook_endpoints(self) -> Records[Any]: ...
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def account_rules(self) -> Records[Any]: ...
    @property
    def roles(self) -> Records[Role]: ...
    @property
    def role_assignments(self) -> Records[RoleAssignment]: ...
    @property
    def api_clients(self) -> Records[ApiClient]: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def outbox(self) -> Outbox: ...


# The kinds that a preview counts, by their ports.
COUNTED = ("sites", "stations", "tokens", "customers", "contracts", "user_groups", "tariffs", "api_clients")
