"""Tenants, the programs that act for them, and the identity providers that they trust."""

from __future__ import annotations

from typing import Any

from emobility_core.identity import ApiClient, TrustedIssuer
from emobility_core.ids import ClientId, TenantId, TrustedIssuerId
from emobility_core.tenancy import Tenant, child_path, root_path
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON


def make_tenant(parent: Tenant | None = None, **changes: Any) -> Tenant:
    id = TenantId(ids.uuid7(NOON))
    path = root_path(id) if parent is None else child_path(parent, id)
    above = None if parent is None else parent.id
    fields = {"id": id, "name": "Stadtwerk", "parent": above, "path": path, "tenant": id, **changes}
    return Tenant(**stored(fields))


def make_client(**changes: Any) -> ApiClient:
    fields = {"id": ClientId(ids.uuid7(NOON)), "name": "ERP", "scopes": ("sessions:read",)}
    return ApiClient(**stored({**fields, "secret_digest": "d1gest", **changes}))


def make_trusted_issuer(**changes: Any) -> TrustedIssuer:
    fields = {
        "id": TrustedIssuerId(ids.uuid7(NOON)),
        "name": "Sign-in",
        "issuer": "https://id.example/realms/a",
        "audiences": ("emobility",),
        "default_roles": ("viewer",),
    }
    return TrustedIssuer(**stored({**fields, **changes}))
