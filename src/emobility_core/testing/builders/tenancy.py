"""Tenants, their test clocks, the programs that act for them, and the identity providers that they trust."""

from __future__ import annotations

from typing import Any

from emobility_core.clocks import TestClock
from emobility_core.identity import (
    ApiClient,
    Credentials,
    SignIn,
    TrustedIssuer,
    User,
)
from emobility_core.ids import ClientId, SignInId, TenantId, TestClockId, TrustedIssuerId, UserId
from emobility_core.tenancy import Tenant, child_path, root_path
from emobility_core.testing.builders.basis import ids, later, stored
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


def make_user(**changes: Any) -> User:
    id = UserId(ids.uuid7(NOON))
    fields = {"id": id, "email": f"{id.hex[-12:]}@stadtwerk.example", "name": "Ada", **changes}
    return User(**stored(fields))


def make_credentials(**changes: Any) -> Credentials:
    return Credentials(**stored({"id": UserId(ids.uuid7(NOON)), **changes}))


def make_sign_in(**changes: Any) -> SignIn:
    fields = {
        "id": SignInId(ids.uuid7(NOON)),
        "user": UserId(ids.uuid7(NOON)),
        "client": ClientId(ids.uuid7(NOON)),
        "scopes": ("sessions:read",),
        "redirect_uri": "https://app.example/back",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_digest": "d1gest",
        "code_until": later(minutes=1),
        "ends_at": later(days=90),
        "kept_until": later(minutes=1),
    }
    return SignIn(**stored({**fields, **changes}))


def make_test_clock(**changes: Any) -> TestClock:
    return TestClock(**stored({"id": TestClockId(ids.uuid7(NOON)), "now": NOON, **changes}))
